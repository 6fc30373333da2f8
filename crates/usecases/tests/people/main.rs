//! People, groups, tokens and the log: the use cases on a real store, with a clock that stands still.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod admins;
mod atomic;
mod groups;
mod life_cycle;
mod log;
mod passwords;
mod tokens;
mod users;
mod world;
