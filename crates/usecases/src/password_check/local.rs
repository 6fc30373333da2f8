//! A password that is kept here: same work for every way to fail.

use domain::{Secret, UserId, UserStatus};
use ports::PasswordVerdict;

use super::{Attempt, Checked};
use crate::error::Result;

/// Checks it; without a user as thoroughly as with one.
pub(super) async fn check(attempt: &Attempt<'_>, found: Option<UserId>, password: &Secret<String>) -> Result<Checked> {
    let services = attempt.services;
    // An unknown login costs the same reads as a known one: with an id that nobody has.
    let id = found.unwrap_or_else(|| UserId::generate(&*services.entropy));
    let hash = services.store.password_hash(&id).await?;
    let verdict = services.passwords.verify(password, hash.as_deref()).await?;
    let renewed = match verdict {
        PasswordVerdict::RightButOutdated => Some(services.passwords.hash(password).await?),
        PasswordVerdict::Right | PasswordVerdict::Wrong => None,
    };

    // From here on nobody else writes: what was decided on is read again.
    let mut unit = services.store.begin().await?;
    let user = unit.user_for_update(&id).await?;
    let lock = services.store.lockout(&id).await?;
    let unchanged = services.store.password_hash(&id).await? == hash;
    let Some(user) = user else {
        return attempt.refuse(unit, None, "UNKNOWN_USER").await;
    };
    if user.status == UserStatus::LockedOut || attempt.is_locked(lock) {
        return attempt.refuse(unit, Some(&user), "LOCKED_OUT").await;
    }
    if verdict == PasswordVerdict::Wrong || !unchanged {
        return attempt.count_failure(unit, &user, lock, services.settings.lockout.failures).await;
    }
    let is_active = match user.status {
        UserStatus::Active => true,
        UserStatus::PasswordExpired | UserStatus::Recovery | UserStatus::Staged | UserStatus::Provisioned => false,
        UserStatus::Suspended | UserStatus::Deprovisioned | UserStatus::LockedOut => {
            return attempt.refuse(unit, Some(&user), user.status.as_str()).await;
        }
    };
    if lock != (0, None) {
        unit.set_lockout(&id, None).await?;
    }
    if let Some(renewed) = renewed {
        unit.set_password_hash(&id, Some(&renewed)).await?;
    }
    if !is_active {
        return Ok(Checked::Unfinished { user, unit });
    }
    unit.note_sign_in(&id, services.now()).await?;
    Ok(Checked::Passed { user, unit })
}
