//! For tests alone: a clock that stands still, entropy that repeats, sample people and roles, fakes of AWS, keys and
//! passwords, and the conformance suites that every adapter and its fake must pass.
//!
//! The fake of the store is the real one on a throw-away database (`SqliteOptions::memory()`).
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a test helper that cannot go on should stop the test"
)]

pub mod aws;
pub mod clock;
pub mod directory;
pub mod entropy;
pub mod keys;
pub mod passwords;
pub mod sample;
pub mod store;

pub use aws::{FakeAccount, FakeAws, ReadCall};
pub use clock::FixedClock;
pub use directory::FakeDirectory;
pub use entropy::CountingEntropy;
pub use keys::FakeKeys;
pub use passwords::FakePasswords;
