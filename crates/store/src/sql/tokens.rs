//! API tokens.

use async_trait::async_trait;
use domain::{ApiToken, Timestamp, TokenId, UserId, session::SecretHash};
use ports::{StoreResult, TokenReader, TokenWriter};

use super::{HAS_USER, Store, Unit, require};
use crate::{
    error::{conflict, failed},
    rows::{TokenRow, all, millis, one},
};

macro_rules! token_columns {
    () => {
        "id, name, user_id, role, created, last_used, expires"
    };
}

const BY_HASH: &str = concat!("SELECT ", token_columns!(), " FROM api_tokens WHERE hash = $1");
const BY_ID: &str = concat!("SELECT ", token_columns!(), " FROM api_tokens WHERE id = $1");
const ALL: &str = concat!("SELECT ", token_columns!(), " FROM api_tokens ORDER BY created DESC, id");

#[async_trait]
impl TokenReader for Store {
    async fn token_by_hash(&self, hash: &SecretHash) -> StoreResult<Option<ApiToken>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, TokenRow>(BY_HASH).bind(hash.as_slice()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn token(&self, id: &TokenId) -> StoreResult<Option<ApiToken>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, TokenRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn tokens(&self) -> StoreResult<Vec<ApiToken>> {
        let mut reader = self.reader().await?;
        all(sqlx::query_as::<_, TokenRow>(ALL).fetch_all(&mut *reader).await.map_err(failed)?)
    }
}

#[async_trait]
impl TokenWriter for Unit {
    async fn insert_token(&mut self, token: &ApiToken, hash: &SecretHash) -> StoreResult<()> {
        if let Some(user) = &token.user {
            require(self.connection(), HAS_USER, "user", user.as_str()).await?;
        }
        sqlx::query(
            "INSERT INTO api_tokens (id, hash, name, user_id, role, created, last_used, expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(token.id.as_str())
        .bind(hash.as_slice())
        .bind(token.name.as_str())
        .bind(token.user.as_ref().map(UserId::as_str))
        .bind(token.role.as_str())
        .bind(token.created.millis())
        .bind(millis(token.last_used))
        .bind(millis(token.expires))
        .execute(self.connection())
        .await
        .map_err(conflict("token", &[("name", "name"), ("hash", "hash")]))?;
        Ok(())
    }

    async fn touch_token(&mut self, id: &TokenId, now: Timestamp) -> StoreResult<()> {
        let query = sqlx::query("UPDATE api_tokens SET last_used = $2 WHERE id = $1");
        query.bind(id.as_str()).bind(now.millis()).execute(self.connection()).await.map_err(failed)?;
        Ok(())
    }

    async fn delete_token(&mut self, id: &TokenId) -> StoreResult<bool> {
        let query = sqlx::query("DELETE FROM api_tokens WHERE id = $1").bind(id.as_str());
        Ok(query.execute(self.connection()).await.map_err(failed)?.rows_affected() > 0)
    }
}
