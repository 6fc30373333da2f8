//! Runs of imports, and where the next one goes on.

use async_trait::async_trait;
use domain::{DirectoryId, ImportRunId, directory::ImportRun};
use ports::{ImportCursor, ImportReader, ImportWriter, StoreResult};

use super::{Db, HAS_DIRECTORY, Store, Unit, require};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{ImportRunRow, all, detail_text, millis, one, word},
};

macro_rules! run_columns {
    () => {
        "id, directory_id, kind, set_off_by, dry_run, status, started, finished, detail"
    };
}

const BY_ID: &str = concat!("SELECT ", run_columns!(), " FROM import_runs WHERE directory_id = $1 AND id = $2");
const LATEST: &str = concat!(
    "SELECT ",
    run_columns!(),
    " FROM import_runs WHERE directory_id = $1 ORDER BY started DESC, id DESC LIMIT $2"
);
/// Of each kind: the latest full run is never lost among hundreds of incremental ones.
const FORGET: &str = "DELETE FROM import_runs WHERE directory_id = $1 AND kind = $2 AND id NOT IN \
    (SELECT id FROM import_runs WHERE directory_id = $1 AND kind = $2 ORDER BY started DESC, id DESC LIMIT 200)";

#[async_trait]
impl ImportReader for Store {
    async fn import_cursor(&self, directory: &DirectoryId) -> StoreResult<Option<ImportCursor>> {
        let cursor: Option<String> = sqlx::query_scalar("SELECT cursor FROM import_cursors WHERE directory_id = $1")
            .bind(directory.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        Ok(cursor.map(ImportCursor))
    }

    async fn import_run(&self, directory: &DirectoryId, id: &ImportRunId) -> StoreResult<Option<ImportRun>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, ImportRunRow>(BY_ID).bind(directory.as_str()).bind(id.as_str());
        one(query.fetch_optional(&mut *reader).await.map_err(failed)?)
    }

    async fn import_runs(&self, directory: &DirectoryId, limit: u32) -> StoreResult<Vec<ImportRun>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, ImportRunRow>(LATEST).bind(directory.as_str()).bind(i64::from(limit));
        all(query.fetch_all(&mut *reader).await.map_err(failed)?)
    }
}

fn bind_run(
    sql: &'static str,
    run: &ImportRun,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    Ok(sqlx::query(sql)
        .bind(run.id.to_string())
        .bind(run.directory.to_string())
        .bind(word(&run.kind)?)
        .bind(word(&run.trigger)?)
        .bind(run.dry_run)
        .bind(word(&run.status)?)
        .bind(run.started.millis())
        .bind(millis(run.finished))
        .bind(detail_text(run)?))
}

#[async_trait]
impl ImportWriter for Unit {
    async fn insert_import_run(&mut self, run: &ImportRun) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", run.directory.as_str()).await?;
        let statement = bind_run(
            concat!("INSERT INTO import_runs (", run_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
            run,
        )?;
        statement.execute(self.connection()).await.map_err(conflict("import run", &[]))?;
        let forget = sqlx::query(FORGET).bind(run.directory.as_str()).bind(word(&run.kind)?);
        forget.execute(self.connection()).await.map_err(failed)?;
        Ok(())
    }

    async fn update_import_run(&mut self, run: &ImportRun) -> StoreResult<()> {
        let statement = bind_run(
            "UPDATE import_runs SET kind = $3, set_off_by = $4, dry_run = $5, status = $6, started = $7, \
             finished = $8, detail = $9 WHERE id = $1 AND directory_id = $2 \
             AND (finished IS NULL OR $8 IS NOT NULL)",
            run,
        )?;
        let done = statement.execute(self.connection()).await.map_err(failed)?;
        expect_row(done.rows_affected(), "import run", &run.id)
    }

    async fn set_import_cursor(&mut self, directory: &DirectoryId, cursor: Option<&ImportCursor>) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", directory.as_str()).await?;
        let query = match cursor {
            None => sqlx::query("DELETE FROM import_cursors WHERE directory_id = $1").bind(directory.as_str()),
            Some(cursor) => sqlx::query(
                "INSERT INTO import_cursors (directory_id, cursor) VALUES ($1, $2) \
                 ON CONFLICT (directory_id) DO UPDATE SET cursor = excluded.cursor",
            )
            .bind(directory.as_str())
            .bind(cursor.0.as_str()),
        };
        query.execute(self.connection()).await.map_err(failed)?;
        Ok(())
    }
}
