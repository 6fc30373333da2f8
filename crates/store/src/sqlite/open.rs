//! Makes the file (0600) and its directory (0700), and opens the connections.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ports::{StoreError, StoreResult};
use sqlx::{
    ConnectOptions as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::options::{Place, SqliteOptions};
use crate::error::failed;

/// How long a caller waits for a connection, and a connection for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What the write-ahead log is cut to when it begins anew.
pub(super) const JOURNAL_BYTES: u32 = 64 * 1024 * 1024;

/// The pages (4 KB) in the write-ahead log after which it is copied into the database, by whoever commits then: that one
/// commit waits for the disk. `SQLite`'s own 1,000 are a hundred launches that come one by one. See `checkpoint` for imports.
pub(super) const CHECKPOINT_PAGES: u32 = 4_000;

/// The directory of a temporary database; removed with its content when dropped.
#[derive(Debug)]
pub(super) struct TemporaryDirectory(PathBuf);

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a temporary database was left behind");
        }
    }
}

impl TemporaryDirectory {
    fn make() -> StoreResult<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("rolegate-{}-{number}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(environment("the temporary directory", &path, &error)),
            }
        }
    }
}

/// Where the file is, once it exists; and what removes it, if it is temporary.
pub(super) fn prepare(options: &SqliteOptions) -> StoreResult<(PathBuf, Option<TemporaryDirectory>)> {
    match &options.place {
        Place::Temporary => {
            let directory = TemporaryDirectory::make()?;
            let path = directory.0.join("rolegate.db");
            make_file(&path)?;
            Ok((path, Some(directory)))
        }
        Place::File(path) => {
            make_directory(path)?;
            make_file(path)?;
            Ok((path.clone(), None))
        }
    }
}

fn environment(what: &str, path: &Path, error: &io::Error) -> StoreError {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "give the user that runs Rolegate write access, or choose another path",
        io::ErrorKind::StorageFull => "make room on that volume",
        io::ErrorKind::IsADirectory => "the path names a directory: add a file name",
        io::ErrorKind::NotADirectory => "a part of the path is a file: choose another path",
        _ => "check `database_url`",
    };
    StoreError::Unavailable { message: format!("{what} `{}`: {error}\nhint: {hint}", path.display()) }
}

fn make_directory(file: &Path) -> StoreResult<()> {
    let Some(directory) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) else { return Ok(()) };
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| environment("cannot make the directory", directory, &error))?;
    tracing::info!(path = %directory.display(), "made the database's directory");
    Ok(())
}

fn make_file(path: &Path) -> StoreResult<()> {
    let made = fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => tracing::info!(path = %path.display(), "made the database file"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_file(path)?,
        Err(error) => return Err(environment("cannot make the database file", path, &error)),
    }
    Ok(())
}

fn check_file(path: &Path) -> StoreResult<()> {
    let refuse = |error: io::Error| environment("cannot open the database file", path, &error);
    let file = fs::OpenOptions::new().read(true).write(true).open(path).map_err(refuse)?;
    let mode = file.metadata().map_err(refuse)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(),
            "others than its owner may read the database file; hint: `chmod 600` it"
        );
    }
    Ok(())
}

/// One connection that sets nothing: for looking at a file, and for its schema.
pub(super) async fn bare(path: &Path, durable: bool) -> StoreResult<SqliteConnection> {
    let synchronous = if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off };
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).synchronous(synchronous);
    options.connect().await.map_err(failed)
}

/// Names the file in an error of opening it.
pub(super) fn at(path: &Path) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Unavailable { message } => {
            StoreError::Unavailable { message: format!("`{}`: {message}", path.display()) }
        }
        other => other,
    }
}

/// The options of every connection.
pub(super) fn connect_options(path: &Path, durable: bool) -> SqliteConnectOptions {
    let synchronous = if durable { SqliteSynchronous::Normal } else { SqliteSynchronous::Off };
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", JOURNAL_BYTES.to_string())
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
}

/// The one connection that writes. Whoever asks for it waits in line, at most [`PATIENCE`].
pub(super) async fn writer(options: SqliteConnectOptions) -> StoreResult<SqlitePool> {
    pool(1).connect_with(options).await.map_err(failed)
}

/// The connections that read; opened as they are needed.
pub(super) fn readers(options: SqliteConnectOptions, count: u32) -> SqlitePool {
    pool(count).connect_lazy_with(options.read_only(true))
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}
