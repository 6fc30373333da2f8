//! Reads, asks and writes LDAP directories and Active Directory. Implements [`ports::directory::Directories`] over the
//! library `ldap3`, whose types stay in here.
//!
//! What a server sends passes [`connection`]'s gate first: framing, sizes and shapes are checked there, because the library
//! trusts them, and so much is let through as is being used, because the library queues without a bound. Above that,
//! `read` is imports, `authenticate` and `person_now` are sign-ins, `diagnose` is "test connection", `role_groups` writes.
//! Everything that depends on the kind of server is in `schema`.

mod authenticate;
mod bases;
mod ber;
mod connection;
mod diagnose;
mod entry;
mod failure;
mod hints;
mod paged;
mod person_now;
mod read;
mod role_groups;
mod schema;
mod session;

pub use session::LdapDirectories;
