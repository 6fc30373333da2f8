//! The line of those who want to write: units of work and the journal, one at a time, in the order in which they came.
//!
//! `SQLite` has a lock of its own, but who waits for that asks again and again, and whoever asks at the right moment
//! wins. The lock still stands between processes.

use std::sync::Arc;

use ports::{StoreError, StoreResult};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

use super::open::PATIENCE;

/// The line. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct WriterLine(Arc<Mutex<()>>);

/// The right to write, until dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _guard: OwnedMutexGuard<()>,
}

impl WriterLine {
    /// Waits for its turn, at most [`PATIENCE`].
    pub(super) async fn wait(&self) -> StoreResult<Turn> {
        let guard = timeout(PATIENCE, self.0.clone().lock_owned()).await.map_err(|_| StoreError::Unavailable {
            message: "the database was being written to for 5 s: another change takes too long".to_owned(),
        })?;
        Ok(Turn { _guard: guard })
    }
}
