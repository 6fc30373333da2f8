//! Agents.

use async_trait::async_trait;
use domain::{AgentId, DirectoryId, Timestamp, directory::Agent, session::SecretHash};
use ports::{AgentReader, AgentWriter, StoreResult};

use super::{Connection, Db, HAS_DIRECTORY, Store, Unit, require};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{AgentRow, all, millis, one, word},
    text::fold,
};

macro_rules! agent_columns {
    () => {
        "id, directory_id, name, status, registration_hash, registration_ends, public_key, version, created, last_contact"
    };
}

const BY_ID: &str = concat!("SELECT ", agent_columns!(), " FROM agents WHERE id = $1");
const BY_TOKEN: &str = concat!("SELECT ", agent_columns!(), " FROM agents WHERE registration_hash = $1");
const OF_DIRECTORY: &str =
    concat!("SELECT ", agent_columns!(), " FROM agents WHERE directory_id = $1 ORDER BY name_folded");
const UNIQUE: &[(&str, &str)] = &[("name_folded", "name"), ("registration_hash", "registration")];

async fn by_id(connection: &mut Connection, id: &AgentId) -> StoreResult<Option<Agent>> {
    one(sqlx::query_as::<_, AgentRow>(BY_ID).bind(id.as_str()).fetch_optional(connection).await.map_err(failed)?)
}

#[async_trait]
impl AgentReader for Store {
    async fn agent(&self, id: &AgentId) -> StoreResult<Option<Agent>> {
        by_id(&mut *self.reader().await?, id).await
    }

    async fn agents(&self, directory: &DirectoryId) -> StoreResult<Vec<Agent>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, AgentRow>(OF_DIRECTORY).bind(directory.as_str());
        all(query.fetch_all(&mut *reader).await.map_err(failed)?)
    }
}

fn bind_agent(
    sql: &'static str,
    agent: &Agent,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    let (hash, ends) = agent.registration.map(|(hash, end)| (hash.to_vec(), end.millis())).unzip();
    Ok(sqlx::query(sql)
        .bind(agent.id.to_string())
        .bind(agent.directory.to_string())
        .bind(agent.name.clone())
        .bind(fold(&agent.name))
        .bind(word(&agent.status)?)
        .bind(hash)
        .bind(ends)
        .bind(agent.public_key.clone())
        .bind(agent.version.clone())
        .bind(agent.created.millis())
        .bind(millis(agent.last_contact)))
}

#[async_trait]
impl AgentWriter for Unit {
    async fn insert_agent(&mut self, agent: &Agent) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", agent.directory.as_str()).await?;
        let statement = bind_agent(
            "INSERT INTO agents (id, directory_id, name, name_folded, status, registration_hash, registration_ends, \
             public_key, version, created, last_contact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            agent,
        )?;
        statement.execute(self.connection()).await.map_err(conflict("agent", UNIQUE))?;
        Ok(())
    }

    async fn update_agent(&mut self, agent: &Agent) -> StoreResult<()> {
        let statement = bind_agent(
            "UPDATE agents SET directory_id = $2, name = $3, name_folded = $4, status = $5, registration_hash = $6, \
             registration_ends = $7, public_key = $8, version = $9, created = $10, last_contact = $11 WHERE id = $1",
            agent,
        )?;
        let done = statement.execute(self.connection()).await.map_err(conflict("agent", UNIQUE))?;
        expect_row(done.rows_affected(), "agent", &agent.id)
    }

    async fn agent_for_update(&mut self, id: &AgentId) -> StoreResult<Option<Agent>> {
        by_id(self.connection(), id).await
    }

    async fn agent_to_register(&mut self, token: &SecretHash) -> StoreResult<Option<Agent>> {
        let query = sqlx::query_as::<_, AgentRow>(BY_TOKEN).bind(token.as_slice());
        one(query.fetch_optional(self.connection()).await.map_err(failed)?)
    }

    async fn note_agent(&mut self, id: &AgentId, version: &str, now: Timestamp) -> StoreResult<()> {
        let done = sqlx::query("UPDATE agents SET version = $2, last_contact = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(version)
            .bind(now.millis())
            .execute(self.connection())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "agent", id)
    }

    async fn delete_agent(&mut self, id: &AgentId) -> StoreResult<bool> {
        let query = sqlx::query("DELETE FROM agents WHERE id = $1").bind(id.as_str());
        Ok(query.execute(self.connection()).await.map_err(failed)?.rows_affected() > 0)
    }
}
