//! Imports from directories: their runs and where the next one goes on.

use async_trait::async_trait;
use domain::{DirectoryId, ImportRunId, directory::ImportRun};

use super::StoreResult;
use crate::directory::ImportCursor;

/// Reads imports.
#[async_trait]
pub trait ImportReader: Send + Sync {
    /// Where the next incremental import goes on; `None` before the first full one, and after one that gave nothing to
    /// go on from.
    async fn import_cursor(&self, directory: &DirectoryId) -> StoreResult<Option<ImportCursor>>;
    /// One run of a directory.
    async fn import_run(&self, directory: &DirectoryId, id: &ImportRunId) -> StoreResult<Option<ImportRun>>;
    /// The latest runs, newest first. Of each kind the latest 200 are kept.
    async fn import_runs(&self, directory: &DirectoryId, limit: u32) -> StoreResult<Vec<ImportRun>>;
}

/// Writes imports.
#[async_trait]
pub trait ImportWriter: Send {
    /// Adds a run. `Missing` for an unknown directory.
    async fn insert_import_run(&mut self, run: &ImportRun) -> StoreResult<()>;
    /// Replaces every field of a run. `Missing`, also for one that has ended and would be under way again: whoever stood
    /// still while it was declared over does not call it back.
    async fn update_import_run(&mut self, run: &ImportRun) -> StoreResult<()>;
    /// Sets or forgets where the next incremental import goes on. `Missing` for an unknown directory.
    async fn set_import_cursor(&mut self, directory: &DirectoryId, cursor: Option<&ImportCursor>) -> StoreResult<()>;
}
