//! People and groups of directories: the use cases on a real store and a directory in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod deciding;
mod held;
mod imports;
mod interrupted;
mod matching;
mod model;
mod person;
mod world;
