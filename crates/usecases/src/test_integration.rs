//! "Test API credentials": tries every step on every account and stores nothing. Where Okta answers one sentence for
//! everything, this says which account, which step, AWS's code, and what to do.

use domain::{
    AccountId, AppId, Partition,
    aws::{ConnectedAccount, ConnectedAccounts, DiscoveryError, OrganizationState, SourceAccount},
};
use futures_util::{StreamExt, stream};

use crate::{
    audit::EventDraft,
    caller::Caller,
    discover_roles::{self, Opened},
    error::{Error, Result, StateError},
    services::Services,
};

/// What one account answered.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountTest {
    /// The account; absent when the source's own credentials failed.
    pub account: Option<AccountId>,
    /// Its partition.
    pub partition: Partition,
    /// Roles that could be listed.
    pub roles: u32,
    /// The step that failed, if one did.
    pub error: Option<DiscoveryError>,
}

/// Tests all accounts of an app, or one.
///
/// # Errors
/// `NotFound`, `Forbidden`, `State` when AWS was never set up.
pub async fn test(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    only: Option<AccountId>,
) -> Result<Vec<AccountTest>> {
    caller.must_manage()?;
    let app = services.store.app(app).await?.ok_or_else(|| Error::not_found("AppInstance", app.as_str()))?;
    let integration = services.store.integration(&app.id).await?.filter(|found| !found.sources.is_empty());
    let integration = integration.ok_or_else(|| {
        Error::State(StateError::NotNow("AWS is not set up for this app: put its integration first".to_owned()))
    })?;
    let mut answers = Vec::new();
    for source in &integration.sources {
        match discover_roles::open(services, &integration, source).await? {
            Ok(opened) => answers.extend(test_source(services, source, opened, only).await),
            Err(error) => {
                answers.push(AccountTest { account: None, partition: source.partition, roles: 0, error: Some(error) });
            }
        }
    }
    let failed = answers.iter().filter(|answer| answer.error.is_some()).count();
    let draft = if failed == 0 {
        EventDraft::success("application.integration.api_query", "Test the AWS credentials")
    } else {
        EventDraft::failure("application.configuration.update", "Could not verify AWS credentials", "FAILED")
    };
    let event = draft.on_app(&app).fact("accounts", answers.len()).fact("accountsFailed", failed);
    services.store.append_events(vec![event.by(services, caller)]).await?;
    Ok(answers)
}

async fn test_source(
    services: &Services,
    source: &SourceAccount,
    opened: Opened,
    only: Option<AccountId>,
) -> Vec<AccountTest> {
    let (mut accounts, trouble) = accounts_of(source, &opened).await;
    let mut answers: Vec<AccountTest> = trouble
        .map(|error| AccountTest {
            account: Some(opened.identity.account),
            partition: source.partition,
            roles: 0,
            error: Some(error),
        })
        .into_iter()
        .collect();
    accounts.retain(|(account, _)| only.is_none_or(|only| only == *account));
    let tested: Vec<AccountTest> = stream::iter(accounts)
        .map(|(account, connected)| {
            let session = opened.session.clone();
            async move {
                let reading = session.read_account(account, connected.as_ref(), false).await;
                AccountTest {
                    account: Some(account),
                    partition: source.partition,
                    roles: reading.as_ref().map_or(0, |read| u32::try_from(read.roles.len()).unwrap_or(u32::MAX)),
                    error: reading.err().map(|failure| failure.0),
                }
            }
        })
        .buffered(services.settings.discovery.concurrency)
        .collect()
        .await;
    answers.extend(tested);
    answers
}

type Accounts = Vec<(AccountId, Option<ConnectedAccount>)>;

async fn accounts_of(source: &SourceAccount, opened: &Opened) -> (Accounts, Option<DiscoveryError>) {
    let own = opened.identity.account;
    let mut accounts: Accounts = vec![(own, None)];
    let mut trouble = None;
    match &source.connected {
        ConnectedAccounts::Listed(listed) => {
            accounts.extend(listed.iter().map(|account| (account.id, Some(account.clone()))));
        }
        ConnectedAccounts::Organization { overrides, excluded } => match opened.session.list_accounts().await {
            Ok(listed) => accounts.extend(
                listed
                    .iter()
                    .filter(|account| account.state == OrganizationState::Active && !excluded.contains(&account.id))
                    .map(|account| (account.id, Some(discover_roles::overridden(account.id, overrides)))),
            ),
            Err(failure) => trouble = Some(failure.0),
        },
    }
    let mut seen = std::collections::BTreeSet::new();
    accounts.retain(|(account, _)| seen.insert(*account));
    (accounts, trouble)
}
