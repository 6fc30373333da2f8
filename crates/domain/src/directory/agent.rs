//! Agents: programs beside a directory that dial out to Rolegate and do there what it would do directly.

use serde::{Deserialize, Serialize};

use crate::{
    id::{AgentId, DirectoryId},
    session::SecretHash,
    time::Timestamp,
};

/// Where an agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgentStatus {
    /// Its registration token was made and not used yet.
    Pending,
    /// Registered.
    Active,
    /// Let in no more.
    Revoked,
}

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Unchanging.
    pub id: AgentId,
    /// The directory that it serves.
    pub directory: DirectoryId,
    /// For people: the machine's name, or what the administrator called it.
    pub name: String,
    /// Where it stands.
    pub status: AgentStatus,
    /// Hash of the one-time registration token and its end, while `Pending`.
    pub registration: Option<(SecretHash, Timestamp)>,
    /// Ed25519, 32 bytes; once registered.
    pub public_key: Option<Vec<u8>>,
    /// The agent's version, as it said last.
    pub version: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was heard of last; written at most once a minute.
    pub last_contact: Option<Timestamp>,
}
