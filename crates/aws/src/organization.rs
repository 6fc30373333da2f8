//! `organizations:ListAccounts` to the end. A page may be empty although more follow: only a missing token ends the list.

use aws_sdk_organizations::{
    operation::list_accounts::{ListAccountsError, ListAccountsOutput},
    types::{Account, AccountState, AccountStatus},
};
use domain::aws::{DiscoveryStep, OrganizationState};
use ports::aws::{AwsFailure, ListedAccount};

use crate::{
    failure,
    last_word::LastWord,
    limits::{self, Deadline},
    pages::Pages,
    session::SdkSession,
};

const STEP: DiscoveryStep = DiscoveryStep::ListAccounts;
/// AWS's largest page.
const PAGE: i32 = 20;
const MOST_PAGES: usize = 5_000;

/// All accounts of the organization, whatever their state, sorted by id, each once.
pub(crate) async fn list_accounts(session: &SdkSession) -> Result<Vec<ListedAccount>, AwsFailure> {
    let mut accounts = Vec::new();
    let mut pages = Pages::new("NextToken", MOST_PAGES);
    let mut token = None;
    loop {
        let deadline = Deadline::after(session.options.account_timeout);
        let page = deadline.bound(STEP, &session.place(), |last| page(session, token, last)).await?;
        for account in page.accounts() {
            accounts.extend(listed(account)?);
        }
        let Some(next) = page.next_token.filter(|token| !token.is_empty()) else { break };
        pages.follow(&next).map_err(|reason| failure::bad_answer(STEP, &reason))?;
        token = Some(next);
    }
    if accounts.is_empty() {
        return Err(failure::bad_answer(STEP, "an organization without accounts: its management account is missing"));
    }
    accounts.sort_unstable_by_key(|account: &ListedAccount| account.id);
    accounts.dedup_by_key(|account| account.id);
    Ok(accounts)
}

async fn page(session: &SdkSession, token: Option<String>, last: LastWord) -> Result<ListAccountsOutput, AwsFailure> {
    let own = aws_sdk_organizations::config::Config::builder().retry_partition(limits::own_quota(&"organization"));
    session
        .organizations
        .list_accounts()
        .max_results(PAGE)
        .set_next_token(token)
        .customize()
        .config_override(own)
        .interceptor(last.listener::<ListAccountsError>())
        .send()
        .await
        .map_err(|error| failure::from_sdk(STEP, &error, &session.place()))
}

/// `None` for an account in a state that nobody here has heard of: it is never taken for an active one.
fn listed(account: &Account) -> Result<Option<ListedAccount>, AwsFailure> {
    let id = account.id().unwrap_or_default();
    let id = id.parse().map_err(|reason| failure::bad_answer(STEP, &format!("{reason}")))?;
    let Some(state) = state(account) else {
        tracing::warn!(account.id = %id, state = ?account.state(), status = ?account.status(),
            "left out an account whose state in the organization is unknown");
        return Ok(None);
    };
    Ok(Some(ListedAccount { id, name: account.name().unwrap_or_default().to_owned(), state }))
}

/// `State`; where it is missing, `Status`, which AWS retired on 9 September 2026.
fn state(account: &Account) -> Option<OrganizationState> {
    match (account.state(), account.status()) {
        (Some(AccountState::Active), _) | (None, Some(AccountStatus::Active)) => Some(OrganizationState::Active),
        (Some(AccountState::Suspended), _) | (None, Some(AccountStatus::Suspended)) => {
            Some(OrganizationState::Suspended)
        }
        (Some(AccountState::PendingClosure), _) | (None, Some(AccountStatus::PendingClosure)) => {
            Some(OrganizationState::PendingClosure)
        }
        (Some(AccountState::PendingActivation), _) => Some(OrganizationState::PendingActivation),
        (Some(AccountState::Closed), _) => Some(OrganizationState::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(state: Option<&str>, status: Option<&str>) -> Account {
        Account::builder().set_state(state.map(AccountState::from)).set_status(status.map(AccountStatus::from)).build()
    }

    #[test]
    fn state_counts_before_the_retired_status() {
        let cases = [
            (Some("ACTIVE"), Some("SUSPENDED"), Some(OrganizationState::Active)),
            (Some("SUSPENDED"), Some("ACTIVE"), Some(OrganizationState::Suspended)),
            (Some("CLOSED"), None, Some(OrganizationState::Closed)),
            (Some("PENDING_ACTIVATION"), Some("ACTIVE"), Some(OrganizationState::PendingActivation)),
            (None, Some("PENDING_CLOSURE"), Some(OrganizationState::PendingClosure)),
            (None, Some("ACTIVE"), Some(OrganizationState::Active)),
        ];
        for (given, status, expected) in cases {
            assert_eq!(state(&account(given, status)), expected, "{given:?} {status:?}");
        }
    }

    #[test]
    fn an_unknown_state_is_not_taken_for_an_active_one() {
        assert_eq!(state(&account(Some("HIBERNATING"), Some("ACTIVE"))), None);
        assert_eq!(state(&account(None, Some("HIBERNATING"))), None);
        assert_eq!(state(&account(None, None)), None);
    }
}
