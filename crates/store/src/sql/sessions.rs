//! Sessions and one-time tokens.

use async_trait::async_trait;
use domain::{
    Session, SessionId, Timestamp, UserId,
    session::{OneTimePurpose, OneTimeToken, SecretHash},
};
use ports::{SessionReader, SessionView, SessionWriter, StoreResult};

use super::{HAS_USER, Store, Unit, require, users::user_columns};
use crate::{
    error::{conflict, failed},
    rows::{OneTimeTokenRow, SessionRow, all, one, to_json},
};

macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.user_id, s.created AS session_created, s.last_used, s.idle_expires, s.expires, s.amr, \
         s.ip, s.user_agent"
    };
}

// What every signed-in request begins with: one statement, all by primary or unique key.
const BY_HASH: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    user_columns!(),
    ", r.value AS revision FROM sessions s JOIN users u ON u.id = s.user_id \
     JOIN revisions r ON r.name = 'entitlement' WHERE s.hash = $1"
);
const OF_USER: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions s WHERE s.user_id = $1 AND s.idle_expires > $2 AND s.expires > $2 ORDER BY s.created DESC, s.id"
);

#[async_trait]
impl SessionReader for Store {
    async fn session_by_hash(&self, hash: &SecretHash) -> StoreResult<Option<SessionView>> {
        self.row_by_key(BY_HASH, [hash.as_slice()]).await
    }

    async fn sessions_of_user(&self, user: &UserId, now: Timestamp) -> StoreResult<Vec<Session>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, SessionRow>(OF_USER).bind(user.as_str()).bind(now.millis());
        all(query.fetch_all(&mut *reader).await.map_err(failed)?)
    }
}

#[async_trait]
impl SessionWriter for Unit {
    async fn insert_session(&mut self, session: &Session, hash: &SecretHash) -> StoreResult<()> {
        require(self.connection(), HAS_USER, "user", session.user.as_str()).await?;
        sqlx::query(
            "INSERT INTO sessions (id, hash, user_id, created, last_used, idle_expires, expires, amr, ip, user_agent) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(session.id.as_str())
        .bind(hash.as_slice())
        .bind(session.user.as_str())
        .bind(session.created.millis())
        .bind(session.last_used.millis())
        .bind(session.idle_expires.millis())
        .bind(session.expires.millis())
        .bind(to_json(&session.amr)?)
        .bind(session.ip.as_deref())
        .bind(session.user_agent.as_str())
        .execute(self.connection())
        .await
        .map_err(conflict("session", &[("hash", "hash")]))?;
        Ok(())
    }

    async fn touch_session(
        &mut self,
        id: &SessionId,
        last_used: Timestamp,
        idle_expires: Timestamp,
    ) -> StoreResult<()> {
        sqlx::query("UPDATE sessions SET last_used = $2, idle_expires = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(last_used.millis())
            .bind(idle_expires.millis())
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn delete_session(&mut self, user: &UserId, id: &SessionId) -> StoreResult<bool> {
        let query = sqlx::query("DELETE FROM sessions WHERE id = $1 AND user_id = $2");
        let done = query.bind(id.as_str()).bind(user.as_str()).execute(self.connection()).await.map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_sessions_of_user(&mut self, user: &UserId) -> StoreResult<u32> {
        let tokens = sqlx::query("DELETE FROM one_time_tokens WHERE user_id = $1").bind(user.as_str());
        tokens.execute(self.connection()).await.map_err(failed)?;
        let sessions = sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(user.as_str());
        let done = sessions.execute(self.connection()).await.map_err(failed)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn insert_one_time_token(&mut self, token: &OneTimeToken) -> StoreResult<()> {
        if let Some(user) = &token.user {
            require(self.connection(), HAS_USER, "user", user.as_str()).await?;
        }
        sqlx::query("INSERT INTO one_time_tokens (hash, purpose, user_id, expires) VALUES ($1, $2, $3, $4)")
            .bind(token.hash.as_slice())
            .bind(token.purpose.as_str())
            .bind(token.user.as_ref().map(UserId::as_str))
            .bind(token.expires.millis())
            .execute(self.connection())
            .await
            .map_err(conflict("one-time token", &[("hash", "hash")]))?;
        Ok(())
    }

    async fn take_one_time_token(
        &mut self,
        hash: &SecretHash,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> StoreResult<Option<OneTimeToken>> {
        let row = sqlx::query_as::<_, OneTimeTokenRow>(
            "DELETE FROM one_time_tokens WHERE hash = $1 AND purpose = $2 RETURNING hash, purpose, user_id, expires",
        )
        .bind(hash.as_slice())
        .bind(purpose.as_str())
        .fetch_optional(self.connection())
        .await
        .map_err(failed)?;
        let token: Option<OneTimeToken> = one(row)?;
        Ok(token.filter(|token| now < token.expires))
    }

    async fn delete_expired(&mut self, before: Timestamp) -> StoreResult<u32> {
        let sessions =
            sqlx::query("DELETE FROM sessions WHERE idle_expires < $1 OR expires < $1").bind(before.millis());
        let tokens = sqlx::query("DELETE FROM one_time_tokens WHERE expires < $1").bind(before.millis());
        let sessions = sessions.execute(self.connection()).await.map_err(failed)?.rows_affected();
        let tokens = tokens.execute(self.connection()).await.map_err(failed)?.rows_affected();
        Ok(u32::try_from(sessions + tokens).unwrap_or(u32::MAX))
    }
}
