//! The JSON of the HTTP API: Okta's shapes and our additions, shared by the server and our own command line.
//!
//! One file for each endpoint family. Types convert from and to `domain` at this edge and nowhere further in.

pub mod agent;
pub mod app;
pub mod app_link;
pub mod assignment;
pub mod authn;
pub mod aws;
pub mod directory;
pub mod duration;
pub mod field;
pub mod filter;
pub mod group;
pub mod group_rule;
pub mod link;
pub mod log;
pub mod mapping;
pub mod preview;
pub mod profile;
pub mod role_groups;
pub mod session;
pub mod signing_key;
pub mod token;
pub mod user;
