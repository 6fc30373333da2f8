//! Signing in, sessions, entitlements and launches, on a real store in memory with a clock that stands still.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod access;
mod directory;
mod launch;
mod launch_refused;
mod mapping;
mod sessions;
mod sign_in;
mod speed;
mod trial;
mod world;
