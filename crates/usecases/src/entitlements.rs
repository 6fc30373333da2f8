//! The apps and roles that a person has, from the cache while nothing changed.
//!
//! A request whose session was read at the same entitlement revision as the cached answer touches no further table.

use std::sync::Arc;

use domain::{App, AppId, RoleArn, Timestamp, User, UserId};
use entitlement::{AssignedTo, Entitlement, mapping::MemberGroups};

use crate::{
    caller::Caller,
    error::{Error, Result},
    known_app::{GroupNames, KnownApp},
    services::Services,
    sessions::LiveSession,
};

/// What one person has in one app.
#[derive(Debug)]
pub struct Access {
    /// The entitlement revision it was decided at.
    pub revision: i64,
    /// Whether the person is assigned at all, directly or through a group.
    pub assigned: bool,
    /// The name at the app, where the assignment gives one (`credentials.userName`).
    pub user_name: Option<String>,
    /// Every role that assignments, or names of groups, give, ordered by account name, account id and role name; also those that cannot be
    /// entered now, with the reason.
    pub roles: Vec<Entitlement>,
}

impl Access {
    /// Bytes, roughly: what the cache counts.
    pub(crate) fn weight(&self) -> u32 {
        let roles: usize = self.roles.iter().map(|role| 500 + 120 * role.reasons.len() + role.description.len()).sum();
        u32::try_from(400 + roles).unwrap_or(u32::MAX)
    }

    /// The roles that a launch may be tried with.
    pub fn launchable(&self) -> impl Iterator<Item = &Entitlement> {
        self.roles.iter().filter(|role| role.usability.can_launch())
    }

    /// One role, if it is among them.
    pub fn role(&self, arn: &RoleArn) -> Option<&Entitlement> {
        self.roles.iter().find(|entitlement| entitlement.role == *arn)
    }
}

/// An app and what one person has in it.
#[derive(Debug, Clone)]
pub struct AppRoles {
    known: Arc<KnownApp>,
    /// What the person has.
    pub access: Arc<Access>,
}

impl AppRoles {
    /// The app.
    pub fn app(&self) -> &App {
        &self.known.app
    }

    /// When discovery last read an account of the app completely: how old the roles are at best.
    pub fn last_read(&self) -> Option<Timestamp> {
        self.known.last_read()
    }
}

/// The active apps that a person is assigned to, by label: the tiles of the portal.
///
/// # Errors
/// `Forbidden` for somebody else's apps without administrator rights; `NotFound` for no such user.
pub async fn apps_of(services: &Services, caller: &Caller, user: &UserId) -> Result<Vec<App>> {
    caller.must_be_or_read(user)?;
    if services.store.user(user).await?.is_none() {
        return Err(Error::not_found("User", user.as_str()));
    }
    Ok(services.store.apps_of_user(user).await?)
}

/// The signed-in person's roles in an app.
///
/// # Errors
/// `NotFound` for no such app.
pub async fn roles_of(services: &Services, live: &LiveSession, app: &AppId) -> Result<AppRoles> {
    at(services, &live.user, app, live.revision).await
}

/// Whether there is such an app, for somebody who has not signed in: as public as its metadata.
///
/// # Errors
/// `NotFound`.
pub async fn app_is_there(services: &Services, app: &AppId) -> Result<()> {
    let found = services.store.app(app).await?;
    found.map(|_| ()).ok_or_else(|| Error::not_found("AppInstance", app.as_str()))
}

/// Anybody's roles in an app, for administrators and for the person.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn roles_of_user(services: &Services, caller: &Caller, app: &AppId, user: &UserId) -> Result<AppRoles> {
    caller.must_be_or_read(user)?;
    // Asked first: what is read after it is at least as new.
    let revision = services.store.entitlement_revision().await?;
    let user = services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))?;
    at(services, &user, app, revision).await
}

pub(crate) async fn at(services: &Services, user: &User, app: &AppId, revision: i64) -> Result<AppRoles> {
    let known = KnownApp::at(services, app, revision).await?;
    let known = known.ok_or_else(|| Error::not_found("AppInstance", app.as_str()))?;
    let key = (app.clone(), user.id.clone());
    if let Some(access) = services.caches.access.get(&key).await
        && access.revision == revision
    {
        return Ok(AppRoles { known, access });
    }
    let access = Arc::new(decide(services, &known, user, revision).await?);
    services.caches.access.insert(key, access.clone()).await;
    Ok(AppRoles { known, access })
}

async fn decide(services: &Services, known: &KnownApp, user: &User, revision: i64) -> Result<Access> {
    let app = &known.app;
    let direct = services.store.user_assignment(&app.id, &user.id).await?;
    let groups = match &known.names {
        None => services.store.group_assignments_of_user(&app.id, &user.id).await?,
        // What the assignments say makes no roles: one is enough to be assigned.
        Some(_) if direct.is_some() => Vec::new(),
        Some(_) => services.store.some_group_assignment_of_user(&app.id, &user.id).await?.into_iter().collect(),
    };
    let to = AssignedTo { app, user, direct: direct.as_ref(), groups: &groups };
    let roles = match &known.names {
        Some(names) if to.is_assigned() => by_names(services, known, names, to).await?,
        Some(_) => Vec::new(),
        None => {
            let catalogue = known.catalogue(services, &entitlement::roles_named(to)).await?;
            entitlement::assigned(to, &catalogue)
        }
    };
    Ok(Access { revision, assigned: to.is_assigned(), user_name: direct.and_then(|direct| direct.user_name), roles })
}

/// Roles by the names of groups: one read for the groups, one for the roles.
async fn by_names(
    services: &Services,
    known: &KnownApp,
    names: &GroupNames,
    to: AssignedTo<'_>,
) -> Result<Vec<Entitlement>> {
    let Ok(mapping) = &names.mapping else { return Ok(Vec::new()) };
    let graph = services.store.user_groups_graph(&to.user.id).await?;
    let groups = MemberGroups::new(&graph.groups, &graph.direct, &graph.parents);
    let mapped = mapping.of_person(&groups, &names.sources);
    for group in &mapped.exhausted {
        tracing::warn!(app.id = %to.app.id, group.name = group, "the group filter took too many steps over a group's name: it grants nothing");
    }
    let catalogue = known.catalogue_by_name(services, &mapped.to_look_up()).await?;
    Ok(mapped.entitlements(to, &catalogue))
}
