//! Reading AWS: one source account per partition, one account at a time. The order, bounds and storage are the use
//! case's; retries and protocol are the adapter's.

use async_trait::async_trait;
use domain::{
    AccountId, Partition, RoleArn, Secret,
    aws::{AwsIntegration, ConnectedAccount, DiscoveryError, OrganizationState, SourceAccount},
    time::Seconds,
};

/// Why AWS could not be read; already in the form that is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}: {}", .0.step.as_str(), .0.code, .0.message)]
pub struct AwsFailure(pub DiscoveryError);

/// The secret access key of a source account, opened for the time of one run.
#[derive(Debug, Clone)]
pub struct SourceSecrets {
    /// For [`domain::aws::SourceCredentials::AccessKey`].
    pub secret_access_key: Option<Secret<String>>,
}

/// Who the source credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The source account.
    pub account: AccountId,
    /// The caller's ARN.
    pub arn: String,
    /// Its partition.
    pub partition: Partition,
}

/// One account as Organizations lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// The account.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// `State`, or the retired `Status`.
    pub state: OrganizationState,
}

/// One role as `ListRoles` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRole {
    /// The role; its account was checked against the one that was read.
    pub arn: RoleArn,
    /// May be empty.
    pub description: String,
    /// Seconds; 3,600 when AWS leaves it out.
    pub max_session_duration: Seconds,
    /// Percent-decoded JSON text; empty when AWS gave none.
    pub trust_policy: String,
}

/// Everything that one account told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReading {
    /// The alias, if there is one.
    pub alias: Option<String>,
    /// From `GetAccountInformation`; `None` when it was not asked or not allowed.
    pub name: Option<String>,
    /// All roles, without service-linked ones.
    pub roles: Vec<ListedRole>,
}

/// Credentials of one source account, ready for use.
#[async_trait]
pub trait SourceSession: Send + Sync {
    /// `sts:GetCallerIdentity`: needs no permission.
    async fn identity(&self) -> Result<CallerIdentity, AwsFailure>;
    /// `organizations:ListAccounts` to the end.
    async fn list_accounts(&self) -> Result<Vec<ListedAccount>, AwsFailure>;
    /// Reads one account. `connected` absent: the source account itself, with its own credentials.
    /// `ask_name`: whether the account's name is still unknown.
    async fn read_account(
        &self,
        account: AccountId,
        connected: Option<&ConnectedAccount>,
        ask_name: bool,
    ) -> Result<AccountReading, AwsFailure>;
}

/// Opens sources.
#[async_trait]
pub trait AwsAccounts: Send + Sync {
    /// Prepares the credentials of one source; makes no call that fails for lack of permission.
    async fn open(
        &self,
        integration: &AwsIntegration,
        source: &SourceAccount,
        secrets: SourceSecrets,
    ) -> Result<Box<dyn SourceSession>, AwsFailure>;
}
