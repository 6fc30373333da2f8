//! Directories and their sealed bind passwords.

use async_trait::async_trait;
use domain::{Directory, DirectoryId, Timestamp, UserStatus, key::Sealed};
use ports::{DirectoryHoldings, DirectoryReader, DirectoryWriter, StoreResult};

use super::{Db, HAS_DIRECTORY, Store, Unit, require};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{DirectoryRow, all, directory_settings_text, one, word},
    text::fold,
};

macro_rules! directory_columns {
    () => {
        "id, name, kind, status, settings, created, last_updated"
    };
}

const BY_ID: &str = concat!("SELECT ", directory_columns!(), " FROM directories WHERE id = $1");
const BY_NAME: &str = concat!("SELECT ", directory_columns!(), " FROM directories WHERE name_folded = $1");
const LIST: &str = concat!("SELECT ", directory_columns!(), " FROM directories ORDER BY name_folded");
const UNIQUE: &[(&str, &str)] = &[("name_folded", "name")];

#[async_trait]
impl DirectoryReader for Store {
    async fn directory(&self, id: &DirectoryId) -> StoreResult<Option<Directory>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, DirectoryRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn directory_by_name(&self, name: &str) -> StoreResult<Option<Directory>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, DirectoryRow>(BY_NAME).bind(fold(name)).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn directories(&self) -> StoreResult<Vec<Directory>> {
        let mut reader = self.reader().await?;
        all(sqlx::query_as::<_, DirectoryRow>(LIST).fetch_all(&mut *reader).await.map_err(failed)?)
    }

    async fn bind_secret(&self, id: &DirectoryId) -> StoreResult<Option<Sealed>> {
        let mut reader = self.reader().await?;
        let row: Option<(String, Vec<u8>)> =
            sqlx::query_as("SELECT master_key_id, secret FROM directory_secrets WHERE directory_id = $1")
                .bind(id.as_str())
                .fetch_optional(&mut *reader)
                .await
                .map_err(failed)?;
        Ok(row.map(|(master_key_id, bytes)| Sealed { master_key_id, bytes }))
    }

    async fn directory_holdings(&self, id: &DirectoryId) -> StoreResult<DirectoryHoldings> {
        let mut reader = self.reader().await?;
        let (people, groups, assigned): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM users WHERE directory_id = $1 AND status <> $2), \
             (SELECT count(*) FROM user_groups WHERE directory_id = $1), \
             (SELECT count(*) FROM user_groups g WHERE g.directory_id = $1 \
             AND EXISTS (SELECT 1 FROM group_assignments a WHERE a.group_id = g.id))",
        )
        .bind(id.as_str())
        .bind(UserStatus::Deprovisioned.as_str())
        .fetch_one(&mut *reader)
        .await
        .map_err(failed)?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(DirectoryHoldings { people: count(people), groups: count(groups), assigned_groups: count(assigned) })
    }
}

fn bind_directory(
    sql: &'static str,
    directory: &Directory,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    Ok(sqlx::query(sql)
        .bind(directory.id.to_string())
        .bind(directory.name.clone())
        .bind(fold(&directory.name))
        .bind(directory.kind.as_str())
        .bind(word(&directory.status)?)
        .bind(directory_settings_text(directory)?)
        .bind(directory.created.millis())
        .bind(directory.last_updated.millis()))
}

#[async_trait]
impl DirectoryWriter for Unit {
    async fn insert_directory(&mut self, directory: &Directory) -> StoreResult<()> {
        let statement = bind_directory(
            "INSERT INTO directories (id, name, name_folded, kind, status, settings, created, last_updated) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            directory,
        )?;
        statement.execute(self.entitlement_changes()).await.map_err(conflict("directory", UNIQUE))?;
        Ok(())
    }

    async fn update_directory(&mut self, directory: &Directory) -> StoreResult<()> {
        let statement = bind_directory(
            "UPDATE directories SET name = $2, name_folded = $3, kind = $4, status = $5, settings = $6, created = $7, \
             last_updated = $8 WHERE id = $1",
            directory,
        )?;
        let done = statement.execute(self.entitlement_changes()).await.map_err(conflict("directory", UNIQUE))?;
        expect_row(done.rows_affected(), "directory", &directory.id)
    }

    async fn delete_directory(&mut self, id: &DirectoryId) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM directories WHERE id = $1")
            .bind(id.as_str())
            .execute(self.entitlement_changes())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "directory", id)
    }

    async fn release_people(&mut self, id: &DirectoryId, now: Timestamp) -> StoreResult<u64> {
        for statement in [
            "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE directory_id = $1)",
            "DELETE FROM one_time_tokens WHERE user_id IN (SELECT id FROM users WHERE directory_id = $1)",
            "DELETE FROM api_tokens WHERE user_id IN (SELECT id FROM users WHERE directory_id = $1)",
        ] {
            sqlx::query(statement).bind(id.as_str()).execute(self.connection()).await.map_err(failed)?;
        }
        let done = sqlx::query(
            "UPDATE user_records SET status = $3, admin_role = NULL, password_hash = NULL, password_changed = NULL, failures = 0, \
             locked_until = NULL, status_changed = $2, last_updated = $2 \
             WHERE directory_id = $1 AND status <> $3 AND hidden IS NULL",
        )
        .bind(id.as_str())
        .bind(now.millis())
        .bind(UserStatus::Deprovisioned.as_str())
        .execute(self.entitlement_changes())
        .await
        .map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn set_bind_secret(&mut self, id: &DirectoryId, secret: Option<&Sealed>) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", id.as_str()).await?;
        let query = match secret {
            None => sqlx::query("DELETE FROM directory_secrets WHERE directory_id = $1").bind(id.as_str()),
            Some(secret) => sqlx::query(
                "INSERT INTO directory_secrets (directory_id, master_key_id, secret) VALUES ($1, $2, $3) \
                 ON CONFLICT (directory_id) DO UPDATE SET master_key_id = excluded.master_key_id, \
                 secret = excluded.secret",
            )
            .bind(id.as_str())
            .bind(secret.master_key_id.as_str())
            .bind(secret.bytes.as_slice()),
        };
        query.execute(self.connection()).await.map_err(failed)?;
        Ok(())
    }
}
