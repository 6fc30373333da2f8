//! Agents: who gets a job, how its result is taken in, and what happens when an agent goes away. Time is paused: waiting
//! costs nothing and is exact.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod admission;
mod life;
mod results;
mod sharing;
mod world;
