//! Signing keys, and everything that is sealed.

use async_trait::async_trait;
use domain::{
    AppId, KeyId,
    key::{KeyState, Sealed, SigningKey},
};
use ports::{KeyReader, KeyWriter, StoreError, StoreResult};

use super::{HAS_APP, Store, Unit, require};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{SealedRow, SigningKeyRow, all, one},
};

macro_rules! key_columns {
    () => {
        "id, app_id, state, algorithm, certificate, master_key_id, private_key, created, not_after"
    };
}

const BY_ID: &str = concat!("SELECT ", key_columns!(), " FROM signing_keys WHERE id = $1");
const OF_APP: &str = concat!("SELECT ", key_columns!(), " FROM signing_keys WHERE app_id = $1 ORDER BY created, id");
// The contexts are those of `ports::SealedPurpose`.
const SEALED: &str = "SELECT 'signing-key:' || id AS context, master_key_id, private_key AS bytes FROM signing_keys \
    UNION ALL SELECT 'source-secret:' || app_id || ':' || aws_partition AS context, master_key_id, secret AS bytes \
    FROM source_secrets UNION ALL SELECT 'directory-bind:' || directory_id AS context, master_key_id, secret AS bytes \
    FROM directory_secrets";

#[async_trait]
impl KeyReader for Store {
    async fn signing_key(&self, id: &KeyId) -> StoreResult<Option<SigningKey>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, SigningKeyRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn signing_keys(&self, app: &AppId) -> StoreResult<Vec<SigningKey>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, SigningKeyRow>(OF_APP).bind(app.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }

    async fn all_sealed(&self) -> StoreResult<Vec<(String, Sealed)>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, SealedRow>(SEALED).fetch_all(&mut *reader).await.map_err(failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

#[async_trait]
impl KeyWriter for Unit {
    async fn insert_signing_key(&mut self, key: &SigningKey) -> StoreResult<()> {
        require(self.connection(), HAS_APP, "app", key.app.as_str()).await?;
        sqlx::query(concat!(
            "INSERT INTO signing_keys (",
            key_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ))
        .bind(key.id.as_str())
        .bind(key.app.as_str())
        .bind(key.state.as_str())
        .bind(key.algorithm.as_str())
        .bind(key.certificate.as_slice())
        .bind(key.private_key.master_key_id.as_str())
        .bind(key.private_key.bytes.as_slice())
        .bind(key.created.millis())
        .bind(key.not_after.millis())
        .execute(self.connection())
        .await
        .map_err(conflict("signing key", &[]))?;
        Ok(())
    }

    async fn set_signing_key_state(&mut self, id: &KeyId, state: KeyState) -> StoreResult<()> {
        let done = sqlx::query("UPDATE signing_keys SET state = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(state.as_str())
            .execute(self.connection())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "signing key", id)
    }

    async fn reseal(&mut self, context: &str, sealed: &Sealed) -> StoreResult<()> {
        let missing = || StoreError::Missing { entity: "sealed value", id: context.to_owned() };
        let query = match context.split(':').collect::<Vec<_>>().as_slice() {
            ["signing-key", id] => {
                sqlx::query("UPDATE signing_keys SET master_key_id = $1, private_key = $2 WHERE id = $3")
                    .bind(&sealed.master_key_id)
                    .bind(&sealed.bytes)
                    .bind((*id).to_owned())
            }
            ["source-secret", app, partition] => sqlx::query(
                "UPDATE source_secrets SET master_key_id = $1, secret = $2 WHERE app_id = $3 AND aws_partition = $4",
            )
            .bind(&sealed.master_key_id)
            .bind(&sealed.bytes)
            .bind((*app).to_owned())
            .bind((*partition).to_owned()),
            ["directory-bind", directory] => {
                sqlx::query("UPDATE directory_secrets SET master_key_id = $1, secret = $2 WHERE directory_id = $3")
                    .bind(&sealed.master_key_id)
                    .bind(&sealed.bytes)
                    .bind((*directory).to_owned())
            }
            _ => return Err(missing()),
        };
        let done = query.execute(self.connection()).await.map_err(failed)?;
        if done.rows_affected() == 0 { Err(missing()) } else { Ok(()) }
    }
}
