//! Groups assigned to an app, with the roles that their members get and a priority.

use domain::{App, AppId, Group, GroupAssignment, GroupId, RoleAssignment};
use ports::{Page, PageRequest};

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    manage_apps::existing,
    manage_groups,
    role_values::{RoleLabels, WrittenRoles, assignable, difference},
    services::Services,
};

/// A group at an app.
#[derive(Debug, Clone, PartialEq)]
pub struct AppGroup {
    /// The assignment.
    pub assignment: GroupAssignment,
    /// Labels of the assignment's `samlRoles`, in their order.
    pub labels: Vec<String>,
}

/// What an administrator decides of a group's assignment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupAssignmentProfile {
    /// 0 is the highest; when absent, it stays, and a new assignment comes behind all others.
    pub priority: Option<u32>,
    /// The roles.
    pub roles: WrittenRoles,
}

impl GroupAssignmentProfile {
    /// With these `samlRoles`.
    pub fn saml_roles<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self { priority: None, roles: WrittenRoles::saml_roles(values) }
    }
}

/// Assigns a group, or changes the assignment: what the request leaves out stays.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for a value that names no role, with candidates.
pub async fn put(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    group: &GroupId,
    profile: GroupAssignmentProfile,
) -> Result<AppGroup> {
    caller.must_manage()?;
    let app = existing(services, app).await?;
    let group = manage_groups::existing(services, group).await?;
    let former = services.store.group_assignment(&app.id, &group.id).await?;
    let old_roles = former.as_ref().map(|former| former.roles.clone()).unwrap_or_default();
    let roles = profile.roles.resolve(services, &app, old_roles).await?;

    let mut unit = services.store.begin().await?;
    let former = services.store.group_assignment(&app.id, &group.id).await?;
    let priority = match (profile.priority, &former) {
        (Some(priority), _) => priority,
        (None, Some(former)) => former.priority,
        (None, None) => behind_all(services, &app).await?,
    };
    let now = services.now();
    let assignment = GroupAssignment {
        app: app.id.clone(),
        group: group.id.clone(),
        priority,
        roles,
        created: former.as_ref().map_or(now, |former| former.created),
        last_updated: now,
    };
    if let Some(former) =
        former.as_ref().filter(|former| (former.priority, &former.roles) == (assignment.priority, &assignment.roles))
    {
        return shown(services, &app, former.clone()).await;
    }
    unit.put_group_assignment(&assignment).await?;
    unit.append_event(&written(&app, &group, former.as_ref(), &assignment).by(services, caller)).await?;
    unit.commit().await?;
    shown(services, &app, assignment).await
}

fn written(app: &App, group: &Group, former: Option<&GroupAssignment>, assignment: &GroupAssignment) -> EventDraft {
    let event = match former {
        None => EventDraft::success("group.application_assignment.add", "Add assigned application to group"),
        Some(_) => EventDraft::success("group.application_assignment.update", "Update application assignment of group"),
    };
    let nothing = RoleAssignment::default();
    difference(former.map_or(&nothing, |former| &former.roles), &assignment.roles)
        .into_iter()
        .fold(event.on_group(group).on_app(app), |event, (name, text)| event.fact(name, text))
        .fact("priority", assignment.priority)
}

/// Changes a group's assignment that is there; what the request leaves out stays.
///
/// # Errors
/// As [`put`]; `NotFound` when the group is not assigned.
pub async fn update(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    group: &GroupId,
    profile: GroupAssignmentProfile,
) -> Result<AppGroup> {
    caller.must_manage()?;
    assigned(services, app, group).await?;
    put(services, caller, app, group, profile).await
}

/// One group's assignment.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, app: &AppId, group: &GroupId) -> Result<AppGroup> {
    caller.must_read()?;
    let (app, assignment) = assigned(services, app, group).await?;
    shown(services, &app, assignment).await
}

/// A page of assigned groups, by priority.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn list(services: &Services, caller: &Caller, app: &AppId, page: &PageRequest) -> Result<Page<AppGroup>> {
    caller.must_read()?;
    let app = existing(services, app).await?;
    let labels = RoleLabels::of_app(services, &app).await?;
    let found = services.store.group_assignments(&app.id, page).await?;
    let labelled = |assignment: GroupAssignment| AppGroup { labels: labels.of_roles(&assignment.roles), assignment };
    Ok(Page { items: found.items.into_iter().map(labelled).collect(), next: found.next })
}

/// Takes a group's assignment back.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn delete(services: &Services, caller: &Caller, app: &AppId, group: &GroupId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let (app, assignment) = assigned(services, app, group).await?;
    let group = manage_groups::existing(services, group).await?;
    unit.delete_group_assignment(&app.id, &group.id).await?;
    let event = EventDraft::success("group.application_assignment.remove", "Remove assigned application from group");
    let event = difference(&assignment.roles, &RoleAssignment::default())
        .into_iter()
        .fold(event.on_group(&group).on_app(&app), |event, (name, text)| event.fact(name, text));
    unit.append_event(&event.by(services, caller)).await?;
    Ok(unit.commit().await?)
}

/// The labels of every role that an assignment can name, sorted.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn assignable_roles(services: &Services, caller: &Caller, app: &AppId) -> Result<Vec<String>> {
    caller.must_read()?;
    assignable(services, &existing(services, app).await?).await
}

async fn assigned(services: &Services, app: &AppId, group: &GroupId) -> Result<(App, GroupAssignment)> {
    let app = existing(services, app).await?;
    let assignment = services.store.group_assignment(&app.id, group).await?;
    Ok((app, assignment.ok_or_else(|| Error::not_found("ApplicationGroupAssignment", group.as_str()))?))
}

async fn shown(services: &Services, app: &App, assignment: GroupAssignment) -> Result<AppGroup> {
    let labels = RoleLabels::of_app(services, app).await?;
    Ok(AppGroup { labels: labels.of_roles(&assignment.roles), assignment })
}

/// One more than the largest priority; 0 for the first group.
async fn behind_all(services: &Services, app: &App) -> Result<u32> {
    let mut page = PageRequest { after: None, limit: 1_000 };
    let mut free = 0;
    loop {
        let found = services.store.group_assignments(&app.id, &page).await?;
        free = found.items.iter().map(|one| one.priority.saturating_add(1)).fold(free, u32::max);
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(free),
        }
    }
}
