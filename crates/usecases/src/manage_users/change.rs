//! Changes a user's profile, in part (`POST`) or whole (`PUT`), and the password with it.

use std::collections::BTreeMap;

use domain::{Email, Login, Secret, User, UserId, UserProfile, UserStatus};

use super::{owner, passwords, present, profile};
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    group_rules,
    services::Services,
};

/// The attributes to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileChange {
    /// New login.
    pub login: Option<Login>,
    /// New e-mail address.
    pub email: Option<Email>,
    /// New first name.
    pub first_name: Option<String>,
    /// New last name.
    pub last_name: Option<String>,
    /// Further attributes: set, or removed with `None`.
    pub extra: BTreeMap<String, Option<serde_json::Value>>,
}

/// What becomes of the profile.
#[derive(Debug, Clone, PartialEq)]
pub enum ProfileUpdate {
    /// What is named changes.
    Merge(ProfileChange),
    /// What is not named goes.
    Replace(UserProfile),
}

impl ProfileUpdate {
    fn apply(self, old: &UserProfile) -> UserProfile {
        match self {
            Self::Replace(profile) => profile,
            Self::Merge(change) => {
                let mut profile = old.clone();
                profile.login = change.login.unwrap_or(profile.login);
                profile.email = change.email.unwrap_or(profile.email);
                profile.first_name = change.first_name.unwrap_or(profile.first_name);
                profile.last_name = change.last_name.unwrap_or(profile.last_name);
                for (name, value) in change.extra {
                    match value {
                        Some(value) => profile.extra.insert(name, value),
                        None => profile.extra.remove(&name),
                    };
                }
                profile
            }
        }
    }
}

/// A change of a user.
#[derive(Debug, Clone)]
pub struct UserChange {
    /// The profile.
    pub profile: Option<ProfileUpdate>,
    /// A new password, set by an administrator: sessions end.
    pub password: Option<Secret<String>>,
}

/// Changes profile, password or both, all or nothing.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Invalid` as in [`super::create()`]; `Fields` for what a directory says of the person; `State`
/// for a user who is deactivated, and for a password that a directory keeps.
pub async fn update(services: &Services, caller: &Caller, id: &UserId, change: UserChange) -> Result<User> {
    caller.must_manage()?;
    let before = services.store.user(id).await?.ok_or_else(|| Error::not_found("User", id.as_str()))?;
    let hash = match &change.password {
        Some(password) => {
            owner::must_have_password_here(services, &before).await?;
            // Judged by the profile as it will be; a change in between is judged at the next password.
            let profile =
                change.profile.clone().map_or_else(|| before.profile.clone(), |new| new.apply(&before.profile));
            Some(passwords::checked_hash(services, password, &profile).await?)
        }
        None => None,
    };
    let mut unit = services.store.begin().await?;
    let mut user = present(unit.as_mut(), id).await?;
    if user.status == UserStatus::Deprovisioned {
        return Err(Error::State(StateError::UserStatus(user.status.as_str())));
    }
    if let Some(update) = change.profile {
        let profile = update.apply(&user.profile);
        profile::check(&profile)?;
        owner::must_leave_to_directory(services, &user, &profile).await?;
        let changed = changed_attributes(&user.profile, &profile);
        user.profile = profile;
        user.last_updated = services.now();
        unit.update_user(&user).await?;
        let event = EventDraft::success("user.account.update_profile", "Update user profile").on_user(&user);
        unit.append_event(&event.fact("changedAttributes", changed).by(services, caller)).await?;
        group_rules::apply_to(services, caller, unit.as_mut(), &user).await?;
    }
    if let Some(hash) = hash {
        passwords::set_hash(services, caller, unit.as_mut(), &mut user, &hash).await?;
    }
    unit.commit().await?;
    Ok(user)
}

/// Names only: the log need not hold people's old and new phone numbers.
fn changed_attributes(old: &UserProfile, new: &UserProfile) -> String {
    let mut names = Vec::new();
    let fixed = [
        ("login", old.login.as_str() != new.login.as_str()),
        ("email", old.email != new.email),
        ("firstName", old.first_name != new.first_name),
        ("lastName", old.last_name != new.last_name),
    ];
    names.extend(fixed.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name));
    let mut further: Vec<&str> = old.extra.keys().chain(new.extra.keys()).map(String::as_str).collect();
    further.sort_unstable();
    further.dedup();
    names.extend(further.into_iter().filter(|name| old.extra.get(*name) != new.extra.get(*name)));
    names.join(",")
}
