//! What the server and an agent beside a directory say to each other: the calls of [`crate::DirectorySession`] as JSON.
//!
//! The agent dials. It proves who it is ([`SessionRequest`]), opens one answer that never ends and from which it reads
//! [`ServerLine`]s, and brings results as [`ResultLine`]s in numbered parts of a request each: small enough for any proxy,
//! and answered only when the server has taken them in, so that a slow import makes the directory wait. Every type here
//! is part of the protocol: what an older side cannot read needs a higher [`PROTOCOL`].

mod greeting;
mod job;
mod result;

use std::time::Duration;

pub use greeting::{
    Beat, ChallengeAnswer, ChallengeRequest, DirectoryName, RegisterAnswer, RegisterRequest, SessionAnswer,
    SessionRequest, signed_text,
};
pub use job::{Call, DirectoryAddress, Farewell, Job, JobNumber, ServerLine};
pub use result::{Answer, Outcome, ResultLine};

/// The protocol's number: both sides must speak the same.
pub const PROTOCOL: u32 = 1;

/// Each side says something at least so often.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// A side that was silent for so long is gone.
pub const SILENCE: Duration = Duration::from_secs(45);

/// Bytes of one part of a result; a longer one is refused. Below what proxies let through unasked (1 MiB).
pub const LARGEST_PART: usize = 512 * 1024;

/// Bytes of one line: a group of 300,000 members, or all role groups of an OU.
pub const LARGEST_LINE: usize = 64 * 1024 * 1024;

/// How far an agent's clock may be off, in seconds.
pub const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// Which side to update when they do not speak the same protocol; `None` when they do.
pub fn protocol_mismatch(agent: u32, server: u32) -> Option<String> {
    let side = match agent.cmp(&server) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => "agent",
        std::cmp::Ordering::Greater => "server",
    };
    Some(format!(
        "the agent speaks protocol {agent}, the server protocol {server}: update the {side} to the other's version"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_with_the_lower_protocol_is_to_be_updated() {
        assert_eq!(protocol_mismatch(PROTOCOL, PROTOCOL), None);
        assert!(protocol_mismatch(1, 2).is_some_and(|text| text.contains("update the agent")));
        assert!(protocol_mismatch(2, 1).is_some_and(|text| text.contains("update the server")));
    }
}
