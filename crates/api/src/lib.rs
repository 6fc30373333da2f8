//! The JSON of the HTTP API: Okta's shapes and our additions, shared by the server and our own command line.
//!
//! One file for each endpoint family. Types convert from and to `domain` at this edge and nowhere further in.

pub mod aws;
