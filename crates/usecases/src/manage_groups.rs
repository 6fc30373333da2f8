//! Groups made here: created, renamed, removed, and who is in them: people, and other groups. Groups of a directory are read
//! only.

mod nesting;

use domain::{Group, GroupId, GroupSource, User, UserId, UserStatus};
use ports::{Page, PageRequest, UnitOfWork};

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    group_rules,
    manage_users::present,
    services::Services,
    sift::{Keep, Reading, sift},
};

pub(crate) use nesting::put_into;
pub use nesting::{add_child, remove_child};

/// What an administrator decides of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupProfile {
    /// Unique among local groups: 1 to 255 characters, no blanks at its ends.
    pub name: String,
    /// At most 1,024 characters; may be empty.
    pub description: String,
}

/// Makes a local group.
///
/// # Errors
/// `Forbidden`; `Invalid` for a name that is taken, empty or too long.
pub async fn create(services: &Services, caller: &Caller, profile: GroupProfile) -> Result<Group> {
    caller.must_manage()?;
    let profile = check(profile)?;
    let mut unit = services.store.begin().await?;
    let group = insert(services, caller, &mut *unit, profile).await?;
    unit.commit().await?;
    Ok(group)
}

/// Adds a local group with its entry.
pub(crate) async fn insert(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    profile: GroupProfile,
) -> Result<Group> {
    let now = services.now();
    let group = Group {
        id: GroupId::generate(&*services.entropy),
        source: GroupSource::Local,
        name: profile.name,
        description: profile.description,
        created: now,
        last_updated: now,
        last_membership_updated: now,
    };
    unit.insert_group(&group).await?;
    let event = EventDraft::success("group.lifecycle.create", "Create group").on_group(&group);
    unit.append_event(&event.by(services, caller)).await?;
    Ok(group)
}

/// One group.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, id: &GroupId) -> Result<Group> {
    caller.must_read()?;
    existing(services, id).await
}

/// The local group of exactly this name.
///
/// # Errors
/// `Forbidden`.
pub async fn find_by_name(services: &Services, caller: &Caller, name: &str) -> Result<Option<Group>> {
    caller.must_read()?;
    Ok(services.store.group_by_name(name).await?)
}

/// A page of groups by id; `prefix` is the beginning of the name. About `keep` see [`crate::manage_users::list`].
pub async fn list(
    services: &Services,
    caller: &Caller,
    prefix: Option<&str>,
    page: &PageRequest,
    keep: Keep<'_, Group>,
) -> Result<Page<Group>> {
    caller.must_read()?;
    let read = |request: PageRequest| -> Reading<'_, Group> {
        Box::pin(async move { services.store.groups(prefix, &request).await })
    };
    Ok(sift(page, read, keep).await?.page)
}

/// Replaces name and description of a local group.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` as in [`create`]; `State` for a directory's group.
pub async fn update(services: &Services, caller: &Caller, id: &GroupId, profile: GroupProfile) -> Result<Group> {
    caller.must_manage()?;
    let profile = check(profile)?;
    let mut unit = services.store.begin().await?;
    let group = existing(services, id).await?;
    must_be_local(&group)?;
    let group = rewrite(services, caller, &mut *unit, group, profile).await?;
    unit.commit().await?;
    group_rules::apply_if_groups_matter(services).await?;
    Ok(group)
}

/// Replaces name and description of a local group, with the entry.
pub(crate) async fn rewrite(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    mut group: Group,
    profile: GroupProfile,
) -> Result<Group> {
    let former = std::mem::replace(&mut group.name, profile.name);
    group.description = profile.description;
    group.last_updated = services.now();
    unit.update_group(&group).await?;
    let event = EventDraft::success("group.profile.update", "Update group profile").on_group(&group);
    unit.append_event(&event.fact("formerName", former).by(services, caller)).await?;
    Ok(group)
}

/// Removes a local group with its memberships and its assignments to apps.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a directory's group.
pub async fn delete(services: &Services, caller: &Caller, id: &GroupId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let group = existing(services, id).await?;
    must_be_local(&group)?;
    remove(services, caller, &mut *unit, &group).await?;
    unit.commit().await?;
    group_rules::apply_if_groups_matter(services).await
}

/// Removes a local group with its memberships and assignments, with the entry.
pub(crate) async fn remove(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    group: &Group,
) -> Result<()> {
    group_rules::groups_are_gone(services, caller, unit, &group.id).await?;
    unit.delete_group(&group.id).await?;
    let event = EventDraft::success("group.lifecycle.delete", "Delete group").on_group(group);
    unit.append_event(&event.by(services, caller)).await?;
    Ok(())
}

/// A page of a group's members by id.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn members(services: &Services, caller: &Caller, id: &GroupId, page: &PageRequest) -> Result<Page<User>> {
    read(services, caller, id).await?;
    Ok(services.store.group_members(id, page).await?)
}

/// Adds a member; does nothing, and logs nothing, when the user is one already.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a directory's group or a user who is deactivated.
pub async fn add_member(services: &Services, caller: &Caller, id: &GroupId, user: &UserId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let group = existing(services, id).await?;
    must_be_local(&group)?;
    let user = present(unit.as_mut(), user).await?;
    if user.status == UserStatus::Deprovisioned {
        return Err(Error::State(StateError::UserStatus(user.status.as_str())));
    }
    if unit.add_member(id, &user.id, services.now()).await? {
        unit.append_event(&member_added(&user, &group).by(services, caller)).await?;
        group_rules::apply_to(services, caller, &mut *unit, &user).await?;
    }
    // Also when the person was in it by a rule: from now on they are by hand.
    Ok(unit.commit().await?)
}

/// Removes a member; does nothing, and logs nothing, when the user is none. Whom a rule had put there becomes an exception
/// of the rule.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a directory's group, and when the rule has too many exceptions.
pub async fn remove_member(services: &Services, caller: &Caller, id: &GroupId, user: &UserId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let group = existing(services, id).await?;
    must_be_local(&group)?;
    let user = present(unit.as_mut(), user).await?;
    let by = group_rules::rule_behind(&mut *unit, &user, &group).await?;
    if unit.remove_member(id, &user.id, services.now()).await? {
        unit.append_event(&member_removed(&user, &group).by(services, caller)).await?;
        group_rules::taken_out(services, caller, &mut *unit, &user, &group, by).await?;
        unit.commit().await?;
    }
    Ok(())
}

/// A page of the groups that are in a group, directly, by id.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn children(services: &Services, caller: &Caller, id: &GroupId, page: &PageRequest) -> Result<Page<Group>> {
    read(services, caller, id).await?;
    Ok(services.store.child_groups(id, page).await?)
}

pub(crate) fn member_added(user: &User, group: &Group) -> EventDraft {
    EventDraft::success("group.user_membership.add", "Add user to group membership").on_user(user).on_group(group)
}

pub(crate) fn member_removed(user: &User, group: &Group) -> EventDraft {
    EventDraft::success("group.user_membership.remove", "Remove user from group membership")
        .on_user(user)
        .on_group(group)
}

/// The group; asked for while a transaction is open, nobody else can change it on SQLite.
pub(crate) async fn existing(services: &Services, id: &GroupId) -> Result<Group> {
    services.store.group(id).await?.ok_or_else(|| Error::not_found("UserGroup", id.as_str()))
}

pub(crate) fn must_be_local(group: &Group) -> Result<()> {
    match &group.source {
        GroupSource::Local => Ok(()),
        GroupSource::Directory { name: directory, .. } => Err(Error::State(StateError::NotNow(format!(
            "group `{}` is read from the directory `{directory}`: change it there",
            group.name
        )))),
    }
}

/// Whether a local group may be named and described so.
pub(crate) fn check(profile: GroupProfile) -> Result<GroupProfile> {
    let length = profile.name.chars().count();
    if profile.name.trim().is_empty() {
        return Err(Error::invalid("name", "The field cannot be left blank"));
    }
    if length > 255 || profile.name.trim() != profile.name || profile.name.chars().any(char::is_control) {
        let cause = format!(
            "a group's name has 1 to 255 characters, no control characters and no blanks at its ends; this one has {length}"
        );
        return Err(Error::invalid("name", cause));
    }
    let length = profile.description.chars().count();
    if length > 1024 {
        let cause = format!("a description has at most 1,024 characters; this one has {length}");
        return Err(Error::invalid("description", cause));
    }
    Ok(profile)
}
