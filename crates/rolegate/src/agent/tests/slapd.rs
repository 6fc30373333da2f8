//! What every directory must do, done by `OpenLDAP` behind an agent.

use testkit::directory::Subject;

use super::{adapter, conformance::behind, parts};

#[path = "../../../../directory/tests/slapd/scenario.rs"]
mod scenario;

async fn behind_an_agent() -> Subject {
    behind(Box::new(scenario::Slapd::new().await)).await
}

testkit::directory_conformance!(behind_an_agent, #[ignore = "needs slapd: make test"]);
