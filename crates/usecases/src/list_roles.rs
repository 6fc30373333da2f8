//! What discovery knows: accounts, roles, runs. Never asks AWS.

use domain::{
    AccountId, App, AppId, RunId,
    aws::{AwsAccount, AwsRole, DiscoveryRun},
};
pub use ports::RoleFilter;
use ports::{Page, PageRequest};

use crate::{
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

/// The app, when it is there and the caller may see it.
pub async fn app(services: &Services, caller: &Caller, id: &AppId) -> Result<App> {
    caller.must_read()?;
    services.store.app(id).await?.ok_or_else(|| Error::not_found("AppInstance", id.as_str()))
}

/// All accounts of an app, by name.
pub async fn accounts(services: &Services, caller: &Caller, id: &AppId) -> Result<Vec<AwsAccount>> {
    app(services, caller, id).await?;
    Ok(services.store.aws_accounts(id).await?)
}

/// One account.
pub async fn account(services: &Services, caller: &Caller, id: &AppId, account: AccountId) -> Result<AwsAccount> {
    app(services, caller, id).await?;
    services.store.aws_account(id, account).await?.ok_or_else(|| Error::not_found("AwsAccount", account.to_string()))
}

/// A page of roles.
pub async fn roles(
    services: &Services,
    caller: &Caller,
    id: &AppId,
    filter: &RoleFilter,
    page: &PageRequest,
) -> Result<Page<AwsRole>> {
    app(services, caller, id).await?;
    Ok(services.store.aws_roles(id, filter, page).await?)
}

/// The latest runs, newest first.
pub async fn runs(services: &Services, caller: &Caller, id: &AppId, limit: u32) -> Result<Vec<DiscoveryRun>> {
    app(services, caller, id).await?;
    Ok(services.store.runs(id, limit).await?)
}

/// One run.
pub async fn run(services: &Services, caller: &Caller, id: &AppId, run: &RunId) -> Result<DiscoveryRun> {
    app(services, caller, id).await?;
    services.store.run(id, run).await?.ok_or_else(|| Error::not_found("DiscoveryRun", run.as_str()))
}
