//! Agents of directories.

use async_trait::async_trait;
use domain::{AgentId, DirectoryId, Timestamp, directory::Agent, session::SecretHash};

use super::StoreResult;

/// Reads agents.
#[async_trait]
pub trait AgentReader: Send + Sync {
    /// One agent.
    async fn agent(&self, id: &AgentId) -> StoreResult<Option<Agent>>;
    /// Those of a directory, by name; revoked ones too.
    async fn agents(&self, directory: &DirectoryId) -> StoreResult<Vec<Agent>>;
}

/// Writes agents.
#[async_trait]
pub trait AgentWriter: Send {
    /// Adds one. `Missing` for an unknown directory, `Conflict{agent, name}` when one of that directory has the name in
    /// any case.
    async fn insert_agent(&mut self, agent: &Agent) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_agent(&mut self, agent: &Agent) -> StoreResult<()>;
    /// Reads one inside the transaction.
    async fn agent_for_update(&mut self, id: &AgentId) -> StoreResult<Option<Agent>>;
    /// The agent that waits for this registration token, ended or not, inside the transaction: whoever registers it clears
    /// `registration`, and a second one finds nothing.
    async fn agent_to_register(&mut self, token: &SecretHash) -> StoreResult<Option<Agent>>;
    /// Notes that it was heard of, and its version. `Missing`.
    async fn note_agent(&mut self, id: &AgentId, version: &str, now: Timestamp) -> StoreResult<()>;
    /// Removes it; answers whether there was one.
    async fn delete_agent(&mut self, id: &AgentId) -> StoreResult<bool>;
}
