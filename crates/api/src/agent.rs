//! `/api/v1/directories/{id}/agents`: ours; Okta has no public API that makes agents.

use domain::{Timestamp, directory::AgentStatus};
use serde::{Deserialize, Serialize};

use crate::link::{Link, Links, add};

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// `0ag…`
    pub id: String,
    /// As the administrator called it.
    pub name: String,
    /// `PENDING` until it is registered, `ACTIVE`, `REVOKED`.
    pub status: AgentStatus,
    /// When the registration token ends, while `PENDING`.
    pub token_expires: Option<Timestamp>,
    /// As it said last.
    pub version: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was heard of last; to the minute unless it is connected.
    pub last_contact: Option<Timestamp>,
    /// Whether it is connected to this server.
    pub connected: bool,
    /// Since when.
    pub connected_since: Option<Timestamp>,
    /// What it is doing.
    pub jobs: Vec<AgentJob>,
    /// Where to read and revoke it.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// Something that an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentJob {
    /// `full import`, `incremental import`, `sign-in`, `test`, `person`, `role groups`, `role group changes`.
    pub call: String,
    /// Since when.
    pub since: Timestamp,
}

impl Agent {
    /// An agent that is not connected; `origin` is scheme, host and port of this server.
    pub fn new(agent: &domain::directory::Agent, origin: &str) -> Self {
        let mut links = Links::new();
        add(
            &mut links,
            "self",
            Link::to(format!("{origin}/api/v1/directories/{}/agents/{}", agent.directory, agent.id)),
        );
        Self {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            status: agent.status,
            token_expires: agent.registration.map(|(_, expires)| expires),
            version: agent.version.clone(),
            created: agent.created,
            last_contact: agent.last_contact,
            connected: false,
            connected_since: None,
            jobs: Vec::new(),
            links,
        }
    }
}

/// An agent just made: the only answer that ever holds its token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAgent {
    /// Its record.
    #[serde(flatten)]
    pub record: Agent,
    /// For `rolegate agent --token-file`; good once.
    pub token: String,
}

/// Body of `POST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRequest {
    /// 1 to 100 characters: the machine's name, say.
    pub name: String,
}
