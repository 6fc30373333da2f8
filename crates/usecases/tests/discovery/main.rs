//! Discovery on a real store with an AWS from a script: what is stored, what stays, who keeps whom out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod integration;
mod runs;
mod schedule;
mod world;
