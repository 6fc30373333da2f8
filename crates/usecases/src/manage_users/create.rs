//! Makes a user, with groups, password and administrator role in the same transaction.

use domain::{Group, GroupId, Secret, User, UserId, UserProfile, UserStatus, user::AdminRole};

use super::{passwords, profile};
use crate::{audit::EventDraft, caller::Caller, error::Result, group_rules, manage_groups, services::Services};

/// Whether a new user may begin at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// `ACTIVE` with a password, `PROVISIONED` without one.
    #[default]
    Now,
    /// `STAGED` until activated.
    Later,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Who it is. The login must be free, in any case of its letters.
    pub profile: UserProfile,
    /// Checked for strength, with the profile as words it must not be made of.
    pub password: Option<Secret<String>>,
    /// Now or later.
    pub activation: Activation,
    /// Administrator rights, if any.
    pub admin_role: Option<AdminRole>,
    /// Local groups to join.
    pub groups: Vec<GroupId>,
}

impl NewUser {
    /// Active at once, no administrator, in no group.
    pub fn new(profile: UserProfile, password: Option<Secret<String>>) -> Self {
        Self { profile, password, activation: Activation::Now, admin_role: None, groups: Vec::new() }
    }
}

/// Makes a user.
///
/// # Errors
/// `Forbidden`; `Invalid` for a taken login, a weak password, a profile out of bounds; `NotFound` for a group.
pub async fn create(services: &Services, caller: &Caller, new: NewUser) -> Result<User> {
    caller.must_manage()?;
    profile::check(&new.profile)?;
    let groups = joinable_groups(services, &new.groups).await?;
    let hash = match &new.password {
        Some(password) => Some(passwords::checked_hash(services, password, &new.profile).await?),
        None => None,
    };
    let user = fresh_user(services, new);
    let mut unit = services.store.begin().await?;
    unit.insert_user(&user, hash.as_deref()).await?;
    let mut events = vec![EventDraft::success("user.lifecycle.create", "Create user").on_user(&user)];
    if user.status != UserStatus::Staged {
        events.push(EventDraft::success("user.lifecycle.activate", "Activate user").on_user(&user));
    }
    if let Some(role) = user.admin_role {
        let granted = EventDraft::success("user.account.privilege.grant", "Grant user privilege").on_user(&user);
        events.push(granted.fact("role", role.as_str()));
    }
    for group in &groups {
        unit.add_member(&group.id, &user.id, user.created).await?;
        events.push(manage_groups::member_added(&user, group));
    }
    for event in events {
        unit.append_event(&event.by(services, caller)).await?;
    }
    group_rules::apply_to(services, caller, unit.as_mut(), &user).await?;
    unit.commit().await?;
    Ok(user)
}

async fn joinable_groups(services: &Services, ids: &[GroupId]) -> Result<Vec<Group>> {
    let mut groups = Vec::with_capacity(ids.len());
    for id in ids {
        let group = manage_groups::existing(services, id).await?;
        manage_groups::must_be_local(&group)?;
        groups.push(group);
    }
    Ok(groups)
}

fn fresh_user(services: &Services, new: NewUser) -> User {
    let now = services.now();
    let status = match (new.activation, &new.password) {
        (Activation::Later, _) => UserStatus::Staged,
        (Activation::Now, Some(_)) => UserStatus::Active,
        (Activation::Now, None) => UserStatus::Provisioned,
    };
    let activated = (status != UserStatus::Staged).then_some(now);
    User {
        id: UserId::generate(&*services.entropy),
        status,
        profile: new.profile,
        admin_role: new.admin_role,
        directory: None,
        created: now,
        activated,
        status_changed: activated,
        last_login: None,
        last_updated: now,
        password_changed: new.password.is_some().then_some(now),
    }
}
