//! One transaction. `BEGIN IMMEDIATE` takes the write lock at once, so that nothing fails half-way for lack of it;
//! dropped without commit, the rollback is queued on the connection before anybody else can use it.

use async_trait::async_trait;
use ports::{StoreResult, UnitOfWork};
use sqlx::{AssertSqlSafe, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::{
    checkpoint::{Checkpoints, Told},
    line::{Turn, WriterLine},
};
use crate::error::failed;

const BEGIN: &str = "BEGIN IMMEDIATE";

pub(crate) struct SqliteUnit {
    transaction: Transaction<'static, Sqlite>,
    entitlement_changed: bool,
    // Last: the next in line begins when the transaction has ended.
    _turn: Turn,
}

impl SqliteUnit {
    pub(super) async fn begin(
        writer: &SqlitePool,
        line: &WriterLine,
        checkpoints: &Checkpoints,
        told: &Told,
    ) -> StoreResult<Self> {
        let turn = line.wait().await?;
        let transaction = match writer.begin_with(BEGIN).await {
            // SQLite rolled back by itself (a full disk) and the driver still counts a transaction that is gone: a
            // connection that miscounts never begins another, so it makes way for a new one.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                writer.acquire().await.map_err(failed)?.close().await.map_err(failed)?;
                writer.begin_with(BEGIN).await.map_err(failed)?
            }
            begun => begun.map_err(failed)?,
        };
        let mut unit = Self { transaction, entitlement_changed: false, _turn: turn };
        if let Some(pages) = told.news(checkpoints) {
            unit.pragma(AssertSqlSafe(format!("PRAGMA wal_autocheckpoint = {pages}"))).await?;
        }
        Ok(unit)
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// To be called by every writer that changes what an entitlement may be derived from.
    pub(crate) fn entitlement_changes(&mut self) -> &mut SqliteConnection {
        self.entitlement_changed = true;
        &mut self.transaction
    }

    /// Lets many changed pages stay in memory: they are written once and not again and again. Until [`Self::give_room_back`].
    pub(crate) async fn make_room(&mut self) -> StoreResult<()> {
        self.pragma("PRAGMA cache_size = -32768").await
    }

    /// As it was, SQLite's own 2 MB; what was used is given back.
    pub(crate) async fn give_room_back(&mut self) -> StoreResult<()> {
        self.pragma("PRAGMA cache_size = -2000").await?;
        self.pragma("PRAGMA shrink_memory").await
    }

    async fn pragma(&mut self, pragma: impl SqlSafeStr) -> StoreResult<()> {
        sqlx::raw_sql(pragma).execute(self.connection()).await.map(drop).map_err(failed)
    }

    pub(super) async fn finish(mut self) -> StoreResult<()> {
        if self.entitlement_changed {
            sqlx::query("UPDATE revisions SET value = value + 1 WHERE name = 'entitlement'")
                .execute(&mut *self.transaction)
                .await
                .map_err(failed)?;
        }
        self.transaction.commit().await.map_err(failed)
    }

    pub(super) async fn roll_back(self) -> StoreResult<()> {
        self.transaction.rollback().await.map_err(failed)
    }
}

#[async_trait]
impl UnitOfWork for SqliteUnit {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.finish().await
    }
}
