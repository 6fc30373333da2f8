//! One opened source: the clients of a partition, and the order of the calls that read an account.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_iam::config::retry::RetryPartition;
use aws_types::region::Region;
use domain::{
    AccountId, Partition, RoleArn,
    aws::{AwsIntegration, ConnectedAccount, DiscoveryStep, SourceAccount},
};
use ports::aws::{AccountReading, AwsFailure, CallerIdentity, ListedAccount, SourceSession};

use crate::{
    account_details,
    assume::{self, Assumption},
    hints::Place,
    identity,
    limits::{self, Deadline},
    options::AwsOptions,
    organization, roles,
    whole::WholeAnswer,
};

/// Clients with the source's credentials, and what the integration says about cross-account roles.
pub(crate) struct SdkSession {
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) organizations: aws_sdk_organizations::Client,
    pub(crate) account: aws_sdk_account::Client,
    pub(crate) options: AwsOptions,
    pub(crate) partition: Partition,
    pub(crate) cross_account_role: String,
    pub(crate) external_id: Option<String>,
    pub(crate) session_name: String,
    region: String,
    credentials: String,
}

/// Whose credentials the calls of one account carry, and its retry quota.
pub(crate) struct Reader {
    /// Absent: the source's own.
    pub(crate) credentials: Option<Credentials>,
    pub(crate) quota: RetryPartition,
    pub(crate) account: AccountId,
    pub(crate) role: Option<RoleArn>,
}

impl SdkSession {
    /// `credentials` is how hints name the source's credentials.
    pub(crate) fn new(
        settings: &SdkConfig,
        region: &Region,
        options: AwsOptions,
        integration: &AwsIntegration,
        source: &SourceAccount,
        credentials: String,
    ) -> Self {
        Self {
            sts: aws_sdk_sts::Client::from_conf(
                aws_sdk_sts::config::Builder::from(settings).interceptor(WholeAnswer).build(),
            ),
            iam: aws_sdk_iam::Client::from_conf(
                aws_sdk_iam::config::Builder::from(settings).interceptor(WholeAnswer).build(),
            ),
            organizations: aws_sdk_organizations::Client::new(settings),
            account: aws_sdk_account::Client::new(settings),
            options,
            partition: source.partition,
            cross_account_role: integration.cross_account_role.clone(),
            external_id: integration.external_id.clone(),
            session_name: integration.session_name.clone(),
            region: region.as_ref().to_owned(),
            credentials,
        }
    }

    /// The place of a call on the source account.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            partition: self.partition,
            region: &self.region,
            credentials: &self.credentials,
            account: None,
            role: None,
            external_id: false,
        }
    }

    /// The place of a call for one account.
    pub(crate) fn place_of<'a>(&'a self, reader: &'a Reader) -> Place<'a> {
        Place { account: Some(reader.account), role: reader.role.as_ref(), ..self.place() }
    }

    /// Credentials for one account: an assumed role's, or the source's own.
    async fn reader(
        &self,
        account: AccountId,
        connected: Option<&ConnectedAccount>,
        deadline: Deadline,
    ) -> Result<Reader, AwsFailure> {
        let quota = limits::own_quota(&account);
        let Some(connected) = connected else {
            return Ok(Reader { credentials: None, quota, account, role: None });
        };
        let assumption = Assumption::new(self, account, connected)?;
        let place = assumption.place(self);
        let work = |last| assume::assume(self, &assumption, quota.clone(), last);
        let credentials = deadline.bound(DiscoveryStep::AssumeRole, &place, work).await?;
        Ok(Reader { credentials: Some(credentials), quota, account, role: Some(assumption.role) })
    }
}

#[async_trait]
impl SourceSession for SdkSession {
    async fn identity(&self) -> Result<CallerIdentity, AwsFailure> {
        Deadline::after(self.options.account_timeout)
            .bound(DiscoveryStep::SourceCredentials, &self.place(), |last| identity::identity(self, last))
            .await
    }

    async fn list_accounts(&self) -> Result<Vec<ListedAccount>, AwsFailure> {
        organization::list_accounts(self).await
    }

    async fn read_account(
        &self,
        account: AccountId,
        connected: Option<&ConnectedAccount>,
        ask_name: bool,
    ) -> Result<AccountReading, AwsFailure> {
        let deadline = Deadline::after(self.options.account_timeout);
        let reader = self.reader(account, connected, deadline).await?;
        let place = self.place_of(&reader);
        let name = async { if ask_name { Ok(account_details::name(self, &reader).await) } else { Ok(None) } };
        let (roles, alias, name) = tokio::try_join!(
            deadline.bound(DiscoveryStep::ListRoles, &place, |last| roles::list_roles(self, &reader, last)),
            deadline
                .bound(DiscoveryStep::ListAccountAliases, &place, |last| account_details::alias(self, &reader, last)),
            name,
        )?;
        Ok(AccountReading { alias, name, roles })
    }
}
