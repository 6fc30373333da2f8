//! Copies the write-ahead log into the database beside those who write, while an import writes very many rows. `SQLite`'s own
//! way is that whoever commits when the log is long does it before anything else: for launches, which write little, that
//! was measured to be the shorter wait; an import would do nothing else.
//!
//! What is written while the log is copied is left in it, and it can begin anew only when nothing is. When it has become
//! large, and at the end, what is left is copied while nobody may write: that is little.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::{Mutex, mpsc};

use super::{
    direct,
    line::WriterLine,
    open::{CHECKPOINT_PAGES, JOURNAL_BYTES},
};

/// Commits of very many rows, of some 10 MB each, after which the log is copied: a page that is changed again and again is
/// copied once. The log's index would tell its length, but whoever opens and closes that file beside `SQLite` loses all locks
/// that the process has on it.
const COMMITS: usize = 5;
/// Frames (pages of 4 KB) in the log, copied or not, beyond which it has to begin anew.
const LARGE: u32 = 2 * (JOURNAL_BYTES / 4_096);
/// Where whoever commits copies it all the same.
pub(super) const LAST: u32 = 2 * LARGE;
/// Who copies the log. The task ends with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Checkpoints {
    commits: mpsc::Sender<()>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many write very many rows.
    bulk: AtomicUsize,
    /// Whether the log is copied beside those who write: from the first of these until all is copied after the last.
    beside: AtomicBool,
    /// Commits since it was copied last.
    commits: AtomicUsize,
    /// Held while it is copied; whether the store is closed.
    closed: Mutex<bool>,
}

/// Very many rows are written, until dropped.
#[derive(Debug)]
pub(super) struct Bulk(Checkpoints);

impl Drop for Bulk {
    fn drop(&mut self) {
        self.0.state.bulk.fetch_sub(1, Ordering::SeqCst);
        self.0.tell();
    }
}

impl Checkpoints {
    /// Starts the task on the current runtime.
    pub(super) fn start(path: &Path, durable: bool, line: WriterLine) -> Self {
        let (sender, commits) = mpsc::channel(1);
        let state = Arc::new(State::default());
        let task = Task { path: path.to_owned(), durable, line, state: state.clone() };
        tokio::spawn(task.run(commits));
        Self { commits: sender, state }
    }

    /// Returns once nothing is copied any more: whoever closes the last connection then leaves one whole file.
    pub(super) async fn stop(&self) {
        *self.state.closed.lock().await = true;
    }

    /// Very many rows will be written.
    pub(super) fn bulk(&self) -> Bulk {
        self.state.bulk.fetch_add(1, Ordering::SeqCst);
        self.state.beside.store(true, Ordering::SeqCst);
        Bulk(self.clone())
    }

    /// Very many rows were written.
    pub(super) fn after_commit(&self) {
        if self.state.commits.fetch_add(1, Ordering::SeqCst) + 1 >= COMMITS {
            self.tell();
        }
    }

    fn tell(&self) {
        // Full: somebody has said so already.
        let _ = self.commits.try_send(());
    }

    /// The pages in the log after which whoever commits has to copy it.
    fn pages(&self) -> u32 {
        if self.state.beside.load(Ordering::SeqCst) { LAST } else { CHECKPOINT_PAGES }
    }
}

/// What a connection that writes was told last (`wal_autocheckpoint`).
#[derive(Debug, Clone)]
pub(super) struct Told(Arc<AtomicU32>);

impl Told {
    /// As every connection is opened.
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU32::new(CHECKPOINT_PAGES)))
    }

    /// What it has to be told before it writes again, if it is something else.
    pub(super) fn news(&self, checkpoints: &Checkpoints) -> Option<u32> {
        let pages = checkpoints.pages();
        (self.0.swap(pages, Ordering::SeqCst) != pages).then_some(pages)
    }
}

struct Task {
    path: PathBuf,
    durable: bool,
    line: WriterLine,
    state: Arc<State>,
}

impl Task {
    async fn run(self, mut commits: mpsc::Receiver<()>) {
        while commits.recv().await.is_some() {
            let is_over = self.state.bulk.load(Ordering::SeqCst) == 0;
            self.state.commits.store(0, Ordering::SeqCst);
            let left = self.copy().await;
            if left.waiting > 0
                && (is_over || left.frames >= LARGE)
                && let Ok(_turn) = self.line.wait().await
            {
                self.copy().await;
            }
            if is_over {
                self.state.beside.store(self.state.bulk.load(Ordering::SeqCst) > 0, Ordering::SeqCst);
            }
        }
    }

    /// What keeps it from being copied (the disk is full, somebody reads an old page) does so the next time, or goes by:
    /// nothing is lost, and whoever commits beyond the last limit copies it as before.
    async fn copy(&self) -> Log {
        let closed = self.state.closed.lock().await;
        if *closed {
            return Log::default();
        }
        let (path, durable) = (self.path.clone(), self.durable);
        let copied = tokio::task::spawn_blocking(move || {
            let connection = direct::writer(&path, durable)?;
            checkpoint(&connection).map_err(direct::failed)
        });
        match copied.await {
            Ok(Ok(log)) => log,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the write-ahead log was not copied into the database");
                Log::default()
            }
            Err(_) => Log::default(),
        }
    }
}

/// The log after it was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Log {
    frames: u32,
    /// Of these, how many are not in the database yet.
    waiting: u32,
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<Log> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        // -1 where there is no log.
        let number = |place: usize| row.get(place).map(|number: i64| u32::try_from(number).unwrap_or(0));
        let (frames, copied) = (number(1)?, number(2)?);
        Ok(Log { frames, waiting: frames.saturating_sub(copied) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_told_and_the_log_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(reader.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
        connection.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        let held = checkpoint(&connection).unwrap();
        assert_eq!(held.waiting, 1, "somebody reads the page as it was: {held:?}");
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(checkpoint(&connection).unwrap().waiting, 0);
        connection.execute_batch("INSERT INTO t VALUES (3)").unwrap();
        assert_eq!(checkpoint(&connection).unwrap(), Log { frames: 1, waiting: 0 });
    }
}
