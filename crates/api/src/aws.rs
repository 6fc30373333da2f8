//! `/api/v1/apps/{id}/aws/…`: what Okta has no public API for. Times as in Okta (`2026-11-22T05:10:00.000Z`), durations in
//! seconds, account ids as 12 digits in text.

use domain::{
    AccountId, Partition, RoleArn, RunId, Timestamp,
    aws::{
        AwsAccount, AwsIntegration, AwsRole, ConnectedAccount, ConnectedAccounts, DiscoveryError, DiscoveryRun,
        OrganizationState, RunStatus, RunTrigger, SourceAccount, SourceCredentials, TrustVerdict,
    },
    time::Seconds,
};
use serde::{Deserialize, Serialize};

/// One account of `GET accounts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// 12 digits.
    pub id: AccountId,
    /// `aws`, `aws-us-gov` …
    pub partition: Partition,
    /// From Organizations, else `GetAccountInformation`, else the alias, else the id.
    pub name: String,
    /// The account alias.
    pub alias: Option<String>,
    /// Where it stands in its organization.
    pub state: Option<OrganizationState>,
    /// When it was read completely.
    pub last_success: Option<Timestamp>,
    /// When reading was last tried.
    pub last_attempt: Timestamp,
    /// Whether its roles are older than the last attempt: reading failed.
    pub stale: bool,
    /// Why it failed.
    pub error: Option<DiscoveryError>,
    /// Since when it is no longer connected.
    pub vanished: Option<Timestamp>,
}

impl From<AwsAccount> for Account {
    fn from(account: AwsAccount) -> Self {
        Self {
            id: account.id,
            partition: account.partition,
            name: account.name,
            alias: account.alias,
            state: account.organization_state,
            last_success: account.last_success,
            last_attempt: account.last_attempt,
            stale: account.error.is_some(),
            error: account.error,
            vanished: account.vanished,
        }
    }
}

/// One role of `GET roles`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// The role.
    pub arn: RoleArn,
    /// `[alias] - role` or `account name - role`: Okta's label in its picker.
    pub label: String,
    /// The name without path.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// 12 digits.
    pub account_id: AccountId,
    /// The account's name.
    pub account_name: String,
    /// AWS's description.
    pub description: String,
    /// Seconds.
    pub max_session_duration: Seconds,
    /// The verdict on its trust policy.
    pub verdict: TrustVerdict,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// Since when it is no longer there.
    pub vanished: Option<Timestamp>,
}

impl Role {
    /// With what is known of its account.
    pub fn new(role: AwsRole, account: Option<&AwsAccount>) -> Self {
        Self {
            label: account.map_or_else(
                || format!("{} - {}", role.arn.account(), role.arn.name()),
                |known| known.role_label(&role.arn),
            ),
            name: role.arn.name().to_string(),
            path: role.arn.path().to_owned(),
            account_id: role.arn.account(),
            account_name: account.map_or_else(|| role.arn.account().to_string(), |known| known.name.clone()),
            arn: role.arn,
            description: role.description,
            max_session_duration: role.max_session_duration,
            verdict: role.verdict,
            last_seen: role.last_seen,
            vanished: role.vanished,
        }
    }
}

/// A discovery run with its progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Names it: `GET runs/{id}`.
    pub id: RunId,
    /// `RUNNING`, `SUCCEEDED`, `PARTIAL`, `FAILED`, `ABANDONED`.
    pub status: RunStatus,
    /// Who set it off.
    pub trigger: RunTrigger,
    /// One account only.
    pub account: Option<AccountId>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// What stopped it, or a whole source.
    pub error: Option<DiscoveryError>,
}

/// Counts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
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

impl From<DiscoveryRun> for Run {
    fn from(run: DiscoveryRun) -> Self {
        Self {
            id: run.id,
            status: run.status,
            trigger: run.trigger,
            account: run.account,
            started: run.started,
            finished: run.finished,
            progress: Progress {
                accounts_total: run.accounts_total,
                accounts_done: run.accounts_done,
                accounts_failed: run.accounts_failed,
                roles_found: run.roles_found,
                roles_added: run.roles_added,
                roles_vanished: run.roles_vanished,
            },
            error: run.error,
        }
    }
}

/// Body of `POST refresh`; may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Only {
    /// One account; all when absent.
    pub account: Option<AccountId>,
}

/// One line of `POST test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountTest {
    /// The account; absent when the source's own credentials failed.
    pub account: Option<AccountId>,
    /// Its partition.
    pub partition: Partition,
    /// Whether everything could be read.
    pub ok: bool,
    /// Roles that were listed.
    pub roles: u32,
    /// The step that failed, AWS's code and message, and what to do.
    pub error: Option<DiscoveryError>,
}

/// Answer of `POST test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// Whether every account could be read.
    pub ok: bool,
    /// One by one.
    pub accounts: Vec<AccountTest>,
}

/// Body and answer of `integration`. Secrets go in and never come out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Whether the schedule runs; default true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// One source account for each partition.
    pub sources: Vec<Source>,
    /// Default `Okta-Idp-cross-account-role`.
    #[serde(default = "default_cross_account_role")]
    pub cross_account_role: String,
    /// Sent with every `AssumeRole`.
    #[serde(default)]
    pub external_id: Option<String>,
    /// `RoleSessionName` in the connected accounts' CloudTrail; default `rolegate-discovery`.
    #[serde(default = "default_session_name")]
    pub session_name: String,
    /// Between two runs; default 3600.
    #[serde(default = "default_interval")]
    pub interval_seconds: Seconds,
    /// Last change; ignored on input.
    #[serde(default, skip_deserializing)]
    pub last_updated: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

fn default_cross_account_role() -> String {
    domain::aws::DEFAULT_CROSS_ACCOUNT_ROLE.to_owned()
}

fn default_session_name() -> String {
    "rolegate-discovery".to_owned()
}

fn default_interval() -> Seconds {
    3600
}

/// A source account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Default `aws`.
    #[serde(default = "commercial")]
    pub partition: Partition,
    /// The partition's usual one when absent.
    #[serde(default)]
    pub region: Option<String>,
    /// How it authenticates.
    pub credentials: Credentials,
    /// `LIST` (default) or `ORGANIZATION`.
    #[serde(default)]
    pub accounts: AccountsFrom,
    /// With `LIST`: the accounts. With `ORGANIZATION`: those that differ.
    #[serde(default)]
    pub connected_accounts: Vec<Connected>,
    /// With `ORGANIZATION`: accounts to leave out.
    #[serde(default)]
    pub excluded_accounts: Vec<AccountId>,
}

fn commercial() -> Partition {
    Partition::Aws
}

/// Where the list of accounts comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountsFrom {
    /// `connectedAccounts`.
    #[default]
    List,
    /// All active ones of the organization; new ones join by themselves.
    Organization,
}

/// How a source authenticates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Credentials {
    /// A long-lived access key.
    AccessKey {
        /// `AKIA…`.
        access_key_id: String,
        /// Goes in, never comes out. Left out on a change it stays what it was.
        #[serde(default, skip_serializing)]
        secret_access_key: Option<String>,
    },
    /// The SDK's own chain on the server: instance role, web identity, profile, process.
    SdkChain {
        /// A profile of the shared configuration.
        #[serde(default)]
        profile: Option<String>,
    },
}

/// One connected account: its id alone, or with what differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "IdOrAccount")]
pub struct Connected {
    /// 12 digits.
    pub id: AccountId,
    /// Another cross-account role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// Another external id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Another session name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum IdOrAccount {
    Id(AccountId),
    #[serde(rename_all = "camelCase")]
    Account {
        id: AccountId,
        #[serde(default)]
        role_name: Option<String>,
        #[serde(default)]
        external_id: Option<String>,
        #[serde(default)]
        session_name: Option<String>,
    },
}

impl From<IdOrAccount> for Connected {
    fn from(value: IdOrAccount) -> Self {
        match value {
            IdOrAccount::Id(id) => Self { id, role_name: None, external_id: None, session_name: None },
            IdOrAccount::Account { id, role_name, external_id, session_name } => {
                Self { id, role_name, external_id, session_name }
            }
        }
    }
}

impl From<Connected> for ConnectedAccount {
    fn from(account: Connected) -> Self {
        let Connected { id, role_name, external_id, session_name } = account;
        Self { id, role_name, external_id, session_name }
    }
}

impl From<ConnectedAccount> for Connected {
    fn from(account: ConnectedAccount) -> Self {
        let ConnectedAccount { id, role_name, external_id, session_name } = account;
        Self { id, role_name, external_id, session_name }
    }
}

impl From<AwsIntegration> for Integration {
    fn from(integration: AwsIntegration) -> Self {
        Self {
            enabled: integration.enabled,
            sources: integration.sources.into_iter().map(Source::from).collect(),
            cross_account_role: integration.cross_account_role,
            external_id: integration.external_id,
            session_name: integration.session_name,
            interval_seconds: integration.interval_seconds,
            last_updated: Some(integration.last_updated),
        }
    }
}

impl From<SourceAccount> for Source {
    fn from(source: SourceAccount) -> Self {
        let (accounts, connected, excluded_accounts) = match source.connected {
            ConnectedAccounts::Listed(accounts) => (AccountsFrom::List, accounts, Vec::new()),
            ConnectedAccounts::Organization { overrides, excluded } => {
                (AccountsFrom::Organization, overrides, excluded)
            }
        };
        Self {
            partition: source.partition,
            region: source.region,
            credentials: match source.credentials {
                SourceCredentials::AccessKey { access_key_id } => {
                    Credentials::AccessKey { access_key_id, secret_access_key: None }
                }
                SourceCredentials::SdkChain { profile } => Credentials::SdkChain { profile },
            },
            accounts,
            connected_accounts: connected.into_iter().map(Connected::from).collect(),
            excluded_accounts,
        }
    }
}

impl From<Source> for SourceAccount {
    /// Drops the secret: it is taken out before.
    fn from(source: Source) -> Self {
        let connected = source.connected_accounts.into_iter().map(ConnectedAccount::from).collect();
        Self {
            partition: source.partition,
            region: source.region,
            credentials: match source.credentials {
                Credentials::AccessKey { access_key_id, .. } => SourceCredentials::AccessKey { access_key_id },
                Credentials::SdkChain { profile } => SourceCredentials::SdkChain { profile },
            },
            connected: match source.accounts {
                AccountsFrom::List => ConnectedAccounts::Listed(connected),
                AccountsFrom::Organization => {
                    ConnectedAccounts::Organization { overrides: connected, excluded: source.excluded_accounts }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_in_and_never_comes_out() {
        let text = r#"{"sources":[{"credentials":{"type":"ACCESS_KEY","accessKeyId":"AKIA1","secretAccessKey":"s3cret"},
            "connectedAccounts":["111111111111",{"id":"222222222222","roleName":"reader"}]}]}"#;
        let integration: Integration = serde_json::from_str(text).unwrap();
        assert!(matches!(
            integration.sources.first().map(|source| &source.credentials),
            Some(Credentials::AccessKey { secret_access_key: Some(secret), .. }) if secret == "s3cret"
        ));
        let out = serde_json::to_string(&integration).unwrap();
        assert!(!out.contains("s3cret") && !out.contains("secretAccessKey"), "{out}");
        assert_eq!(integration.cross_account_role, "Okta-Idp-cross-account-role");
    }
}
