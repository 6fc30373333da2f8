//! What discovery reads: accounts, roles, the verdict on each trust policy, runs, and where to read from.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, RoleArn},
    id::{AppId, RunId},
    partition::Partition,
    time::{Seconds, Timestamp},
};

/// Where the first credentials of a partition come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceCredentials {
    /// A long-lived access key; the secret is sealed in the store beside it.
    AccessKey {
        /// `AKIA…`.
        access_key_id: String,
    },
    /// The SDK's own chain: instance role, web identity, profile, process.
    SdkChain {
        /// A profile of the shared configuration; the default one when absent.
        profile: Option<String>,
    },
}

/// The source ("master") account of one partition: roles never cross partitions, so each has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAccount {
    /// The partition.
    pub partition: Partition,
    /// The region for its endpoints; the partition's default when absent.
    pub region: Option<String>,
    /// How it authenticates.
    pub credentials: SourceCredentials,
    /// Which accounts are read through it.
    pub connected: ConnectedAccounts,
}

/// Which accounts are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectedAccounts {
    /// The source account and these.
    Listed(Vec<ConnectedAccount>),
    /// The source account and all active ones of its organization; `overrides` say how single ones differ.
    Organization {
        /// Accounts with a role name, external id or session name of their own.
        overrides: Vec<ConnectedAccount>,
        /// Accounts that are left out.
        excluded: Vec<AccountId>,
    },
}

/// One connected account; what is absent is taken from [`AwsIntegration`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedAccount {
    /// The account.
    pub id: AccountId,
    /// The cross-account role's name (or path and name).
    pub role_name: Option<String>,
    /// `ExternalId` for `AssumeRole`.
    pub external_id: Option<String>,
    /// `RoleSessionName` for `AssumeRole`.
    pub session_name: Option<String>,
}

/// How an app reads AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsIntegration {
    /// The app.
    pub app: AppId,
    /// Whether the schedule runs.
    pub enabled: bool,
    /// One source account per partition.
    pub sources: Vec<SourceAccount>,
    /// Default `Okta-Idp-cross-account-role`, so that an existing Okta set-up works untouched.
    pub cross_account_role: String,
    /// Sent with every `AssumeRole` when present.
    pub external_id: Option<String>,
    /// Default `rolegate-discovery`.
    pub session_name: String,
    /// Time between two scheduled runs, before jitter; default 3600.
    pub interval_seconds: Seconds,
    /// Last change.
    pub last_updated: Timestamp,
}

/// Okta's fixed name of the cross-account role; our default.
pub const DEFAULT_CROSS_ACCOUNT_ROLE: &str = "Okta-Idp-cross-account-role";

/// Where an account stands in its organization (`State`, or the retired `Status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrganizationState {
    /// Being opened.
    PendingActivation,
    /// Usable.
    Active,
    /// AWS refuses every call.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Gone.
    Closed,
}

/// The step of reading one account at which something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DiscoveryStep {
    /// The source account's own credentials (`sts:GetCallerIdentity`).
    SourceCredentials,
    /// `organizations:ListAccounts`.
    ListAccounts,
    /// `sts:AssumeRole` into the cross-account role.
    AssumeRole,
    /// `iam:ListRoles`.
    ListRoles,
    /// `iam:ListAccountAliases`.
    ListAccountAliases,
    /// `account:GetAccountInformation`.
    AccountName,
    /// Putting the result into the store.
    Store,
}

impl DiscoveryStep {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceCredentials => "SOURCE_CREDENTIALS",
            Self::ListAccounts => "LIST_ACCOUNTS",
            Self::AssumeRole => "ASSUME_ROLE",
            Self::ListRoles => "LIST_ROLES",
            Self::ListAccountAliases => "LIST_ACCOUNT_ALIASES",
            Self::AccountName => "ACCOUNT_NAME",
            Self::Store => "STORE",
        }
    }
}

/// Why an account could not be read: the step, AWS's own code and message, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryError {
    /// Where it failed.
    pub step: DiscoveryStep,
    /// AWS's error code (`AccessDenied`), or ours (`Timeout`, `Unreachable`, `BadAnswer`).
    pub code: String,
    /// AWS's message, at most 1,000 characters.
    pub message: String,
    /// What the administrator can do about it.
    pub hint: String,
}

/// One account as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsAccount {
    /// The app that reads it.
    pub app: AppId,
    /// The account.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// From Organizations, else `GetAccountInformation`, else the alias, else the id.
    pub name: String,
    /// The one account alias.
    pub alias: Option<String>,
    /// Where it stands in its organization, when that was asked.
    pub organization_state: Option<OrganizationState>,
    /// When it was read completely for the last time.
    pub last_success: Option<Timestamp>,
    /// When reading was last tried.
    pub last_attempt: Timestamp,
    /// Why the last attempt failed. The roles are then those of `last_success`: stale, not gone.
    pub error: Option<DiscoveryError>,
    /// Since when it is no longer among the connected accounts; removed after the next success.
    pub vanished: Option<Timestamp>,
}

impl AwsAccount {
    /// How Okta labels a role of this account: `[alias] - role`, or `name - role`.
    pub fn role_label(&self, role: &RoleArn) -> String {
        match &self.alias {
            Some(alias) => format!("[{alias}] - {}", role.name()),
            None => format!("{} - {}", self.name, role.name()),
        }
    }
}

/// Whether a trust policy lets our provider in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trust {
    /// Yes, whatever the request.
    Allowed,
    /// It depends on something that is known only when AWS is asked (source address, time, a tag).
    Conditional,
    /// No.
    Refused,
}

impl Trust {
    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::Conditional => "CONDITIONAL",
            Self::Refused => "REFUSED",
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Trust {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        [Self::Allowed, Self::Conditional, Self::Refused]
            .into_iter()
            .find(|trust| trust.as_str() == value)
            .ok_or_else(|| format!("`{value}` is not a trust verdict"))
    }
}

/// The verdict on a trust policy, with the statement that decided and the fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustVerdict {
    /// `sts:AssumeRoleWithSAML`.
    pub trust: Trust,
    /// A stable word: `trusted`, `other_provider`, `audience_mismatch`, `action_missing`, `denied`, `unparsable` …
    pub code: String,
    /// Which statement decided: its `Sid`, else `statement 2` (counted from 1).
    pub statement: Option<String>,
    /// One sentence for people.
    pub explanation: String,
    /// What to change, when something should be.
    pub fix: Option<String>,
    /// `sts:TagSession`: needed when the app sends session tags.
    pub tag_session: Trust,
    /// `sts:SetSourceIdentity`: needed when the app sends a source identity.
    pub set_source_identity: Trust,
}

/// One role as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsRole {
    /// The app that reads it.
    pub app: AppId,
    /// The role.
    pub arn: RoleArn,
    /// AWS's description; may be empty.
    pub description: String,
    /// `MaxSessionDuration`, 3,600 to 43,200 seconds.
    pub max_session_duration: Seconds,
    /// The trust policy as JSON text (percent-decoded), kept so that a changed provider is judged without asking AWS.
    pub trust_policy: String,
    /// The verdict on it for this app's provider.
    pub verdict: TrustVerdict,
    /// Since when it is no longer there; removed after the next success.
    pub vanished: Option<Timestamp>,
    /// When it was seen last.
    pub last_seen: Timestamp,
}

/// How far a discovery run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunStatus {
    /// At work.
    Running,
    /// Every account was read.
    Succeeded,
    /// Some accounts were read, some were not.
    Partial,
    /// None was read.
    Failed,
    /// Its process ended in the middle; the accounts it had finished are there.
    Abandoned,
}

impl RunStatus {
    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Partial => "PARTIAL",
            Self::Failed => "FAILED",
            Self::Abandoned => "ABANDONED",
        }
    }
}

impl FromStr for RunStatus {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        [Self::Running, Self::Succeeded, Self::Partial, Self::Failed, Self::Abandoned]
            .into_iter()
            .find(|status| status.as_str() == value)
            .ok_or_else(|| format!("`{value}` is not a run status"))
    }
}

/// Who set a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunTrigger {
    /// The schedule.
    Schedule,
    /// A person or a client of the API.
    Request,
}

/// One discovery run and its progress.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscoveryRun {
    /// The run.
    pub id: RunId,
    /// The app.
    pub app: AppId,
    /// Who set it off.
    pub trigger: RunTrigger,
    /// One account only, or all.
    pub account: Option<AccountId>,
    /// How far it is.
    pub status: RunStatus,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Accounts to read; grows while Organizations is being listed.
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
    /// What stopped the whole run, if something did.
    pub error: Option<DiscoveryError>,
}
