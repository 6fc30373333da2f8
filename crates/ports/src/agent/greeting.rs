//! How an agent is registered and proves at each connection who it is.

use domain::{AgentId, DirectoryId, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::{JobNumber, job::exposed};

/// Exchanges the one-time token for a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    /// As an administrator was shown it.
    #[serde(serialize_with = "exposed")]
    pub token: Secret<String>,
    /// Ed25519, 32 bytes, base64.
    pub public_key: String,
    /// The agent's protocol.
    pub protocol: u32,
    /// The agent's version.
    pub version: String,
    /// The machine it runs on, for the log.
    pub hostname: String,
}

/// The agent is known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterAnswer {
    /// Its id.
    pub agent: AgentId,
    /// The server's protocol.
    pub protocol: u32,
    /// What it serves.
    pub directory: DirectoryName,
}

/// A directory, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryName {
    /// Unchanging.
    pub id: DirectoryId,
    /// As administrators call it.
    pub name: String,
}

/// Asks for something unforeseeable to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeRequest {
    /// Who asks.
    pub agent: AgentId,
    /// The agent's protocol.
    pub protocol: u32,
}

/// What to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeAnswer {
    /// Good for one session, for a minute. Anybody gets one; only the agent's key makes something of it.
    pub nonce: String,
    /// The server's time.
    pub time: Timestamp,
    /// The server's protocol.
    pub protocol: u32,
}

/// Proves possession of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRequest {
    /// Who.
    pub agent: AgentId,
    /// From the challenge.
    pub nonce: String,
    /// The agent's time.
    pub time: Timestamp,
    /// The agent's protocol.
    pub protocol: u32,
    /// The agent's version.
    pub version: String,
    /// How many jobs it takes at once.
    pub capacity: u32,
    /// Ed25519 over [`signed_text`], base64.
    pub signature: String,
}

impl SessionRequest {
    /// What its signature is over.
    pub fn signed_text(&self) -> String {
        signed_text(&self.agent, &self.nonce, self.time, self.protocol)
    }
}

/// What an agent signs: the purpose first, so that no signature of this key means anything else.
pub fn signed_text(agent: &AgentId, nonce: &str, time: Timestamp, protocol: u32) -> String {
    format!("rolegate agent session\n{protocol}\n{agent}\n{nonce}\n{time}")
}

/// The agent is let in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    /// `Authorization: Bearer …` of this one connection; ends with it.
    #[serde(serialize_with = "exposed")]
    pub bearer: Secret<String>,
    /// What it serves.
    pub directory: super::DirectoryAddress,
}

/// Says that the agent is alive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beat {
    /// It wants no more jobs: it ends when those that it has are done.
    #[serde(default)]
    pub leaving: bool,
    /// Jobs under way that it will not finish: somebody else should.
    #[serde(default)]
    pub given_back: Vec<JobNumber>,
}
