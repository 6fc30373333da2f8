//! The store: one writer connection, readers beside it, events in groups.

use std::{
    future::{Ready, ready},
    path::PathBuf,
    sync::Arc,
};

use async_trait::async_trait;
use domain::Event;
use ports::{Stage, Store, StoreError, StoreResult, UnitOfWork};
use rusqlite::{params_from_iter, types::ToSql};
use sqlx::{Connection as _, Sqlite, SqlitePool, pool::PoolConnection};

use super::{
    bulk::BulkWriter,
    checkpoint::{Checkpoints, Told},
    direct::{self, DirectReaders},
    journal::Journal,
    line::WriterLine,
    loader::Loader,
    migrations::{self, SchemaState},
    open::{self, TemporaryDirectory},
    options::{Place, SqliteOptions},
    unit::SqliteUnit,
};
use crate::{error::failed, rows::FromColumns};

/// Keys whose rows hold nobody up.
const FEW: usize = 64;
const REVISION: &str = "SELECT value FROM revisions WHERE name = 'entitlement'";

/// A store on one SQLite file. Cheap to clone; the last clone closes it.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    direct: DirectReaders,
    file: File,
    line: WriterLine,
    checkpoints: Checkpoints,
    /// Of the connection that units of work write on.
    told: Told,
    journal: Journal,
    // Last: the connections go first.
    _temporary: Option<Arc<TemporaryDirectory>>,
}

/// The file, for connections that are opened later.
#[derive(Debug, Clone)]
struct File {
    path: PathBuf,
    durable: bool,
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
        let checkpoints = Checkpoints::start(&path, durable, line.clone());
        let pen = direct::writer(&path, durable).map_err(open::at(&path))?;
        Ok(Self {
            readers: open::readers(connect, options.readers),
            direct: DirectReaders::new(path.clone()),
            file: File { path: path.clone(), durable },
            journal: Journal::start(pen, line.clone(), checkpoints.clone()),
            line,
            checkpoints,
            told: Told::new(),
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
        self.checkpoints.stop().await;
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

    /// Rows by thousands of keys. A few are read at once, many on a thread that may be held up.
    pub(crate) async fn rows_by_many_keys<R: FromColumns + Send + 'static, const N: usize>(
        &self,
        sql: &'static str,
        keys: Vec<[String; N]>,
    ) -> StoreResult<Vec<R>> {
        let (direct, count) = (self.direct.clone(), keys.len());
        let read = move || {
            let mut rows = Vec::new();
            direct.rows_of_each(sql, keys.into_iter(), |row| rows.push(row))?;
            Ok(rows)
        };
        if count <= FEW {
            return read();
        }
        let stopped = |_| StoreError::Unavailable { message: "the thread that read has stopped".to_owned() };
        tokio::task::spawn_blocking(read).await.map_err(stopped)?
    }

    /// What takes in the new of a stage, on a connection of its own.
    pub(crate) async fn staging_loader(&self, stage: &Stage) -> StoreResult<Loader> {
        let revision = self.entitlement_revision().await?;
        let rows = BulkWriter::open(&self.file.path, self.file.durable, self.line.clone(), self.checkpoints.clone())?;
        Ok(Loader { rows, stage: stage.clone(), revision })
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
        Ok(Box::new(SqliteUnit::begin(&self.writer, &self.line, &self.checkpoints, &self.told).await?))
    }

    async fn append_events(&self, events: Vec<Event>) -> StoreResult<()> {
        if events.is_empty() { Ok(()) } else { self.journal.append(events).await }
    }

    async fn ping(&self) -> StoreResult<()> {
        self.entitlement_revision().await?;
        let mut unit = SqliteUnit::begin(&self.writer, &self.line, &self.checkpoints, &self.told).await?;
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
