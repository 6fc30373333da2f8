//! Very many rows at a time, for imports: one connection, used on a thread that may block, with one statement for each kind
//! of row. `sqlx` binds the values of many rows to one long statement, which costs more than the rows.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use ports::{StoreError, StoreResult};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    checkpoint::{Bulk, Checkpoints, LAST},
    direct,
    line::WriterLine,
};

/// Pages that stay in memory (32 MB at most): what is changed again and again is written once.
const CACHE_KIB: i64 = -32_768;

/// The connection, with its place in the line. Memory is given back when it is dropped.
#[derive(Debug)]
pub(super) struct BulkWriter {
    connection: Arc<Mutex<Connection>>,
    line: WriterLine,
    checkpoints: Checkpoints,
    _bulk: Bulk,
}

impl BulkWriter {
    /// Foreign keys are not looked at: whoever writes asks once for each row that is referred to, not once for each row.
    pub(super) fn open(path: &Path, durable: bool, line: WriterLine, checkpoints: Checkpoints) -> StoreResult<Self> {
        let connection = direct::writer(path, durable)?;
        let set = connection
            .pragma_update(None, "foreign_keys", false)
            .and_then(|()| connection.pragma_update(None, "cache_size", CACHE_KIB))
            .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", LAST));
        set.map_err(direct::failed)?;
        let bulk = checkpoints.bulk();
        Ok(Self { connection: Arc::new(Mutex::new(connection)), line, checkpoints, _bulk: bulk })
    }

    /// One transaction, when its turn has come: all of it or nothing.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let turn = self.line.wait().await?;
        let connection = self.connection.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let result = begun.map_err(direct::failed).and_then(|transaction| {
                let result = work(&transaction)?;
                transaction.commit().map_err(direct::failed)?;
                Ok(result)
            });
            drop(turn);
            result
        });
        let stopped = |_| StoreError::Unavailable { message: "the thread that wrote has stopped".to_owned() };
        let result = written.await.map_err(stopped)?;
        self.checkpoints.after_commit();
        result
    }
}
