//! What discovery keeps: integration settings, accounts, roles, runs and the lease that keeps two runs apart.

use async_trait::async_trait;
use domain::{
    AccountId, AppId, Partition, RoleArn, RoleName, RunId, Timestamp,
    aws::{AwsAccount, AwsIntegration, AwsRole, DiscoveryRun, Trust, TrustVerdict},
    key::Sealed,
};

use super::{Page, PageRequest, StoreResult};

/// Which roles a list holds. All given conditions must be met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleFilter {
    /// Roles of this account.
    pub account: Option<AccountId>,
    /// With this verdict.
    pub trust: Option<Trust>,
    /// A part of role name, account name, alias or id, without regard to case.
    pub q: Option<String>,
    /// Vanished ones too.
    pub include_vanished: bool,
}

/// What a run counts while it goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// Accounts to read.
    pub accounts_total: u32,
    /// Accounts read.
    pub accounts_done: u32,
    /// Accounts that failed.
    pub accounts_failed: u32,
    /// Roles found.
    pub roles_found: u32,
    /// Roles that were not there before.
    pub roles_added: u32,
    /// Roles that are no longer there.
    pub roles_vanished: u32,
}

/// Reads what discovery keeps.
#[async_trait]
pub trait AwsReader: Send + Sync {
    /// How an app reads AWS; `None` when it was never set up.
    async fn integration(&self, app: &AppId) -> StoreResult<Option<AwsIntegration>>;
    /// Every integration.
    async fn integrations(&self) -> StoreResult<Vec<AwsIntegration>>;
    /// The sealed secret access keys of an app, by partition.
    async fn source_secrets(&self, app: &AppId) -> StoreResult<Vec<(Partition, Sealed)>>;
    /// One account.
    async fn aws_account(&self, app: &AppId, id: AccountId) -> StoreResult<Option<AwsAccount>>;
    /// All accounts of an app by name, then id.
    async fn aws_accounts(&self, app: &AppId) -> StoreResult<Vec<AwsAccount>>;
    /// One role.
    async fn aws_role(&self, app: &AppId, arn: &RoleArn) -> StoreResult<Option<AwsRole>>;
    /// A page of roles by account id, then ARN.
    async fn aws_roles(&self, app: &AppId, filter: &RoleFilter, page: &PageRequest) -> StoreResult<Page<AwsRole>>;
    /// These roles, in no order; unknown ones are left out.
    async fn aws_roles_by_arn(&self, app: &AppId, arns: &[RoleArn]) -> StoreResult<Vec<AwsRole>>;
    /// Roles of this exact name (any path) in an app, vanished ones too.
    async fn aws_roles_by_name(&self, app: &AppId, name: &str) -> StoreResult<Vec<AwsRole>>;
    /// Roles of these accounts and names (any path, any case), vanished ones too, in no order; unknown ones are left out.
    async fn aws_roles_in_accounts(&self, app: &AppId, roles: &[(AccountId, RoleName)]) -> StoreResult<Vec<AwsRole>>;
    /// One run.
    async fn run(&self, app: &AppId, id: &RunId) -> StoreResult<Option<DiscoveryRun>>;
    /// The latest runs of an app, newest first.
    async fn runs(&self, app: &AppId, limit: u32) -> StoreResult<Vec<DiscoveryRun>>;
}

/// Writes what discovery keeps.
#[async_trait]
pub trait AwsWriter: Send {
    /// Adds or replaces the settings. Secrets of partitions that are no longer among the sources are dropped.
    async fn put_integration(&mut self, integration: &AwsIntegration) -> StoreResult<()>;
    /// Adds or replaces the sealed secret access key of one partition.
    async fn put_source_secret(&mut self, app: &AppId, partition: Partition, secret: &Sealed) -> StoreResult<()>;
    /// Stores one account as read successfully, with *all* its roles, atomically. Roles that were there and are not in
    /// `roles` are marked vanished at `now`; those that had been marked before are removed. Answers (added, vanished).
    async fn put_account_reading(
        &mut self,
        account: &AwsAccount,
        roles: &[AwsRole],
        now: Timestamp,
    ) -> StoreResult<(u32, u32)>;
    /// Stores that reading an account failed: `last_attempt`, `error` (and name and state if they are new). Its roles
    /// and `last_success` stay.
    async fn put_account_failure(&mut self, account: &AwsAccount) -> StoreResult<()>;
    /// Marks accounts of these partitions that are not in `seen` as vanished at `now`, and removes those (with their
    /// roles) that had been marked by an earlier call; accounts in `seen` lose the mark. Answers how many were marked.
    async fn mark_vanished_accounts(
        &mut self,
        app: &AppId,
        partitions: &[Partition],
        seen: &[AccountId],
        now: Timestamp,
    ) -> StoreResult<u32>;
    /// Replaces the verdict of one role (after a change of provider or ACS URL).
    async fn set_role_verdict(&mut self, app: &AppId, arn: &RoleArn, verdict: &TrustVerdict) -> StoreResult<()>;
    /// Adds a run.
    async fn insert_run(&mut self, run: &DiscoveryRun) -> StoreResult<()>;
    /// Replaces a run's status, end, counts and error.
    async fn update_run(&mut self, run: &DiscoveryRun) -> StoreResult<()>;
    /// Takes the lease `name` for `holder` until `until`, if nobody else holds it at `now`; its holder renews it the same
    /// way. Answers whether it was taken.
    async fn take_lease(&mut self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> StoreResult<bool>;
    /// Gives a lease back.
    async fn release_lease(&mut self, name: &str, holder: &str) -> StoreResult<()>;
    /// Marks runs of an app that are still `Running` as `Abandoned` at `now` (their holder lost its lease), except `except`.
    async fn abandon_runs(&mut self, app: &AppId, except: Option<&RunId>, now: Timestamp) -> StoreResult<u32>;
}
