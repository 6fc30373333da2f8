//! Which accounts a run reads, through which source, and which of them cannot even be tried.

use std::collections::HashMap;

use domain::{
    AccountId, Partition,
    aws::{
        AwsAccount, ConnectedAccount, ConnectedAccounts, DiscoveryError, DiscoveryStep, OrganizationState,
        SourceAccount,
    },
};
use ports::ListedAccount;

use super::{Opened, Run, record};
use crate::error::Result;

/// One account to read.
pub(super) struct Task {
    pub(super) opened: Opened,
    pub(super) account: AccountId,
    pub(super) partition: Partition,
    /// Absent for the source account itself.
    pub(super) connected: Option<ConnectedAccount>,
    /// From Organizations.
    pub(super) name: Option<String>,
    pub(super) state: Option<OrganizationState>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) tasks: Vec<Task>,
    /// Accounts that failed before they were tried: their source does not open, or AWS keeps them closed.
    pub(super) failed: u32,
    /// What failed for a whole source.
    pub(super) error: Option<DiscoveryError>,
    /// For each partition whose list is complete: every account in it.
    pub(super) listed: Vec<(Partition, Vec<AccountId>)>,
}

/// Whether a source's settings name an account.
pub(super) fn names(source: &SourceAccount, account: AccountId) -> bool {
    let among = |accounts: &[ConnectedAccount]| accounts.iter().any(|connected| connected.id == account);
    match &source.connected {
        ConnectedAccounts::Listed(accounts) => among(accounts),
        ConnectedAccounts::Organization { overrides, .. } => among(overrides),
    }
}

/// Opens the sources one after the other and lists their accounts.
pub(super) async fn make(run: &Run) -> Result<Plan> {
    let mut plan = Plan::default();
    let wanted = run.snapshot().account;
    let known = run.services.store.aws_accounts(&run.app.id).await?;
    for source in &run.integration.sources {
        match super::open(&run.services, &run.integration, source).await? {
            Ok(opened) => add_source(run, &mut plan, source, opened, &known).await?,
            Err(error) => source_failed(run, &mut plan, source, &known, &error).await?,
        }
    }
    if let Some(account) = wanted {
        plan.tasks.retain(|task| task.account == account);
    }
    Ok(plan)
}

/// Every account of the source keeps what it had and says why it is not newer.
async fn source_failed(
    run: &Run,
    plan: &mut Plan,
    source: &SourceAccount,
    known: &[AwsAccount],
    error: &DiscoveryError,
) -> Result<()> {
    plan.error.get_or_insert_with(|| error.clone());
    let wanted = run.snapshot().account;
    for account in known.iter().filter(|account| account.partition == source.partition && account.vanished.is_none()) {
        if wanted.is_none_or(|wanted| wanted == account.id) {
            plan.failed += 1;
            record::unread(run, account, error).await?;
        }
    }
    Ok(())
}

async fn add_source(
    run: &Run,
    plan: &mut Plan,
    source: &SourceAccount,
    opened: Opened,
    known: &[AwsAccount],
) -> Result<()> {
    let own = opened.identity.account;
    let (connected, names) = match &source.connected {
        ConnectedAccounts::Listed(accounts) => (accounts.clone(), HashMap::new()),
        ConnectedAccounts::Organization { overrides, excluded } => match opened.session.list_accounts().await {
            Ok(listed) => from_organization(run, plan, source.partition, &listed, overrides, excluded).await?,
            Err(failure) => {
                // The list of last time is read on: one missing permission takes no account away.
                plan.error.get_or_insert(failure.0);
                let last = known.iter().filter(|account| account.partition == source.partition);
                let last = last.map(|account| overridden(account.id, overrides)).collect();
                push(plan, source.partition, &opened, own, last, &HashMap::new());
                return Ok(());
            }
        },
    };
    let mut all: Vec<AccountId> = connected.iter().map(|account| account.id).collect();
    all.extend(names.keys().copied());
    all.push(own);
    plan.listed.push((source.partition, all));
    push(plan, source.partition, &opened, own, connected, &names);
    Ok(())
}

fn push(
    plan: &mut Plan,
    partition: Partition,
    opened: &Opened,
    own: AccountId,
    connected: Vec<ConnectedAccount>,
    names: &HashMap<AccountId, ListedAccount>,
) {
    let task = |account, connected| Task {
        opened: opened.clone(),
        account,
        partition,
        connected,
        name: names.get(&account).map(|listed| listed.name.clone()),
        state: names.get(&account).map(|listed| listed.state),
    };
    plan.tasks.push(task(own, None));
    let mut seen = vec![own];
    for account in connected {
        if !seen.contains(&account.id) {
            seen.push(account.id);
            plan.tasks.push(task(account.id, Some(account)));
        }
    }
}

type Organization = (Vec<ConnectedAccount>, HashMap<AccountId, ListedAccount>);

/// Active accounts are read; suspended and closing ones are kept, with the reason why they are not.
async fn from_organization(
    run: &Run,
    plan: &mut Plan,
    partition: Partition,
    listed: &[ListedAccount],
    overrides: &[ConnectedAccount],
    excluded: &[AccountId],
) -> Result<Organization> {
    let wanted = run.snapshot().account;
    let mut active = Vec::new();
    let mut names = HashMap::new();
    for account in listed.iter().filter(|account| !excluded.contains(&account.id)) {
        names.insert(account.id, account.clone());
        if account.state == OrganizationState::Active {
            active.push(overridden(account.id, overrides));
        } else if wanted.is_none_or(|wanted| wanted == account.id) {
            plan.failed += 1;
            record::closed(run, partition, account, &not_active(account)).await?;
        }
    }
    Ok((active, names))
}

pub(crate) fn overridden(account: AccountId, overrides: &[ConnectedAccount]) -> ConnectedAccount {
    let plain = ConnectedAccount { id: account, role_name: None, external_id: None, session_name: None };
    overrides.iter().find(|candidate| candidate.id == account).cloned().unwrap_or(plain)
}

fn not_active(account: &ListedAccount) -> DiscoveryError {
    DiscoveryError {
        step: DiscoveryStep::ListAccounts,
        code: "AccountNotActive".to_owned(),
        message: format!("Organizations says that account `{}` is {:?}", account.id, account.state),
        hint: "AWS refuses every call into it: reopen it, or exclude it in the integration".to_owned(),
    }
}
