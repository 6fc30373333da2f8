//! AWS in memory: accounts with roles, and on request failures, delays and silence at any step.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    AccountId, Partition,
    aws::{AwsIntegration, ConnectedAccount, DiscoveryError, DiscoveryStep, OrganizationState, SourceAccount},
};
use ports::{
    AccountReading, AwsAccounts, AwsFailure, CallerIdentity, ListedAccount, ListedRole, SourceSecrets, SourceSession,
};

use crate::sample;

/// What one account answers.
#[derive(Debug, Clone)]
pub struct FakeAccount {
    /// Its partition.
    pub partition: Partition,
    /// Its alias.
    pub alias: Option<String>,
    /// What `GetAccountInformation` and Organizations call it.
    pub name: String,
    /// What Organizations says of it.
    pub state: OrganizationState,
    /// Its roles.
    pub roles: Vec<ListedRole>,
    /// How long each reading takes, by tokio's clock.
    pub delay: Duration,
    /// Fails at this step, so often; `None` for always.
    failure: Option<(DiscoveryError, Option<u32>)>,
    hangs: bool,
}

impl FakeAccount {
    /// An active account of `aws` with these role names, that trust everybody's provider (`trust_policy` is empty).
    pub fn new(name: &str, role_names: &[&str], id: AccountId) -> Self {
        let role = |role: &&str| ListedRole {
            arn: sample::role_arn(&format!("arn:aws:iam::{id}:role/{role}")),
            description: String::new(),
            max_session_duration: 3600,
            trust_policy: String::new(),
        };
        Self {
            partition: Partition::Aws,
            alias: None,
            name: name.to_owned(),
            state: OrganizationState::Active,
            roles: role_names.iter().map(role).collect(),
            delay: Duration::ZERO,
            failure: None,
            hangs: false,
        }
    }
}

/// One call of [`SourceSession::read_account`] as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadCall {
    /// Which account.
    pub account: AccountId,
    /// How it was connected; `None` for the source account itself.
    pub connected: Option<ConnectedAccount>,
    /// Whether its name was asked for.
    pub ask_name: bool,
    /// The secret access key that the source was opened with.
    pub secret_access_key: Option<String>,
}

#[derive(Debug, Default)]
struct Script {
    sources: BTreeMap<Partition, AccountId>,
    accounts: BTreeMap<AccountId, FakeAccount>,
    source_failure: Option<DiscoveryError>,
    list_failure: Option<DiscoveryError>,
    calls: Vec<ReadCall>,
}

/// AWS as a script. Clones share it: keep one, give the other to the code under test, and change the world in between.
#[derive(Debug, Clone, Default)]
pub struct FakeAws {
    script: Arc<Mutex<Script>>,
    readings: Arc<Concurrency>,
}

#[derive(Debug, Default)]
struct Concurrency {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl FakeAws {
    /// A world with one source account in partition `aws`, which has no roles.
    pub fn new(source: AccountId) -> Self {
        let world = Self::default();
        world.script().sources.insert(Partition::Aws, source);
        world.put(source, FakeAccount::new("Source", &[], source));
        world
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The source account of another partition.
    pub fn put_source(&self, partition: Partition, source: AccountId) {
        self.script().sources.insert(partition, source);
    }

    /// Adds or replaces an account.
    pub fn put(&self, id: AccountId, account: FakeAccount) {
        self.script().accounts.insert(id, account);
    }

    /// Adds an account with these roles.
    pub fn put_account(&self, id: AccountId, name: &str, role_names: &[&str]) {
        self.put(id, FakeAccount::new(name, role_names, id));
    }

    /// Changes an account.
    pub fn change(&self, id: AccountId, change: impl FnOnce(&mut FakeAccount)) {
        change(self.script().accounts.get_mut(&id).unwrap_or_else(|| panic!("there is no fake account {id}")));
    }

    /// Takes an account away: reading it is refused, Organizations no longer lists it.
    pub fn remove(&self, id: AccountId) {
        self.script().accounts.remove(&id);
    }

    /// From now on reading this account fails at `step` with AWS's `code`.
    pub fn fail(&self, id: AccountId, step: DiscoveryStep, code: &str) {
        self.change(id, |account| account.failure = Some((sample::discovery_error(step, code), None)));
    }

    /// The next `times` readings of this account fail, the one after succeeds.
    pub fn fail_times(&self, id: AccountId, step: DiscoveryStep, code: &str, times: u32) {
        self.change(id, |account| account.failure = Some((sample::discovery_error(step, code), Some(times))));
    }

    /// From now on reading this account succeeds again.
    pub fn heal(&self, id: AccountId) {
        self.change(id, |account| {
            account.failure = None;
            account.hangs = false;
        });
    }

    /// From now on reading this account never ends.
    pub fn hang(&self, id: AccountId) {
        self.change(id, |account| account.hangs = true);
    }

    /// From now on the source credentials are refused (`None`: taken).
    pub fn fail_source(&self, code: Option<&str>) {
        self.script().source_failure = code.map(|code| sample::discovery_error(DiscoveryStep::SourceCredentials, code));
    }

    /// From now on Organizations refuses to list (`None`: lists).
    pub fn fail_listing(&self, code: Option<&str>) {
        self.script().list_failure = code.map(|code| sample::discovery_error(DiscoveryStep::ListAccounts, code));
    }

    /// Every reading that was asked for, in order.
    pub fn calls(&self) -> Vec<ReadCall> {
        self.script().calls.clone()
    }

    /// How many accounts were read at the same time at most.
    pub fn most_at_once(&self) -> usize {
        self.readings.most.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl AwsAccounts for FakeAws {
    async fn open(
        &self,
        _integration: &AwsIntegration,
        source: &SourceAccount,
        secrets: SourceSecrets,
    ) -> Result<Box<dyn SourceSession>, AwsFailure> {
        Ok(Box::new(FakeSession {
            world: self.clone(),
            partition: source.partition,
            secret_access_key: secrets.secret_access_key.map(|secret| secret.expose().clone()),
        }))
    }
}

struct FakeSession {
    world: FakeAws,
    partition: Partition,
    secret_access_key: Option<String>,
}

/// Counts a reading while it goes on, also when its future is dropped.
struct Reading<'count>(&'count Concurrency);

impl<'count> Reading<'count> {
    fn begin(count: &'count Concurrency) -> Self {
        let now = count.now.fetch_add(1, Ordering::SeqCst) + 1;
        count.most.fetch_max(now, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl FakeSession {
    /// What the account answers this time, and how.
    fn answer(&self, call: ReadCall) -> Result<FakeAccount, AwsFailure> {
        let mut script = self.world.script();
        let id = call.account;
        script.calls.push(call);
        if let Some(error) = &script.source_failure {
            return Err(AwsFailure(error.clone()));
        }
        let denied = || AwsFailure(sample::discovery_error(DiscoveryStep::AssumeRole, "AccessDenied"));
        let account = script.accounts.get_mut(&id).ok_or_else(denied)?;
        let answer = account.clone();
        if let Some((_, Some(times))) = &mut account.failure {
            *times = times.saturating_sub(1);
            if *times == 0 {
                account.failure = None;
            }
        }
        if answer.partition == self.partition { Ok(answer) } else { Err(denied()) }
    }
}

#[async_trait]
impl SourceSession for FakeSession {
    async fn identity(&self) -> Result<CallerIdentity, AwsFailure> {
        let script = self.world.script();
        if let Some(error) = &script.source_failure {
            return Err(AwsFailure(error.clone()));
        }
        let invalid = || AwsFailure(sample::discovery_error(DiscoveryStep::SourceCredentials, "InvalidClientTokenId"));
        let account = *script.sources.get(&self.partition).ok_or_else(invalid)?;
        let arn = format!("arn:{}:iam::{account}:user/rolegate", self.partition);
        Ok(CallerIdentity { account, arn, partition: self.partition })
    }

    async fn list_accounts(&self) -> Result<Vec<ListedAccount>, AwsFailure> {
        let script = self.world.script();
        if let Some(error) = script.source_failure.as_ref().or(script.list_failure.as_ref()) {
            return Err(AwsFailure(error.clone()));
        }
        let mine = script.accounts.iter().filter(|(_, account)| account.partition == self.partition);
        let listed = |(id, account): (&AccountId, &FakeAccount)| ListedAccount {
            id: *id,
            name: account.name.clone(),
            state: account.state,
        };
        Ok(mine.map(listed).collect())
    }

    async fn read_account(
        &self,
        account: AccountId,
        connected: Option<&ConnectedAccount>,
        ask_name: bool,
    ) -> Result<AccountReading, AwsFailure> {
        let _reading = Reading::begin(&self.world.readings);
        let answer = self.answer(ReadCall {
            account,
            connected: connected.cloned(),
            ask_name,
            secret_access_key: self.secret_access_key.clone(),
        })?;
        if answer.hangs {
            std::future::pending::<()>().await;
        }
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        if let Some((error, _)) = answer.failure {
            return Err(AwsFailure(error));
        }
        let name = ask_name.then_some(answer.name);
        Ok(AccountReading { alias: answer.alias, name, roles: answer.roles })
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::*;

    async fn session(world: &FakeAws) -> Box<dyn SourceSession> {
        let integration = sample::integration(&sample::app("AWS"), &[]);
        let secrets = SourceSecrets { secret_access_key: Some(Secret::from("secret")) };
        world.open(&integration, &integration.sources[0], secrets).await.unwrap()
    }

    #[tokio::test]
    async fn an_account_fails_as_often_as_it_was_told_and_then_answers() {
        let (source, other) = (sample::account_id(1), sample::account_id(2));
        let world = FakeAws::new(source);
        world.put_account(other, "Other", &["Admin"]);
        world.fail_times(other, DiscoveryStep::ListRoles, "Throttling", 2);
        let session = session(&world).await;
        for _ in 0..2 {
            let failure = session.read_account(other, None, true).await.unwrap_err();
            assert_eq!((failure.0.step, failure.0.code.as_str()), (DiscoveryStep::ListRoles, "Throttling"));
        }
        let reading = session.read_account(other, None, true).await.unwrap();
        assert_eq!(reading.name.as_deref(), Some("Other"));
        assert_eq!(reading.roles[0].arn, sample::role_arn("arn:aws:iam::000000000002:role/Admin"));
        assert_eq!(world.calls().len(), 3);
    }

    #[tokio::test]
    async fn an_account_that_is_not_there_refuses_the_role() {
        let world = FakeAws::new(sample::account_id(1));
        let failure = session(&world).await.read_account(sample::account_id(9), None, false).await.unwrap_err();
        assert_eq!(failure.0.code, "AccessDenied");
    }
}
