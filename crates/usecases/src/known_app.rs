//! An app with its AWS accounts, kept while the entitlement revision stays the same.

use std::{collections::HashMap, sync::Arc};

use domain::{AccountId, App, AppId, Partition, RoleArn, Timestamp, aws::AwsAccount, aws::AwsRole};
use entitlement::Catalogue;

use crate::{error::Result, services::Services};

/// An app and the accounts of its last discovery.
#[derive(Debug)]
pub(crate) struct KnownApp {
    /// The revision it was read at.
    pub(crate) revision: i64,
    /// The app.
    pub(crate) app: App,
    accounts: HashMap<(Partition, AccountId), AwsAccount>,
}

impl KnownApp {
    /// Bytes, roughly.
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(4_096 + 400 * self.accounts.len()).unwrap_or(u32::MAX)
    }

    /// The app as of `revision`, from the cache or read anew; `None` when there is none.
    pub(crate) async fn at(services: &Services, id: &AppId, revision: i64) -> Result<Option<Arc<Self>>> {
        if let Some(kept) = services.caches.apps.get(id).await
            && kept.revision == revision
        {
            return Ok(Some(kept));
        }
        let Some(app) = services.store.app(id).await? else { return Ok(None) };
        let accounts = services.store.aws_accounts(id).await?;
        let accounts = accounts.into_iter().map(|account| ((account.partition, account.id), account)).collect();
        let known = Arc::new(Self { revision, app, accounts });
        services.caches.apps.insert(id.clone(), known.clone()).await;
        Ok(Some(known))
    }

    /// When an account of it was read completely for the last time; `None` when none ever was.
    pub(crate) fn last_read(&self) -> Option<Timestamp> {
        self.accounts.values().filter_map(|account| account.last_success).max()
    }

    /// What discovery knows of these roles, together with the accounts.
    pub(crate) async fn catalogue(&self, services: &Services, roles: &[RoleArn]) -> Result<KnownRoles<'_>> {
        let roles =
            if roles.is_empty() { Vec::new() } else { services.store.aws_roles_by_arn(&self.app.id, roles).await? };
        Ok(KnownRoles { app: self, roles: roles.into_iter().map(|role| (role.arn.clone(), role)).collect() })
    }
}

/// The catalogue of one decision.
pub(crate) struct KnownRoles<'a> {
    app: &'a KnownApp,
    roles: HashMap<RoleArn, AwsRole>,
}

impl Catalogue for KnownRoles<'_> {
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.get(arn)
    }

    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount> {
        self.app.accounts.get(&(partition, id))
    }
}
