//! Users assigned to an app: directly (`scope: USER`), or seen through their groups (`scope: GROUP`).

use domain::{App, AppId, Group, GroupAssignment, RoleAssignment, Timestamp, User, UserAssignment, UserId, UserStatus};
use ports::{Page, PageRequest, UserFilter};

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    manage_apps::existing,
    role_values::{Change, RoleLabels, WrittenRoles, difference},
    services::Services,
    template,
};

/// Why a user is at an app.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// By an assignment of its own.
    User,
    /// By this group, of all assigned ones the one of the highest priority.
    Group(Group),
}

/// A user at an app, as Okta's API shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppUser {
    /// The app.
    pub app: AppId,
    /// The person.
    pub user: User,
    /// Why.
    pub scope: Scope,
    /// The name at the app: `NameID` and role session name come from it.
    pub user_name: String,
    /// The roles that the assignment names.
    pub roles: RoleAssignment,
    /// Labels of `roles.saml_roles`, in their order.
    pub labels: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
}

/// What an administrator decides of a direct assignment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserAssignmentProfile {
    /// `credentials.userName`; `None` for what the app's template gives.
    pub user_name: Change<Option<String>>,
    /// The roles.
    pub roles: WrittenRoles,
}

impl UserAssignmentProfile {
    /// With these `samlRoles`.
    pub fn saml_roles<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self { user_name: Change::Keep, roles: WrittenRoles::saml_roles(values) }
    }
}

/// Assigns a user directly, or changes the assignment: what the request leaves out stays.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a deactivated user; `Invalid` for a value that names no role, with candidates.
pub async fn put(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    user: &UserId,
    profile: UserAssignmentProfile,
) -> Result<AppUser> {
    caller.must_manage()?;
    let app = existing(services, app).await?;
    let user = present(services, user).await?;
    if user.status == UserStatus::Deprovisioned {
        return Err(Error::State(StateError::UserStatus(user.status.as_str())));
    }
    let former = services.store.user_assignment(&app.id, &user.id).await?;
    let old_roles = former.as_ref().map(|former| former.roles.clone()).unwrap_or_default();
    let roles = profile.roles.resolve(services, &app, old_roles.clone()).await?;
    let user_name = match profile.user_name {
        Change::Keep => former.as_ref().and_then(|former| former.user_name.clone()),
        Change::Set(name) => name.map(checked_name).transpose()?.filter(|name| *name != by_template(&app, &user)),
    };
    let now = services.now();
    let assignment = UserAssignment {
        app: app.id.clone(),
        user: user.id.clone(),
        user_name,
        roles,
        created: former.as_ref().map_or(now, |former| former.created),
        last_updated: now,
    };
    if let Some(former) = former
        .as_ref()
        .filter(|former| (&former.user_name, &former.roles) == (&assignment.user_name, &assignment.roles))
    {
        return shown(services, &app, user, former.clone()).await;
    }
    let event = match &former {
        None => EventDraft::success("application.user_membership.add", "Add user to application membership"),
        Some(_) => EventDraft::success("application.user_membership.update", "Update user's application assignment"),
    };
    let event = difference(&old_roles, &assignment.roles)
        .into_iter()
        .fold(event.on_user(&user).on_app(&app), |event, (name, text)| event.fact(name, text));
    let mut unit = services.store.begin().await?;
    unit.put_user_assignment(&assignment).await?;
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    shown(services, &app, user, assignment).await
}

/// Changes a direct assignment that is there; what the request leaves out stays.
///
/// # Errors
/// As [`put`]; `NotFound` when the user is not assigned directly.
pub async fn update(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    user: &UserId,
    profile: UserAssignmentProfile,
) -> Result<AppUser> {
    caller.must_manage()?;
    if services.store.user_assignment(app, user).await?.is_none() {
        return Err(not_direct(services, app, user).await?);
    }
    put(services, caller, app, user, profile).await
}

/// One user at an app: the direct assignment, else what the user has through groups.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, app: &AppId, user: &UserId) -> Result<AppUser> {
    caller.must_read()?;
    let app = existing(services, app).await?;
    let user = present(services, user).await?;
    if let Some(assignment) = services.store.user_assignment(&app.id, &user.id).await? {
        return shown(services, &app, user, assignment).await;
    }
    let groups = services.store.group_assignments_of_user(&app.id, &user.id).await?;
    let labels = RoleLabels::of_app(services, &app).await?;
    let id = user.id.clone();
    through_groups(&app, user, groups, &labels).ok_or_else(|| Error::not_found("AppUser", id.as_str()))
}

/// A page of direct assignments by user id; with `q`, of users whose login, e-mail or name begins with it.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn list(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    q: Option<&str>,
    page: &PageRequest,
) -> Result<Page<AppUser>> {
    caller.must_read()?;
    let app = existing(services, app).await?;
    let labels = RoleLabels::of_app(services, &app).await?;
    let mut items = Vec::new();
    let next = if let Some(q) = q.filter(|q| !q.is_empty()) {
        let filter = UserFilter { q: Some(q.to_owned()), statuses: UserStatus::ALL.to_vec(), ..UserFilter::default() };
        let users = services.store.users(&filter, page).await?;
        for user in users.items {
            if let Some(assignment) = services.store.user_assignment(&app.id, &user.id).await? {
                items.push(direct(&app, user, assignment, &labels));
            }
        }
        users.next
    } else {
        let assignments = services.store.user_assignments(&app.id, page).await?;
        for assignment in assignments.items {
            if let Some(user) = services.store.user(&assignment.user).await? {
                items.push(direct(&app, user, assignment, &labels));
            }
        }
        assignments.next
    };
    Ok(Page { items, next })
}

/// Takes a direct assignment back.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` when the user is at the app through a group.
pub async fn delete(services: &Services, caller: &Caller, app: &AppId, user: &UserId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let app = existing(services, app).await?;
    let user = present(services, user).await?;
    let former = services.store.user_assignment(&app.id, &user.id).await?;
    if !unit.delete_user_assignment(&app.id, &user.id).await? {
        return Err(not_direct(services, &app.id, &user.id).await?);
    }
    let event = EventDraft::success("application.user_membership.remove", "Remove user's application membership");
    let removed = former.map(|former| difference(&former.roles, &RoleAssignment::default())).unwrap_or_default();
    let event =
        removed.into_iter().fold(event.on_user(&user).on_app(&app), |event, (name, text)| event.fact(name, text));
    unit.append_event(&event.by(services, caller)).await?;
    Ok(unit.commit().await?)
}

async fn present(services: &Services, id: &UserId) -> Result<User> {
    services.store.user(id).await?.ok_or_else(|| Error::not_found("User", id.as_str()))
}

/// Why there is no direct assignment to change: none at all, or one through a group.
async fn not_direct(services: &Services, app: &AppId, user: &UserId) -> Result<Error> {
    existing(services, app).await?;
    let groups = services.store.group_assignments_of_user(app, user).await?;
    Ok(match groups.first() {
        None => Error::not_found("AppUser", user.as_str()),
        Some((_, group)) => Error::State(StateError::NotNow(format!(
            "the user is at this app through the group `{}` (`{}`), not by an assignment of its own: change the group's assignment or membership, or assign the user directly (`scope` `USER`)",
            group.name, group.id
        ))),
    })
}

async fn shown(services: &Services, app: &App, user: User, assignment: UserAssignment) -> Result<AppUser> {
    let labels = RoleLabels::of_app(services, app).await?;
    Ok(direct(app, user, assignment, &labels))
}

fn direct(app: &App, user: User, assignment: UserAssignment, labels: &RoleLabels) -> AppUser {
    AppUser {
        app: app.id.clone(),
        user_name: assignment.user_name.unwrap_or_else(|| by_template(app, &user)),
        labels: labels.of_roles(&assignment.roles),
        user,
        scope: Scope::User,
        roles: assignment.roles,
        created: assignment.created,
        last_updated: assignment.last_updated,
    }
}

/// The first group's assignment; with `combineGroupRoles` its `samlRoles` joined by those of the others.
fn through_groups(
    app: &App,
    user: User,
    groups: Vec<(GroupAssignment, Group)>,
    labels: &RoleLabels,
) -> Option<AppUser> {
    let mut groups = groups.into_iter();
    let (first, group) = groups.next()?;
    let mut roles = first.roles;
    if app.settings.combine_group_roles {
        for (assignment, _) in groups {
            roles.role = roles.role.or(assignment.roles.role);
            roles.saml_roles.extend(assignment.roles.saml_roles);
        }
        let mut seen = std::collections::HashSet::new();
        roles.saml_roles.retain(|role| seen.insert(role.clone()));
    }
    Some(AppUser {
        app: app.id.clone(),
        user_name: by_template(app, &user),
        labels: labels.of_roles(&roles),
        user,
        scope: Scope::Group(group),
        roles,
        created: first.created,
        last_updated: first.last_updated,
    })
}

fn by_template(app: &App, user: &User) -> String {
    template::render(&app.user_name_template, user).unwrap_or_else(|_| user.profile.login.to_string())
}

fn checked_name(name: String) -> Result<String> {
    let length = name.chars().count();
    if (1..=100).contains(&length) && name.trim() == name && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let cause = format!(
        "a user name has 1 to 100 characters, no control characters and no blanks at its ends; this one has {length}"
    );
    Err(Error::invalid("credentials.userName", cause))
}
