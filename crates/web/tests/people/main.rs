//! Users, groups, tokens, the log and what clients ask first, over the whole router: shapes, statuses, errors, paging.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod agents;
mod bad_input;
mod directories;
mod group_rules;
mod groups;
mod imports;
mod logs;
mod paging;
mod rights;
mod search;
mod server;
mod tokens;
mod users;
