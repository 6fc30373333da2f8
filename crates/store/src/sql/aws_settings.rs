//! How apps read AWS, and who is reading: integrations with their sealed secrets, runs, leases. The statements; the
//! traits are implemented in `aws_accounts`, which holds the whole of `AwsReader` and `AwsWriter`.

use domain::{
    AppId, Partition, RunId, Timestamp,
    aws::{AwsIntegration, DiscoveryRun, RunStatus},
    key::Sealed,
};
use ports::{StoreError, StoreResult};

use super::{Connection, Db, HAS_APP, require};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{IntegrationRow, RunRow, SecretRow, all, millis, one, sources_text, to_json, word},
};

macro_rules! integration_columns {
    () => {
        "app_id, enabled, sources, cross_account_role, external_id, session_name, interval_seconds, last_updated"
    };
}
macro_rules! run_columns {
    () => {
        "id, app_id, set_off_by, account_id, status, started, finished, accounts_total, accounts_done, \
         accounts_failed, roles_found, roles_added, roles_vanished, error"
    };
}

const INTEGRATION: &str = concat!("SELECT ", integration_columns!(), " FROM aws_integrations WHERE app_id = $1");
const INTEGRATIONS: &str = concat!("SELECT ", integration_columns!(), " FROM aws_integrations ORDER BY app_id");
const RUN: &str = concat!("SELECT ", run_columns!(), " FROM discovery_runs WHERE app_id = $1 AND id = $2");
const RUNS: &str = concat!(
    "SELECT ",
    run_columns!(),
    " FROM discovery_runs WHERE app_id = $1 ORDER BY started DESC, id DESC LIMIT $2"
);

pub(super) async fn integration(connection: &mut Connection, app: &AppId) -> StoreResult<Option<AwsIntegration>> {
    let query = sqlx::query_as::<_, IntegrationRow>(INTEGRATION).bind(app.as_str());
    one(query.fetch_optional(connection).await.map_err(failed)?)
}

pub(super) async fn integrations(connection: &mut Connection) -> StoreResult<Vec<AwsIntegration>> {
    all(sqlx::query_as::<_, IntegrationRow>(INTEGRATIONS).fetch_all(connection).await.map_err(failed)?)
}

pub(super) async fn secrets(connection: &mut Connection, app: &AppId) -> StoreResult<Vec<(Partition, Sealed)>> {
    let query = sqlx::query_as::<_, SecretRow>(
        "SELECT aws_partition, master_key_id, secret FROM source_secrets WHERE app_id = $1 ORDER BY aws_partition",
    );
    all(query.bind(app.as_str()).fetch_all(connection).await.map_err(failed)?)
}

pub(super) async fn run(connection: &mut Connection, app: &AppId, id: &RunId) -> StoreResult<Option<DiscoveryRun>> {
    let query = sqlx::query_as::<_, RunRow>(RUN).bind(app.as_str()).bind(id.as_str());
    one(query.fetch_optional(connection).await.map_err(failed)?)
}

pub(super) async fn runs(connection: &mut Connection, app: &AppId, limit: u32) -> StoreResult<Vec<DiscoveryRun>> {
    let query = sqlx::query_as::<_, RunRow>(RUNS).bind(app.as_str()).bind(i64::from(limit.min(1_000)));
    all(query.fetch_all(connection).await.map_err(failed)?)
}

pub(super) async fn put_integration(connection: &mut Connection, integration: &AwsIntegration) -> StoreResult<()> {
    let app = integration.app.as_str();
    require(connection, HAS_APP, "app", app).await?;
    sqlx::query(concat!(
        "INSERT INTO aws_integrations (",
        integration_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id) DO UPDATE SET enabled = excluded.enabled, \
         sources = excluded.sources, cross_account_role = excluded.cross_account_role, \
         external_id = excluded.external_id, session_name = excluded.session_name, \
         interval_seconds = excluded.interval_seconds, last_updated = excluded.last_updated"
    ))
    .bind(app)
    .bind(integration.enabled)
    .bind(sources_text(&integration.sources)?)
    .bind(integration.cross_account_role.as_str())
    .bind(integration.external_id.as_deref())
    .bind(integration.session_name.as_str())
    .bind(i64::from(integration.interval_seconds))
    .bind(integration.last_updated.millis())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    for partition in Partition::ALL {
        if integration.sources.iter().all(|source| source.partition != partition) {
            let query = sqlx::query("DELETE FROM source_secrets WHERE app_id = $1 AND aws_partition = $2");
            query.bind(app).bind(partition.as_str()).execute(&mut *connection).await.map_err(failed)?;
        }
    }
    Ok(())
}

pub(super) async fn put_secret(
    connection: &mut Connection,
    app: &AppId,
    partition: Partition,
    secret: &Sealed,
) -> StoreResult<()> {
    require(connection, HAS_APP, "app", app.as_str()).await?;
    sqlx::query(
        "INSERT INTO source_secrets (app_id, aws_partition, master_key_id, secret) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app_id, aws_partition) DO UPDATE SET master_key_id = excluded.master_key_id, \
         secret = excluded.secret",
    )
    .bind(app.as_str())
    .bind(partition.as_str())
    .bind(secret.master_key_id.as_str())
    .bind(secret.bytes.as_slice())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

fn bind_run(
    sql: &'static str,
    run: &DiscoveryRun,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    Ok(sqlx::query(sql)
        .bind(run.id.to_string())
        .bind(run.app.to_string())
        .bind(word(&run.trigger)?)
        .bind(run.account.map(|account| account.to_string()))
        .bind(run.status.as_str())
        .bind(run.started.millis())
        .bind(millis(run.finished))
        .bind(i64::from(run.accounts_total))
        .bind(i64::from(run.accounts_done))
        .bind(i64::from(run.accounts_failed))
        .bind(i64::from(run.roles_found))
        .bind(i64::from(run.roles_added))
        .bind(i64::from(run.roles_vanished))
        .bind(run.error.as_ref().map(to_json).transpose()?))
}

pub(super) async fn insert_run(connection: &mut Connection, run: &DiscoveryRun) -> StoreResult<()> {
    require(connection, HAS_APP, "app", run.app.as_str()).await?;
    let insert = concat!(
        "INSERT INTO discovery_runs (",
        run_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    bind_run(insert, run)?.execute(connection).await.map_err(conflict("run", &[]))?;
    Ok(())
}

pub(super) async fn update_run(connection: &mut Connection, run: &DiscoveryRun) -> StoreResult<()> {
    let update = "UPDATE discovery_runs SET app_id = $2, set_off_by = $3, account_id = $4, status = $5, started = $6, \
        finished = $7, accounts_total = $8, accounts_done = $9, accounts_failed = $10, roles_found = $11, \
        roles_added = $12, roles_vanished = $13, error = $14 WHERE id = $1";
    let done = bind_run(update, run)?.execute(connection).await.map_err(failed)?;
    expect_row(done.rows_affected(), "run", &run.id)
}

pub(super) async fn abandon_runs(
    connection: &mut Connection,
    app: &AppId,
    except: Option<&RunId>,
    now: Timestamp,
) -> StoreResult<u32> {
    let done = sqlx::query(
        "UPDATE discovery_runs SET status = $1, finished = $2 WHERE app_id = $3 AND status = $4 AND id <> $5",
    )
    .bind(RunStatus::Abandoned.as_str())
    .bind(now.millis())
    .bind(app.as_str())
    .bind(RunStatus::Running.as_str())
    .bind(except.map_or("", RunId::as_str))
    .execute(connection)
    .await
    .map_err(failed)?;
    count(done.rows_affected())
}

pub(super) async fn take_lease(
    connection: &mut Connection,
    name: &str,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET \
         holder = excluded.holder, held_until = excluded.held_until \
         WHERE leases.holder = excluded.holder OR leases.held_until <= $4",
    )
    .bind(name)
    .bind(holder)
    .bind(until.millis())
    .bind(now.millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn release_lease(connection: &mut Connection, name: &str, holder: &str) -> StoreResult<()> {
    let query = sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2");
    query.bind(name).bind(holder).execute(connection).await.map_err(failed)?;
    Ok(())
}

/// A number of rows as the port counts.
pub(super) fn count(rows: u64) -> StoreResult<u32> {
    u32::try_from(rows).map_err(|error| StoreError::Corrupt { what: "a number of rows", message: error.to_string() })
}
