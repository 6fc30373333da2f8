//! Apps, assignments, signing keys and metadata through the router, with real keys: the JSON that clients of Okta read.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod apps;
mod assignments;
mod keys_and_metadata;
mod mapping;
mod role_groups;
mod world;
