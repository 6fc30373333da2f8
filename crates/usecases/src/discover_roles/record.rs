//! Puts what was read into the store, an account at a time, with the run's progress in the same transaction.

use domain::{
    AccountId, Partition,
    aws::{AwsAccount, AwsRole, DiscoveryError},
};
use ports::{AccountReading, ListedAccount};

use super::{Run, count, plan::Task};
use crate::error::Result;

/// An account that was read completely.
pub(super) async fn success(run: &Run, task: &Task, reading: AccountReading) -> Result<()> {
    let now = run.services.now();
    let account = AwsAccount {
        app: run.app.id.clone(),
        id: task.account,
        partition: task.partition,
        name: name_of(task, &reading),
        alias: reading.alias,
        organization_state: task.state,
        last_success: Some(now),
        last_attempt: now,
        error: None,
        vanished: None,
    };
    let mut unit = run.services.store.begin().await?;
    // Read while nobody else writes: settings that were changed since the run began are those that are judged by.
    let Some(app) = run.services.store.app(&run.app.id).await? else { return Ok(()) };
    let roles: Vec<AwsRole> = reading
        .roles
        .into_iter()
        .map(|role| AwsRole {
            app: app.id.clone(),
            verdict: entitlement::trust::judge(&app, &role.arn, &role.trust_policy),
            arn: role.arn,
            description: role.description,
            max_session_duration: role.max_session_duration,
            trust_policy: role.trust_policy,
            vanished: None,
            last_seen: now,
        })
        .collect();
    let (added, vanished) = unit.put_account_reading(&account, &roles, now).await?;
    let state = run.change(|state| {
        state.accounts_done += 1;
        state.roles_found += count(roles.len());
        state.roles_added += added;
        state.roles_vanished += vanished;
    });
    unit.update_run(&state).await?;
    unit.commit().await?;
    Ok(())
}

/// Organizations, else `GetAccountInformation`, else the alias, else the id.
fn name_of(task: &Task, reading: &AccountReading) -> String {
    task.name
        .clone()
        .or_else(|| reading.name.clone())
        .or_else(|| reading.alias.clone())
        .unwrap_or_else(|| task.account.to_string())
}

/// An account that could not be read.
pub(super) async fn failure(run: &Run, task: &Task, error: DiscoveryError) -> Result<()> {
    tracing::warn!(
        app.id = %run.app.id, account.id = %task.account, step = error.step.as_str(), code = error.code, "an AWS account could not be read"
    );
    let account = blank(run, task.account, task.partition, task.name.clone(), error);
    let account = AwsAccount { organization_state: task.state, ..account };
    let mut unit = run.services.store.begin().await?;
    unit.put_account_failure(&account).await?;
    let state = run.change(|state| state.accounts_failed += 1);
    unit.update_run(&state).await?;
    unit.commit().await?;
    Ok(())
}

/// An account whose source did not open.
pub(super) async fn unread(run: &Run, known: &AwsAccount, error: &DiscoveryError) -> Result<()> {
    let account = AwsAccount { last_attempt: run.services.now(), error: Some(error.clone()), ..known.clone() };
    put_failure(run, &account).await
}

/// An account that its organization keeps closed.
pub(super) async fn closed(
    run: &Run,
    partition: Partition,
    listed: &ListedAccount,
    error: &DiscoveryError,
) -> Result<()> {
    let account = blank(run, listed.id, partition, Some(listed.name.clone()), error.clone());
    put_failure(run, &AwsAccount { organization_state: Some(listed.state), ..account }).await
}

async fn put_failure(run: &Run, account: &AwsAccount) -> Result<()> {
    let mut unit = run.services.store.begin().await?;
    unit.put_account_failure(account).await?;
    unit.commit().await?;
    Ok(())
}

fn blank(run: &Run, id: AccountId, partition: Partition, name: Option<String>, error: DiscoveryError) -> AwsAccount {
    AwsAccount {
        app: run.app.id.clone(),
        id,
        partition,
        name: name.unwrap_or_else(|| id.to_string()),
        alias: None,
        organization_state: None,
        last_success: None,
        last_attempt: run.services.now(),
        error: Some(error),
        vanished: None,
    }
}

/// Marks accounts that are in no complete list any more.
pub(super) async fn vanished(run: &Run, listed: &[(Partition, Vec<AccountId>)]) -> Result<()> {
    let mut unit = run.services.store.begin().await?;
    for (partition, accounts) in listed {
        unit.mark_vanished_accounts(&run.app.id, &[*partition], accounts, run.services.now()).await?;
    }
    unit.commit().await?;
    Ok(())
}
