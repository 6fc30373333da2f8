//! The pages, driven through the whole router: statuses, headers, forms, links, what clients read on them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod browser;
mod clients;
mod hostile;
mod launch;
mod picker;
mod policy;
mod sessions;
mod signin;
mod world;
