//! Passwords: set by an administrator, or changed by the person who knows the old one. Either way sessions end, so that
//! whoever came in with the old password is out.

use domain::{Secret, User, UserId, UserProfile, UserStatus};
use ports::{PasswordVerdict, UnitOfWork};

use super::{UserChange, must_be_or_manage, owner, present};
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    group_rules,
    services::Services,
};

/// Sets a password without asking for the old one. Who was waiting for one (`PROVISIONED`, `RECOVERY`,
/// `PASSWORD_EXPIRED`) is active with it.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Invalid` for a weak password; `State` for a user who is deactivated.
pub async fn set_password(services: &Services, caller: &Caller, id: &UserId, new: Secret<String>) -> Result<User> {
    super::update(services, caller, id, UserChange { profile: None, password: Some(new) }).await
}

/// Changes a password, knowing the old one. Wrong old ones count towards the lockout like those of a sign-in.
///
/// # Errors
/// `NotFound`; `Forbidden` for somebody else's; `State` (E0000014) for a wrong old password, a locked account or a password
/// that a directory keeps, (E0000038) for a status without a password; `Invalid` for a weak new one.
pub async fn change_password(
    services: &Services,
    caller: &Caller,
    id: &UserId,
    old: &Secret<String>,
    new: &Secret<String>,
) -> Result<User> {
    must_be_or_manage(caller, id)?;
    let user = services.store.user(id).await?.ok_or_else(|| Error::not_found("User", id.as_str()))?;
    owner::must_have_password_here(services, &user).await?;
    if !matches!(user.status, UserStatus::Active | UserStatus::PasswordExpired | UserStatus::Recovery) {
        return Err(Error::State(StateError::UserStatus(user.status.as_str())));
    }
    if super::status_now(services, &user).await? == UserStatus::LockedOut {
        return Err(wrong(LOCKED));
    }
    let stored = services.store.password_hash(id).await?;
    if services.passwords.verify(old, stored.as_deref()).await? == PasswordVerdict::Wrong {
        note_wrong_password(services, caller, &user).await?;
        return Err(wrong("oldPassword: the old password is not right"));
    }
    if old.same_as(new.expose().as_bytes()) {
        return Err(Error::invalid("password", "the new password is the old one; choose another"));
    }
    let hash = checked_hash(services, new, &user.profile).await?;
    let mut unit = services.store.begin().await?;
    let mut user = present(unit.as_mut(), id).await?;
    // Nobody else writes now: what was compared must still be what counts.
    if services.store.password_hash(id).await? != stored {
        return Err(wrong("the password was changed meanwhile by somebody else; begin anew"));
    }
    if super::status_now(services, &user).await? == UserStatus::LockedOut {
        // Many guesses at once do not outrun the lock.
        return Err(wrong(LOCKED));
    }
    set_hash(services, caller, unit.as_mut(), &mut user, &hash).await?;
    unit.commit().await?;
    Ok(user)
}

const LOCKED: &str = "the account is locked after too many wrong passwords; wait, or have it unlocked";

fn wrong(why: &str) -> Error {
    Error::State(StateError::Credentials(why.to_owned()))
}

async fn note_wrong_password(services: &Services, caller: &Caller, user: &User) -> Result<()> {
    let now = services.now();
    let policy = &services.settings.lockout;
    let mut unit = services.store.begin().await?;
    match services.store.lockout(&user.id).await?.1 {
        // Locked by another guess a moment ago: there is nothing more to count.
        Some(until) if now < until => return Ok(()),
        // A lock that ended: counting begins anew, or one slip would lock again at once.
        Some(_) => unit.set_lockout(&user.id, None).await?,
        None => {}
    }
    let failures = unit.add_failure(&user.id, now).await?;
    let event = EventDraft::failure("user.account.update_password", "User update password", "INVALID_CREDENTIALS");
    unit.append_event(&event.on_user(user).fact("failures", failures).by(services, caller)).await?;
    if failures >= policy.failures {
        unit.set_lockout(&user.id, Some(now.plus_seconds(i64::from(policy.seconds)))).await?;
        unit.delete_sessions_of_user(&user.id).await?;
        let event = EventDraft::failure("user.account.lock", "Max sign in attempts exceeded", "LOCKED_OUT");
        unit.append_event(&event.on_user(user).by(services, caller)).await?;
    }
    Ok(unit.commit().await?)
}

/// The hash of a password that is strong enough for this person.
pub(super) async fn checked_hash(
    services: &Services,
    password: &Secret<String>,
    profile: &UserProfile,
) -> Result<String> {
    let inputs = [profile.login.as_str(), profile.email.as_str(), &profile.first_name, &profile.last_name];
    services.passwords.check_strength(password, &inputs)?;
    Ok(services.passwords.hash(password).await?)
}

/// Writes a new hash and all that follows from it: status, sessions, lockout, log.
pub(super) async fn set_hash(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    user: &mut User,
    hash: &str,
) -> Result<()> {
    let now = services.now();
    let waited = matches!(user.status, UserStatus::Provisioned | UserStatus::Recovery | UserStatus::PasswordExpired);
    if waited {
        user.status = UserStatus::Active;
        user.status_changed = Some(now);
    }
    user.password_changed = Some(now);
    user.last_updated = now;
    unit.update_user(user).await?;
    unit.set_password_hash(&user.id, Some(hash)).await?;
    if user.status != UserStatus::LockedOut {
        unit.set_lockout(&user.id, None).await?;
    }
    let ended = unit.delete_sessions_of_user(&user.id).await?;
    if waited {
        group_rules::apply_to(services, caller, unit, user).await?;
    }
    let event = EventDraft::success("user.account.update_password", "User update password").on_user(user);
    unit.append_event(&event.fact("sessionsEnded", ended).by(services, caller)).await?;
    Ok(())
}
