//! Lists of apps.

use domain::{App, AppStatus, GroupId, UserId};
use ports::{Page, PageRequest};

use crate::{
    caller::Caller,
    error::{Error, Result},
    services::Services,
    sift::{Reading, sift},
};

/// Which apps a list holds. All given conditions must be met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppFilter {
    /// The beginning of the label, without regard to case.
    pub q: Option<String>,
    /// In this state.
    pub status: Option<AppStatus>,
    /// Active ones that this user is assigned to, directly or through a group.
    pub user: Option<UserId>,
    /// That this group is assigned to.
    pub group: Option<GroupId>,
}

impl AppFilter {
    fn fits(&self, app: &App) -> bool {
        let begins = |q: &String| app.label.to_lowercase().starts_with(&q.to_lowercase());
        self.status.is_none_or(|status| app.status == status) && self.q.as_ref().is_none_or(begins)
    }
}

/// A page of apps by id. Apps of a user or a group come in one page, by label.
///
/// # Errors
/// `Forbidden`.
pub async fn list(services: &Services, caller: &Caller, filter: &AppFilter, page: &PageRequest) -> Result<Page<App>> {
    caller.must_read()?;
    let few = match (&filter.user, &filter.group) {
        (None, None) => return any(services, filter, page).await,
        (Some(user), None) => services.store.apps_of_user(user).await?,
        (None, Some(group)) => services.store.apps_of_group(group).await?,
        (Some(user), Some(group)) => {
            let of_group = services.store.apps_of_group(group).await?;
            let mut both = services.store.apps_of_user(user).await?;
            both.retain(|app| of_group.iter().any(|other| other.id == app.id));
            both
        }
    };
    Ok(Page { items: few.into_iter().filter(|app| filter.fits(app)).collect(), next: None })
}

async fn any(services: &Services, filter: &AppFilter, page: &PageRequest) -> Result<Page<App>> {
    let q = filter.q.as_deref();
    let read =
        |request: PageRequest| -> Reading<'_, App> { Box::pin(async move { services.store.apps(q, &request).await }) };
    Ok(sift(page, read, &|app| filter.fits(app)).await?.page)
}

/// The apps that a group is assigned to, by label.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn of_group(services: &Services, caller: &Caller, group: &GroupId) -> Result<Vec<App>> {
    caller.must_read()?;
    if services.store.group(group).await?.is_none() {
        return Err(Error::not_found("UserGroup", group.as_str()));
    }
    Ok(services.store.apps_of_group(group).await?)
}
