//! The schema's versions. Migrations travel in the binary and run at opening, all in one exclusive transaction: two
//! processes that start together do not collide, and a failed migration leaves the old schema.
//!
//! `sqlx`'s own runner is not used: on SQLite it takes no lock.

use ports::{StoreError, StoreResult};
use sqlx::{
    Connection as _, SqliteConnection,
    migrate::{Migration, Migrator},
};

use crate::error::failed;

static EMBEDDED: Migrator = sqlx::migrate!("migrations/sqlite");

/// How a database's schema compares with this binary's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaState {
    /// The version in the database; 0 when it is empty.
    pub found: i64,
    /// The newest version that this binary knows.
    pub known: i64,
    /// Names of the migrations that are still to run, in order.
    pub pending: Vec<String>,
}

/// The newest version that this binary knows.
pub(super) fn known() -> i64 {
    EMBEDDED.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Runs what is missing. Answers how many migrations ran.
pub(super) async fn run(connection: &mut SqliteConnection) -> StoreResult<usize> {
    // Without the lock first: a database that is up to date is opened beside a busy writer.
    if pending(&applied(connection).await?)?.is_empty() {
        return Ok(0);
    }
    let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await.map_err(failed)?;
    let missing = pending(&applied(&mut transaction).await?)?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
            version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT",
    )
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    for migration in &missing {
        apply(&mut transaction, migration).await?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(missing.len())
}

/// Compares without changing anything.
pub(super) async fn state(connection: &mut SqliteConnection) -> StoreResult<SchemaState> {
    let applied = applied(connection).await?;
    let found = applied.iter().map(|(version, _)| *version).max().unwrap_or(0);
    let pending = pending(&applied)?.iter().map(name).collect();
    Ok(SchemaState { found, known: known(), pending })
}

/// Names of all migrations, in order.
pub(super) fn names() -> Vec<String> {
    EMBEDDED.iter().map(name).collect()
}

fn name(migration: &Migration) -> String {
    format!("{:04} {}", migration.version, migration.description)
}

async fn apply(transaction: &mut SqliteConnection, migration: &Migration) -> StoreResult<()> {
    let explain = |error| StoreError::Unavailable {
        message: format!("migration `{}` failed, nothing was changed: {}", name(migration), failed(error)),
    };
    sqlx::raw_sql(migration.sql.clone()).execute(&mut *transaction).await.map_err(explain)?;
    sqlx::query("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)")
        .bind(migration.version)
        .bind(migration.description.as_ref())
        .bind(hex::encode(&migration.checksum))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Versions and checksums in the database; nothing when it is empty. A database that holds something else is refused.
async fn applied(connection: &mut SqliteConnection) -> StoreResult<Vec<(i64, String)>> {
    // One look: between two, another process may have made the tables.
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    if tables.iter().any(|table| table == "schema_migrations") {
        let query = sqlx::query_as("SELECT version, checksum FROM schema_migrations ORDER BY version");
        return query.fetch_all(&mut *connection).await.map_err(failed);
    }
    match tables.first() {
        None => Ok(Vec::new()),
        Some(table) => Err(StoreError::Unavailable {
            message: format!(
                "the file is a database of another program: it holds the table `{table}`\n\
                 hint: point `database_url` at another path"
            ),
        }),
    }
}

fn pending(applied: &[(i64, String)]) -> StoreResult<Vec<Migration>> {
    let newest = applied.iter().map(|(version, _)| *version).max().unwrap_or(0);
    if newest > known() {
        return Err(StoreError::NewerSchema { found: newest, known: known() });
    }
    let mut missing = Vec::new();
    for migration in EMBEDDED.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            None => missing.push(migration.clone()),
            Some((_, checksum)) if *checksum == hex::encode(&migration.checksum) => {}
            Some(_) => {
                return Err(StoreError::Corrupt {
                    what: "a schema",
                    message: format!(
                        "migration `{}` ran with another text than this binary's\n\
                         hint: use the release that wrote this database, or restore a backup",
                        name(migration)
                    ),
                });
            }
        }
    }
    Ok(missing)
}
