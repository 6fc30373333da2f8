//! AWS accounts, and the traits of everything that discovery keeps.

use async_trait::async_trait;
use domain::{
    AccountId, AppId, Partition, RoleArn, RoleName, RunId, Timestamp,
    aws::{AwsAccount, AwsIntegration, AwsRole, DiscoveryRun, TrustVerdict},
    key::Sealed,
};
use ports::{AwsReader, AwsWriter, Page, PageRequest, RoleFilter, StoreResult};

use super::{Connection, Store, Unit, aws_reading as reading, aws_roles as roles, aws_settings as settings};
use crate::{
    error::failed,
    rows::{AccountRow, all, one},
};

/// The columns of `AccountRow`.
macro_rules! account_columns {
    () => {
        "app_id, id, aws_partition, name, alias, organization_state, last_success, last_attempt, error, vanished"
    };
}

const ACCOUNT: &str = concat!("SELECT ", account_columns!(), " FROM aws_accounts WHERE app_id = $1 AND id = $2");
const ACCOUNTS: &str =
    concat!("SELECT ", account_columns!(), " FROM aws_accounts WHERE app_id = $1 ORDER BY name_folded, id");

/// One account.
pub(super) async fn account(
    connection: &mut Connection,
    app: &AppId,
    id: AccountId,
) -> StoreResult<Option<AwsAccount>> {
    let query = sqlx::query_as::<_, AccountRow>(ACCOUNT).bind(app.as_str()).bind(id.to_string());
    one(query.fetch_optional(connection).await.map_err(failed)?)
}

#[async_trait]
impl AwsReader for Store {
    async fn integration(&self, app: &AppId) -> StoreResult<Option<AwsIntegration>> {
        settings::integration(&mut *self.reader().await?, app).await
    }

    async fn integrations(&self) -> StoreResult<Vec<AwsIntegration>> {
        settings::integrations(&mut *self.reader().await?).await
    }

    async fn source_secrets(&self, app: &AppId) -> StoreResult<Vec<(Partition, Sealed)>> {
        settings::secrets(&mut *self.reader().await?, app).await
    }

    async fn aws_account(&self, app: &AppId, id: AccountId) -> StoreResult<Option<AwsAccount>> {
        account(&mut *self.reader().await?, app, id).await
    }

    async fn aws_accounts(&self, app: &AppId) -> StoreResult<Vec<AwsAccount>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, AccountRow>(ACCOUNTS).bind(app.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }

    async fn aws_role(&self, app: &AppId, arn: &RoleArn) -> StoreResult<Option<AwsRole>> {
        roles::by_arn(&mut *self.reader().await?, app, arn).await
    }

    async fn aws_roles(&self, app: &AppId, filter: &RoleFilter, page: &PageRequest) -> StoreResult<Page<AwsRole>> {
        roles::list(&mut *self.reader().await?, app, filter, page).await
    }

    async fn aws_roles_by_arn(&self, app: &AppId, arns: &[RoleArn]) -> StoreResult<Vec<AwsRole>> {
        roles::by_arns(&mut *self.reader().await?, app, arns).await
    }

    async fn aws_roles_by_name(&self, app: &AppId, name: &str) -> StoreResult<Vec<AwsRole>> {
        roles::by_name(&mut *self.reader().await?, app, name).await
    }

    async fn aws_roles_in_accounts(&self, app: &AppId, wanted: &[(AccountId, RoleName)]) -> StoreResult<Vec<AwsRole>> {
        roles::in_accounts(self, app, wanted).await
    }

    async fn run(&self, app: &AppId, id: &RunId) -> StoreResult<Option<DiscoveryRun>> {
        settings::run(&mut *self.reader().await?, app, id).await
    }

    async fn runs(&self, app: &AppId, limit: u32) -> StoreResult<Vec<DiscoveryRun>> {
        settings::runs(&mut *self.reader().await?, app, limit).await
    }
}

#[async_trait]
impl AwsWriter for Unit {
    async fn put_integration(&mut self, integration: &AwsIntegration) -> StoreResult<()> {
        settings::put_integration(self.connection(), integration).await
    }

    async fn put_source_secret(&mut self, app: &AppId, partition: Partition, secret: &Sealed) -> StoreResult<()> {
        settings::put_secret(self.connection(), app, partition, secret).await
    }

    async fn put_account_reading(
        &mut self,
        account: &AwsAccount,
        roles: &[AwsRole],
        now: Timestamp,
    ) -> StoreResult<(u32, u32)> {
        let result = reading::store(self.connection(), account, roles, now).await?;
        if result.changed {
            self.entitlement_changes();
        }
        Ok((result.added, result.vanished))
    }

    async fn put_account_failure(&mut self, account: &AwsAccount) -> StoreResult<()> {
        if reading::store_failure(self.connection(), account).await? {
            self.entitlement_changes();
        }
        Ok(())
    }

    async fn mark_vanished_accounts(
        &mut self,
        app: &AppId,
        partitions: &[Partition],
        seen: &[AccountId],
        now: Timestamp,
    ) -> StoreResult<u32> {
        let result = reading::mark_vanished(self.connection(), app, partitions, seen, now).await?;
        if result.changed {
            self.entitlement_changes();
        }
        Ok(result.marked)
    }

    async fn set_role_verdict(&mut self, app: &AppId, arn: &RoleArn, verdict: &TrustVerdict) -> StoreResult<()> {
        roles::set_verdict(self.entitlement_changes(), app, arn, verdict).await
    }

    async fn insert_run(&mut self, run: &DiscoveryRun) -> StoreResult<()> {
        settings::insert_run(self.connection(), run).await
    }

    async fn update_run(&mut self, run: &DiscoveryRun) -> StoreResult<()> {
        settings::update_run(self.connection(), run).await
    }

    async fn take_lease(&mut self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> StoreResult<bool> {
        settings::take_lease(self.connection(), name, holder, now, until).await
    }

    async fn release_lease(&mut self, name: &str, holder: &str) -> StoreResult<()> {
        settings::release_lease(self.connection(), name, holder).await
    }

    async fn abandon_runs(&mut self, app: &AppId, except: Option<&RunId>, now: Timestamp) -> StoreResult<u32> {
        settings::abandon_runs(self.connection(), app, except, now).await
    }
}
