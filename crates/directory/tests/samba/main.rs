//! The adapter against Samba's Active Directory: the conformance suite, and what only this kind of server does.
//!
//! Needs Samba's domain controller, root and python3: `cargo test -p rolegate-directory --test samba -- --ignored`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code outside of the test functions: clippy exempts only these"
)]

#[path = "../parts/adapter.rs"]
mod adapter;
#[path = "../parts/mod.rs"]
mod parts;

mod accounts;
mod memberships;
mod rights;
mod scenario;
mod writing;

use testkit::directory::Subject;

use self::scenario::Samba;

async fn empty_directory() -> Subject {
    Box::new(Samba::new().await)
}

testkit::directory_conformance!(empty_directory, #[ignore = "needs Samba: make test"]);
