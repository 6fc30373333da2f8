//! The store: one writer connection, readers beside it, events in groups.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use async_trait::async_trait;
use domain::Event;
use ports::{Store, StoreError, StoreResult, UnitOfWork};
use rusqlite::{params_from_iter, types::ToSql};
use sqlx::{Connection as _, Sqlite, SqlitePool, pool::PoolConnection};

use super::{
    direct::{self, DirectReaders},
    journal::Journal,
    line::WriterLine,
    migrations::{self, SchemaState},
    open::{self, TemporaryDirectory},
    options::{Place, SqliteOptions},
    unit::SqliteUnit,
};
use crate::{error::failed, rows::FromColumns};

const REVISION: &str = "SELECT value FROM revisions WHERE name = 'entitlement'";

/// A store on one SQLite file. Cheap to clone; the last clone closes it.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    direct: DirectReaders,
    line: WriterLine,
    journal: Journal,
    // Last: the connections go first.
    _temporary: Option<Arc<TemporaryDirectory>>,
}

impl SqliteStore {
    /// Opens the database, makes it where it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// `Unavailable` with a hint (directory, rights, disk, lock, not a database), `NewerSchema`, `Corrupt` for a schema
    /// that other migrations made.
    pub async fn open(options: &SqliteOptions) -> StoreResult<Self> {
        let (path, temporary) = open::prepare(options)?;
        let durable = temporary.is_none();
        // On a connection of its own, before anything else is set: a database that is not ours is left as it was.
        let mut connection = open::bare(&path, durable).await.map_err(open::at(&path))?;
        let ran = migrations::run(&mut connection).await;
        connection.close().await.map_err(failed).map_err(open::at(&path))?;
        let ran = ran.map_err(open::at(&path))?;
        if ran > 0 && durable {
            tracing::info!(migrations = ran, schema = migrations::known(), "brought the database's schema up to date");
        }
        let connect = open::connect_options(&path, durable);
        let writer = open::writer(connect.clone()).await.map_err(open::at(&path))?;
        let line = WriterLine::default();
        Ok(Self {
            readers: open::readers(connect, options.readers),
            direct: DirectReaders::new(path.clone()),
            journal: Journal::start(direct::writer(&path, durable).map_err(open::at(&path))?, line.clone()),
            line,
            writer,
            _temporary: temporary.map(Arc::new),
        })
    }

    /// How the schema of a database compares with this binary's, without changing it. A missing file is an empty
    /// database.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn inspect(options: &SqliteOptions) -> StoreResult<SchemaState> {
        let missing = match &options.place {
            Place::Temporary => true,
            Place::File(path) => !path.exists(),
        };
        if missing {
            return Ok(SchemaState { found: 0, known: migrations::known(), pending: migrations::names() });
        }
        let (path, _) = open::prepare(options)?;
        let mut connection = open::bare(&path, true).await.map_err(open::at(&path))?;
        let state = migrations::state(&mut connection).await;
        connection.close().await.map_err(failed)?;
        state.map_err(open::at(&path))
    }

    /// The schema of the open database.
    pub async fn schema_state(&self) -> StoreResult<SchemaState> {
        migrations::state(&mut *self.reader().await?).await
    }

    /// Version of the schema of the open database.
    pub async fn schema_version(&self) -> StoreResult<i64> {
        Ok(self.schema_state().await?.found)
    }

    /// Writes down what is still waiting, and closes every connection: for an orderly stop.
    pub async fn close(&self) {
        self.journal.stop().await;
        self.direct.close();
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn reader(&self) -> StoreResult<PoolConnection<Sqlite>> {
        self.readers.acquire().await.map_err(failed)
    }

    /// A row that many requests begin with, at once: without the way to another thread.
    pub(crate) fn row_by_key<R: FromColumns, const N: usize>(
        &self,
        sql: &'static str,
        key: [impl ToSql; N],
    ) -> Ready<StoreResult<Option<R>>> {
        ready(self.direct.row(sql, params_from_iter(key)))
    }

    /// Many small rows by their keys, in the same way; how many hold the thread up at once is the caller's choice.
    pub(crate) fn rows_by_keys<R: FromColumns, const N: usize>(
        &self,
        sql: &'static str,
        keys: impl Iterator<Item = [impl ToSql; N]>,
        take_row: impl FnMut(R),
    ) -> Ready<StoreResult<()>> {
        ready(self.direct.rows_of_each(sql, keys, take_row))
    }

    /// SQLite's own look at the whole file (`PRAGMA integrity_check`): what is wrong, or nothing. For `doctor`.
    pub async fn integrity_errors(&self) -> StoreResult<Vec<String>> {
        let lines: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *self.reader().await?).await.map_err(failed)?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(SqliteUnit::begin(&self.writer, &self.line).await?))
    }

    async fn append_events(&self, events: Vec<Event>) -> StoreResult<()> {
        if events.is_empty() { Ok(()) } else { self.journal.append(events).await }
    }

    async fn ping(&self) -> StoreResult<()> {
        self.entitlement_revision().await?;
        let mut unit = SqliteUnit::begin(&self.writer, &self.line).await?;
        sqlx::query("UPDATE revisions SET value = value WHERE name = 'entitlement'")
            .execute(unit.connection())
            .await
            .map_err(failed)?;
        unit.roll_back().await
    }

    async fn entitlement_revision(&self) -> StoreResult<i64> {
        let revision = self.row_by_key(REVISION, [""; 0]).await?;
        revision.ok_or_else(|| StoreError::Corrupt { what: "revisions", message: "no `entitlement`".to_owned() })
    }
}
