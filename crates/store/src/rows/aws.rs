//! Accounts, roles and runs.

use domain::aws::{AwsAccount, AwsRole, DiscoveryRun};
use ports::{StoreError, StoreResult};
use serde::{Serialize, de::DeserializeOwned};

use super::{Columns, FromColumns, corrupt, from_json, id, small, time, value};

/// The word of an enum that the domain names by serde alone.
pub(crate) fn word(value: &impl Serialize) -> StoreResult<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(corrupt("a value to write", format!("{other:?} is not a word"))),
    }
}

/// Reads [`word`] back.
pub(super) fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> StoreResult<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| corrupt(what, error))
}

/// An account's row.
#[derive(sqlx::FromRow)]
pub(crate) struct AccountRow {
    app_id: String,
    id: String,
    aws_partition: String,
    name: String,
    alias: Option<String>,
    organization_state: Option<String>,
    last_success: Option<i64>,
    last_attempt: i64,
    error: Option<String>,
    vanished: Option<i64>,
}

impl TryFrom<AccountRow> for AwsAccount {
    type Error = StoreError;
    fn try_from(row: AccountRow) -> StoreResult<Self> {
        let state = row.organization_state;
        Ok(Self {
            app: id("aws_accounts.app_id", row.app_id)?,
            id: value("aws_accounts.id", &row.id)?,
            partition: value("aws_accounts.aws_partition", &row.aws_partition)?,
            name: row.name,
            alias: row.alias,
            organization_state: state.map(|word| from_word("aws_accounts.organization_state", word)).transpose()?,
            last_success: row.last_success.map(time),
            last_attempt: time(row.last_attempt),
            error: row.error.map(|text| from_json("aws_accounts.error", &text)).transpose()?,
            vanished: row.vanished.map(time),
        })
    }
}

/// A role's row.
#[derive(sqlx::FromRow)]
pub(crate) struct RoleRow<T = String> {
    app_id: T,
    arn: T,
    description: T,
    max_session_duration: i64,
    trust_policy: T,
    verdict: T,
    vanished: Option<i64>,
    last_seen: i64,
}

/// In the order of `role_columns`.
impl FromColumns for AwsRole {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = RoleRow {
            app_id: columns.text()?,
            arn: columns.text()?,
            description: columns.text()?,
            max_session_duration: columns.number()?,
            trust_policy: columns.text()?,
            verdict: columns.text()?,
            vanished: columns.optional_number()?,
            last_seen: columns.number()?,
        };
        row.try_into()
    }
}

impl<T: AsRef<str> + Into<String>> TryFrom<RoleRow<T>> for AwsRole {
    type Error = StoreError;
    fn try_from(row: RoleRow<T>) -> StoreResult<Self> {
        Ok(Self {
            app: value("aws_roles.app_id", row.app_id.as_ref())?,
            arn: value("aws_roles.arn", row.arn.as_ref())?,
            description: row.description.into(),
            max_session_duration: small("aws_roles.max_session_duration", row.max_session_duration)?,
            trust_policy: row.trust_policy.into(),
            verdict: from_json("aws_roles.verdict", row.verdict.as_ref())?,
            vanished: row.vanished.map(time),
            last_seen: time(row.last_seen),
        })
    }
}

/// A run's row.
#[derive(sqlx::FromRow)]
pub(crate) struct RunRow {
    id: String,
    app_id: String,
    set_off_by: String,
    account_id: Option<String>,
    status: String,
    started: i64,
    finished: Option<i64>,
    accounts_total: i64,
    accounts_done: i64,
    accounts_failed: i64,
    roles_found: i64,
    roles_added: i64,
    roles_vanished: i64,
    error: Option<String>,
}

impl TryFrom<RunRow> for DiscoveryRun {
    type Error = StoreError;
    fn try_from(row: RunRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("discovery_runs.id", row.id)?,
            app: id("discovery_runs.app_id", row.app_id)?,
            trigger: from_word("discovery_runs.set_off_by", row.set_off_by)?,
            account: super::optional("discovery_runs.account_id", row.account_id.as_deref())?,
            status: value("discovery_runs.status", &row.status)?,
            started: time(row.started),
            finished: row.finished.map(time),
            accounts_total: small("discovery_runs.accounts_total", row.accounts_total)?,
            accounts_done: small("discovery_runs.accounts_done", row.accounts_done)?,
            accounts_failed: small("discovery_runs.accounts_failed", row.accounts_failed)?,
            roles_found: small("discovery_runs.roles_found", row.roles_found)?,
            roles_added: small("discovery_runs.roles_added", row.roles_added)?,
            roles_vanished: small("discovery_runs.roles_vanished", row.roles_vanished)?,
            error: row.error.map(|text| from_json("discovery_runs.error", &text)).transpose()?,
        })
    }
}
