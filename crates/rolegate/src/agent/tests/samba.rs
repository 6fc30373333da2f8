//! What every directory must do, done by Samba's Active Directory behind an agent.

use testkit::directory::Subject;

use super::{adapter, conformance::behind, parts};

#[path = "../../../../directory/tests/samba/scenario.rs"]
#[expect(dead_code, reason = "the rest is for what only this kind of server does, which the adapter's own tests show")]
mod scenario;

async fn behind_an_agent() -> Subject {
    behind(Box::new(scenario::Samba::new().await)).await
}

testkit::directory_conformance!(behind_an_agent, #[ignore = "needs Samba: make test"]);
