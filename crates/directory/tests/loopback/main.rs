//! The adapter against a server of a few lines that says what it is told to: half answers, garbage, silence, floods,
//! certificates that do not fit, and what Active Directory alone would say.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code outside of the test functions: clippy exempts only these"
)]

mod active_directory;
mod bent;
mod certificates;
mod hostile;
mod server;
mod servers;
