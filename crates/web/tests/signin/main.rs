//! The sign-in endpoints, driven through the whole router: every body that clients send, cookies, redirects, limits.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod authn;
mod cookies;
mod sessions;
mod slow;
mod world;
