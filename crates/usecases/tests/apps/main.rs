//! Apps, assignments and trust verdicts, on a real store in memory with a clock that stands still.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod assign;
mod manage;
mod values;
mod world;
