//! Agents.

use domain::directory::Agent;
use ports::{StoreError, StoreResult};

use super::{aws::from_word, id, session::hash, time};

/// An agent's row.
#[derive(sqlx::FromRow)]
pub(crate) struct AgentRow {
    id: String,
    directory_id: String,
    name: String,
    status: String,
    registration_hash: Option<Vec<u8>>,
    registration_ends: Option<i64>,
    public_key: Option<Vec<u8>>,
    version: Option<String>,
    created: i64,
    last_contact: Option<i64>,
}

impl TryFrom<AgentRow> for Agent {
    type Error = StoreError;
    fn try_from(row: AgentRow) -> StoreResult<Self> {
        let registration = match (row.registration_hash, row.registration_ends) {
            (Some(bytes), Some(end)) => Some((hash("agents.registration_hash", bytes)?, time(end))),
            _ => None,
        };
        Ok(Self {
            id: id("agents.id", row.id)?,
            directory: id("agents.directory_id", row.directory_id)?,
            name: row.name,
            status: from_word("agents.status", row.status)?,
            registration,
            public_key: row.public_key,
            version: row.version,
            created: time(row.created),
            last_contact: row.last_contact.map(time),
        })
    }
}
