//! Directory integrations: their settings, their bind password, the test of a connection, and their end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests stop where they cannot go on")]

mod manage;
mod removal;
mod trial;
mod world;
