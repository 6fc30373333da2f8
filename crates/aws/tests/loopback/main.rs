//! The adapter against a responder on loopback: every answer that AWS may give, and many that it may not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code outside of the test functions: clippy exempts only these"
)]

mod environment;
mod failing;
mod listing;
mod responder;
mod sources;
mod speed;
