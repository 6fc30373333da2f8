//! An app with its AWS accounts and its compiled group mapping, kept while the entitlement revision stays the same.

use std::{collections::HashMap, sync::Arc};

use domain::{AccountId, App, AppId, Partition, RoleArn, RoleName, Timestamp, aws::AwsAccount, aws::AwsRole};
use entitlement::{
    Catalogue, KnownRoles,
    mapping::{Mapping, MappingError, Sources},
};

use crate::{error::Result, services::Services};

/// An app and the accounts of its last discovery.
#[derive(Debug)]
pub(crate) struct KnownApp {
    /// The revision it was read at.
    pub(crate) revision: i64,
    /// The app.
    pub(crate) app: App,
    /// How names of groups become roles; absent while `useGroupMapping` is off.
    pub(crate) names: Option<GroupNames>,
    accounts: HashMap<(Partition, AccountId), AwsAccount>,
}

/// What is needed to read the names of groups.
#[derive(Debug)]
pub(crate) struct GroupNames {
    /// The app's mapping, or why its settings cannot be used: they are checked before they are stored.
    pub(crate) mapping: std::result::Result<Mapping, Vec<MappingError>>,
    /// Where groups come from.
    pub(crate) sources: Sources,
}

impl KnownApp {
    /// Bytes, roughly.
    pub(crate) fn weight(&self) -> u32 {
        let names = if self.names.is_some() { 200_000 } else { 0 };
        u32::try_from(4_096 + names + 400 * self.accounts.len()).unwrap_or(u32::MAX)
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
        let names = if app.settings.use_group_mapping { Some(GroupNames::of(services, &app).await?) } else { None };
        let known = Arc::new(Self { revision, app, names, accounts });
        services.caches.apps.insert(id.clone(), known.clone()).await;
        Ok(Some(known))
    }

    /// When an account of it was read completely for the last time; `None` when none ever was.
    pub(crate) fn last_read(&self) -> Option<Timestamp> {
        self.accounts.values().filter_map(|account| account.last_success).max()
    }

    /// What discovery knows of these roles, together with the accounts.
    pub(crate) async fn catalogue(&self, services: &Services, roles: &[RoleArn]) -> Result<AppCatalogue<'_>> {
        let roles =
            if roles.is_empty() { Vec::new() } else { services.store.aws_roles_by_arn(&self.app.id, roles).await? };
        Ok(self.with_roles(roles))
    }

    /// The same for roles by account and name.
    pub(crate) async fn catalogue_by_name(
        &self,
        services: &Services,
        roles: &[(AccountId, RoleName)],
    ) -> Result<AppCatalogue<'_>> {
        Ok(self.with_roles(services.store.aws_roles_in_accounts(&self.app.id, roles).await?))
    }

    /// These roles together with the accounts.
    pub(crate) fn with_roles(&self, roles: impl IntoIterator<Item = AwsRole>) -> AppCatalogue<'_> {
        AppCatalogue { app: self, roles: KnownRoles::new(roles) }
    }
}

impl GroupNames {
    /// Compiles the app's settings.
    pub(crate) async fn of(services: &Services, app: &App) -> Result<Self> {
        let sources = Sources::new(&services.store.directories().await?);
        let mapping = Mapping::compile(&app.settings);
        if let Err(errors) = &mapping {
            for error in errors {
                tracing::error!(app.id = %app.id, %error, "the group mapping cannot be used: nobody gets roles by it");
            }
        }
        Ok(Self { mapping, sources })
    }
}

/// The catalogue of one decision.
pub(crate) struct AppCatalogue<'a> {
    app: &'a KnownApp,
    roles: KnownRoles,
}

impl Catalogue for AppCatalogue<'_> {
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.role(arn)
    }

    fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> &[AwsRole] {
        self.roles.named(partition, account, name)
    }

    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount> {
        self.app.accounts.get(&(partition, id))
    }
}
