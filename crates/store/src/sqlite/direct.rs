//! Connections that are used on the calling thread, for what every launch does: its session is read, its log entry
//! written, and after a change the groups of its person and their roles are read, hundreds of rows. `sqlx` keeps a thread
//! for each connection, and every statement is a way there and back, which costs more than a row by its key.
//!
//! Reading never waits for a writer (WAL); a page that is not in memory yet holds the calling thread up for as long as
//! the disk needs.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ports::{StoreError, StoreResult};
use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Params, Row, params_from_iter,
    types::{FromSqlError, ToSql, ValueRef},
};

use super::{
    explain::in_words,
    open::{CHECKPOINT_PAGES, JOURNAL_BYTES, PATIENCE},
};
use crate::rows::{Columns, FromColumns};

/// What one connection keeps of the file. Three hundred roles in as many accounts with their groups lie on 1,500 pages;
/// SQLite's own 2 MB would be read anew for each person.
const CACHE_KIB: i32 = 8_000;

/// Any error of this driver.
#[expect(clippy::needless_pass_by_value, reason = "takes what `map_err` gives")]
pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::SqliteFailure(code, message) => StoreError::Unavailable {
            message: in_words(code.extended_code).or_else(|| message.clone()).unwrap_or_else(|| code.to_string()),
        },
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => {
            StoreError::Corrupt { what: "a column", message: error.to_string() }
        }
        _ => StoreError::Unavailable { message: error.to_string() },
    }
}

/// Opens one; sets what every connection has.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// One that writes. The file is in WAL mode already.
pub(super) fn writer(path: &Path, durable: bool) -> StoreResult<Connection> {
    let opened = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.pragma_update(None, "synchronous", if durable { "NORMAL" } else { "OFF" })?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        Ok(connection)
    });
    opened.map_err(failed)
}

/// Connections that read: as many as threads ever read at the same moment.
#[derive(Debug, Clone)]
pub(super) struct DirectReaders {
    path: PathBuf,
    /// Those that nobody uses; `None` once closed.
    idle: Arc<Mutex<Option<Vec<Connection>>>>,
}

impl DirectReaders {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Arc::new(Mutex::new(Some(Vec::new()))) }
    }

    /// The one row that has this key, if there is one.
    pub(super) fn row<R: FromColumns>(&self, sql: &'static str, key: impl Params) -> StoreResult<Option<R>> {
        let connection = self.take()?;
        let row = connection.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row(key, |row| Ok(R::read(&mut RowColumns { row, next: 0 }))).optional()
        });
        // Whatever it met: a statement that failed is reset, and the connection is as good as before.
        self.give_back(connection);
        row.map_err(failed)?.transpose()
    }

    /// Hands over every row for each of these keys, all as of one moment. `$1`, `$2` … have to come in this order in the
    /// statement: SQLite numbers them as it meets them.
    pub(super) fn rows_of_each<R: FromColumns, const N: usize>(
        &self,
        sql: &'static str,
        keys: impl Iterator<Item = [impl ToSql; N]>,
        take_row: impl FnMut(R),
    ) -> StoreResult<()> {
        let mut connection = self.take()?;
        let done = read_each(&mut connection, sql, keys, take_row);
        self.give_back(connection);
        done
    }

    /// Closes those that nobody uses; later reads are refused.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn take(&self) -> StoreResult<Connection> {
        let kept = match self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(idle) => idle.pop(),
            None => return Err(StoreError::Unavailable { message: "it was closed".to_owned() }),
        };
        kept.map_or_else(|| open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed), Ok)
    }

    fn give_back(&self, connection: Connection) {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            idle.push(connection);
        }
    }
}

fn read_each<R: FromColumns, const N: usize>(
    connection: &mut Connection,
    sql: &'static str,
    keys: impl Iterator<Item = [impl ToSql; N]>,
    mut take_row: impl FnMut(R),
) -> StoreResult<()> {
    let moment = connection.transaction().map_err(failed)?;
    let mut statement = moment.prepare_cached(sql).map_err(failed)?;
    for key in keys {
        let mut rows = statement.query(params_from_iter(key)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take_row(R::read(&mut RowColumns { row, next: 0 })?);
        }
    }
    Ok(())
}

/// A row's columns from the first to the last.
struct RowColumns<'row> {
    row: &'row Row<'row>,
    next: usize,
}

impl<'row> RowColumns<'row> {
    fn column(&mut self) -> StoreResult<ValueRef<'row>> {
        let column = self.next;
        self.next += 1;
        self.row.get_ref(column).map_err(failed)
    }

    fn unexpected(&self, error: &FromSqlError) -> StoreError {
        StoreError::Corrupt { what: "a column", message: format!("{error} in column {}", self.next) }
    }
}

impl<'row> Columns<'row> for RowColumns<'row> {
    fn text(&mut self) -> StoreResult<&'row str> {
        self.column()?.as_str().map_err(|error| self.unexpected(&error))
    }

    fn optional_text(&mut self) -> StoreResult<Option<&'row str>> {
        self.column()?.as_str_or_null().map_err(|error| self.unexpected(&error))
    }

    fn number(&mut self) -> StoreResult<i64> {
        self.column()?.as_i64().map_err(|error| self.unexpected(&error))
    }

    fn optional_number(&mut self) -> StoreResult<Option<i64>> {
        self.column()?.as_i64_or_null().map_err(|error| self.unexpected(&error))
    }
}
