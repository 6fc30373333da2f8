//! How an app reads AWS: the sources are one JSON document; their secrets are elsewhere, sealed.

use domain::{
    AccountId, Partition,
    aws::{AwsIntegration, ConnectedAccount, ConnectedAccounts, SourceAccount, SourceCredentials},
};
use ports::{StoreError, StoreResult};
use serde::{Deserialize, Serialize};

use super::{from_json, id, small, time, to_json};

/// An integration's row.
#[derive(sqlx::FromRow)]
pub(crate) struct IntegrationRow {
    app_id: String,
    enabled: bool,
    sources: String,
    cross_account_role: String,
    external_id: Option<String>,
    session_name: String,
    interval_seconds: i64,
    last_updated: i64,
}

impl TryFrom<IntegrationRow> for AwsIntegration {
    type Error = StoreError;
    fn try_from(row: IntegrationRow) -> StoreResult<Self> {
        let sources: Vec<SourceDocument> = from_json("aws_integrations.sources", &row.sources)?;
        Ok(Self {
            app: id("aws_integrations.app_id", row.app_id)?,
            enabled: row.enabled,
            sources: sources.into_iter().map(SourceDocument::read).collect(),
            cross_account_role: row.cross_account_role,
            external_id: row.external_id,
            session_name: row.session_name,
            interval_seconds: small("aws_integrations.interval_seconds", row.interval_seconds)?,
            last_updated: time(row.last_updated),
        })
    }
}

/// The JSON of an integration's sources.
pub(crate) fn sources_text(sources: &[SourceAccount]) -> StoreResult<String> {
    to_json(&sources.iter().map(SourceDocument::write).collect::<Vec<_>>())
}

#[derive(Serialize, Deserialize)]
struct SourceDocument {
    partition: Partition,
    region: Option<String>,
    credentials: CredentialsDocument,
    connected: ConnectedDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CredentialsDocument {
    AccessKey { access_key_id: String },
    SdkChain { profile: Option<String> },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ConnectedDocument {
    Listed(Vec<AccountDocument>),
    Organization { overrides: Vec<AccountDocument>, excluded: Vec<AccountId> },
}

#[derive(Serialize, Deserialize)]
struct AccountDocument {
    id: AccountId,
    role_name: Option<String>,
    external_id: Option<String>,
    session_name: Option<String>,
}

impl SourceDocument {
    fn write(source: &SourceAccount) -> Self {
        let credentials = match &source.credentials {
            SourceCredentials::AccessKey { access_key_id } => {
                CredentialsDocument::AccessKey { access_key_id: access_key_id.clone() }
            }
            SourceCredentials::SdkChain { profile } => CredentialsDocument::SdkChain { profile: profile.clone() },
        };
        let connected = match &source.connected {
            ConnectedAccounts::Listed(accounts) => {
                ConnectedDocument::Listed(accounts.iter().map(AccountDocument::write).collect())
            }
            ConnectedAccounts::Organization { overrides, excluded } => ConnectedDocument::Organization {
                overrides: overrides.iter().map(AccountDocument::write).collect(),
                excluded: excluded.clone(),
            },
        };
        Self { partition: source.partition, region: source.region.clone(), credentials, connected }
    }

    fn read(self) -> SourceAccount {
        let credentials = match self.credentials {
            CredentialsDocument::AccessKey { access_key_id } => SourceCredentials::AccessKey { access_key_id },
            CredentialsDocument::SdkChain { profile } => SourceCredentials::SdkChain { profile },
        };
        let all = |accounts: Vec<AccountDocument>| accounts.into_iter().map(AccountDocument::read).collect();
        let connected = match self.connected {
            ConnectedDocument::Listed(accounts) => ConnectedAccounts::Listed(all(accounts)),
            ConnectedDocument::Organization { overrides, excluded } => {
                ConnectedAccounts::Organization { overrides: all(overrides), excluded }
            }
        };
        SourceAccount { partition: self.partition, region: self.region, credentials, connected }
    }
}

impl AccountDocument {
    fn write(account: &ConnectedAccount) -> Self {
        let ConnectedAccount { id, role_name, external_id, session_name } = account.clone();
        Self { id, role_name, external_id, session_name }
    }

    fn read(self) -> ConnectedAccount {
        let Self { id, role_name, external_id, session_name } = self;
        ConnectedAccount { id, role_name, external_id, session_name }
    }
}
