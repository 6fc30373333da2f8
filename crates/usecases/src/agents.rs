//! Agents at work: which are connected, what they are doing, and a [`ports::DirectorySession`] that has them do it.
//!
//! Everything here lives in this process's memory and ends with it ([`crate::manage_agents`] is about what is kept); an agent that was connected comes back by itself.
//!
//! ```text
//! import, sign-in …  ──call──▶  session ──job──▶ hub ──line──▶ JobStream ══▶ agent ──▶ directory
//!                    ◀──────────────────────────── intake ◀──part─────────── agent ◀──
//! ```
//! - An agent has one connection. It hears jobs on it ([`JobStream`]) and brings results in numbered parts ([`Hub::part`]).
//! - A call goes to the agent of the directory that has the least to do. If that agent is lost, the call goes to another
//!   one, once, unless entries were passed on already.
//! - A part is taken in only as fast as whoever reads takes the entries: the agent waits, and so does the directory.

mod challenge;
mod connection;
mod hub;
mod intake;
mod session;
mod stream;
mod trouble;

pub use connection::{Admission, AgentAtWork, Heard, JobAtWork};
pub use hub::Hub;
pub use intake::PartRefused;
pub use stream::JobStream;
