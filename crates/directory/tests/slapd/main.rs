//! The adapter against `OpenLDAP`: the conformance suite, and what only this kind of server does.
//!
//! Needs slapd (Debian: `slapd`, `openssl`) and python3: `cargo test -p rolegate-directory --test slapd -- --ignored`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "test code outside of the test functions: clippy exempts only these"
)]

#[path = "../parts/adapter.rs"]
mod adapter;
#[path = "../parts/mod.rs"]
mod parts;

mod connecting;
mod limits;
mod members;
mod password_policy;
mod scenario;
mod values;
mod without_sync;

use testkit::directory::Subject;

use self::scenario::Slapd;

async fn empty_directory() -> Subject {
    Box::new(Slapd::new().await)
}

testkit::directory_conformance!(empty_directory, #[ignore = "needs slapd: make test"]);
