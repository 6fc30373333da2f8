//! Okta's life cycle of a user: which step is allowed from which status, and where it leads.
//!
//! ```text
//!            activate                     set password
//!  STAGED ────────────► PROVISIONED ───────────────────► ACTIVE ◄──── unsuspend ──── SUSPENDED
//!     └──── activate, with a password ──────────────────►   │ ─────── suspend ───────────►
//!                                                           │ expire_password ► PASSWORD_EXPIRED ┐
//!  any ── deactivate ──► DEPROVISIONED                      │ reset_password ─► RECOVERY         ├─ new password ► ACTIVE
//!                        └─ activate ► PROVISIONED          │ wrong passwords ► LOCKED_OUT ─ unlock ► ACTIVE
//! ```
//! Whoever stops being active loses every session in the same transaction. Deactivating forgets the password: somebody
//! who comes back is given a new one.

use domain::{Secret, Timestamp, User, UserId, UserStatus, id::random_text};
use ports::UnitOfWork;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    group_rules,
    manage_users::{self, must_have_password_here, must_not_be_last_super_admin, present},
    services::Services,
};

use UserStatus::{Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended};

/// `STAGED` or `DEPROVISIONED` → `ACTIVE` when there is a password, here or in a directory, else `PROVISIONED`.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State`: E0000016 for who is active already, E0000038 for who is suspended.
pub async fn activate(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let step = Step::begin(services, caller, id).await?;
    let owner = manage_users::owner(services, &step.user).await?;
    let to = match step.user.status {
        Staged if step.user.password_changed.is_some() => Active,
        Staged | Deprovisioned if manage_users::keeps_passwords(owner.as_ref()).is_some() => Active,
        Staged | Deprovisioned => Provisioned,
        Suspended => return Err(step.refusal()),
        Active | Provisioned | Recovery | PasswordExpired | LockedOut => {
            return Err(Error::State(StateError::AlreadyActive));
        }
    };
    step.finish(to, EventDraft::success("user.lifecycle.activate", "Activate user")).await
}

/// Any status → `DEPROVISIONED`. Forgets the password; memberships and assignments stay, and give nothing.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State`: E0000038 for who is deactivated already, E0000079 for the last super administrator.
pub async fn deactivate(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let mut step = Step::begin(services, caller, id).await?;
    if step.user.status == Deprovisioned {
        return Err(step.refusal());
    }
    step.unit.set_password_hash(id, None).await?;
    step.unit.set_lockout(id, None).await?;
    step.user.password_changed = None;
    // Who comes back later comes back without yesterday's tokens, and `finish` takes the rights.
    for token in services.store.tokens().await? {
        if token.user.as_ref() == Some(id) {
            step.unit.delete_token(&token.id).await?;
        }
    }
    step.finish(Deprovisioned, EventDraft::success("user.lifecycle.deactivate", "Deactivate user")).await
}

/// `PROVISIONED` stays so: Okta sends the invitation again.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 from any other status.
pub async fn reactivate(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let step = Step::begin(services, caller, id).await?.allowed_from(&[Provisioned])?;
    step.finish(Provisioned, EventDraft::success("user.lifecycle.reactivate", "Reactivate user")).await
}

/// `ACTIVE` → `SUSPENDED`.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 from any other status, E0000079 for the last super administrator.
pub async fn suspend(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let step = Step::begin(services, caller, id).await?.allowed_from(&[Active])?;
    step.finish(Suspended, EventDraft::success("user.lifecycle.suspend", "Suspend user")).await
}

/// `SUSPENDED` → `ACTIVE`.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 from any other status.
pub async fn unsuspend(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let step = Step::begin(services, caller, id).await?.allowed_from(&[Suspended])?;
    step.finish(Active, EventDraft::success("user.lifecycle.unsuspend", "Unsuspend user")).await
}

/// `LOCKED_OUT`, or locked for a while by wrong passwords → `ACTIVE`, with the count of wrong passwords at nought.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 for who is not locked.
pub async fn unlock(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let mut step = Step::begin(services, caller, id).await?;
    let (_, until) = services.store.lockout(id).await?;
    let for_a_while = step.user.status == Active && until.is_some_and(|until| until > services.now());
    if !for_a_while && step.user.status != LockedOut {
        return Err(step.refusal());
    }
    step.unit.set_lockout(id, None).await?;
    let event = EventDraft::success("user.account.unlock_by_admin", "Unlock user account by administrator");
    step.finish(Active, event).await
}

/// The password has to be changed before the next sign-in: → `PASSWORD_EXPIRED`.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 without a password or when suspended, locked or deactivated, E0000079 for
/// the last super administrator, E0000014 for a password that a directory keeps.
pub async fn expire_password(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let step = Step::begin(services, caller, id).await?.allowed_from(&[Active, PasswordExpired, Recovery])?;
    must_have_password_here(services, &step.user).await?;
    step.finish(PasswordExpired, EventDraft::success("user.account.expire_password", "Expire user password")).await
}

/// As [`expire_password`], and replaces the password by one to be handed over: it works for choosing a new one only.
///
/// # Errors
/// As [`expire_password`].
pub async fn expire_with_temporary_password(
    services: &Services,
    caller: &Caller,
    id: &UserId,
) -> Result<(User, Secret<String>)> {
    caller.must_manage()?;
    // 95 bits: no strength check needed.
    let temporary = Secret::new(random_text(&*services.entropy, 16));
    let hash = services.passwords.hash(&temporary).await?;
    let mut step =
        Step::begin(services, caller, id).await?.allowed_from(&[Provisioned, Active, PasswordExpired, Recovery])?;
    must_have_password_here(services, &step.user).await?;
    step.unit.set_password_hash(id, Some(&hash)).await?;
    step.unit.set_lockout(id, None).await?;
    step.user.password_changed = Some(services.now());
    let event = EventDraft::success("user.account.expire_password", "Expire user password");
    Ok((step.finish(PasswordExpired, event.fact("temporaryPassword", true)).await?, temporary))
}

/// The old password counts no more: → `RECOVERY`, until a new one is set.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` E0000038 when staged, suspended or deactivated, E0000079 for the last super
/// administrator, E0000014 for a password that a directory keeps.
pub async fn reset_password(services: &Services, caller: &Caller, id: &UserId) -> Result<User> {
    let mut step = Step::begin(services, caller, id).await?.allowed_from(&[
        Active,
        Provisioned,
        Recovery,
        PasswordExpired,
        LockedOut,
    ])?;
    must_have_password_here(services, &step.user).await?;
    step.unit.set_password_hash(id, None).await?;
    step.unit.set_lockout(id, None).await?;
    step.user.password_changed = None;
    let event = EventDraft::success("user.account.reset_password", "Reset user password by administrator");
    step.finish(Recovery, event).await
}

/// One step of one user, in its transaction.
struct Step<'a> {
    services: &'a Services,
    caller: &'a Caller,
    unit: Box<dyn UnitOfWork>,
    user: User,
}

impl<'a> Step<'a> {
    async fn begin(services: &'a Services, caller: &'a Caller, id: &UserId) -> Result<Self> {
        caller.must_manage()?;
        let mut unit = services.store.begin().await?;
        let user = present(unit.as_mut(), id).await?;
        Ok(Self { services, caller, unit, user })
    }

    fn refusal(&self) -> Error {
        Error::State(StateError::UserStatus(self.user.status.as_str()))
    }

    fn allowed_from(self, statuses: &[UserStatus]) -> Result<Self> {
        if statuses.contains(&self.user.status) { Ok(self) } else { Err(self.refusal()) }
    }

    async fn finish(mut self, to: UserStatus, event: EventDraft) -> Result<User> {
        if to != Active {
            must_not_be_last_super_admin(self.services, &self.user).await?;
        }
        if to == Deprovisioned {
            self.user.admin_role = None;
        }
        let from = self.user.status;
        let now = self.services.now();
        move_to(&mut self.user, to, now);
        self.unit.update_user(&self.user).await?;
        let ended = if to == Active { 0 } else { self.unit.delete_sessions_of_user(&self.user.id).await? };
        let event = event
            .on_user(&self.user)
            .fact("formerStatus", from)
            .fact("status", to)
            .fact("sessionsEnded", ended)
            .by(self.services, self.caller);
        self.unit.append_event(&event).await?;
        group_rules::apply_to(self.services, self.caller, self.unit.as_mut(), &self.user).await?;
        self.unit.commit().await?;
        Ok(self.user)
    }
}

fn move_to(user: &mut User, to: UserStatus, now: Timestamp) {
    if matches!(user.status, Staged | Deprovisioned) && matches!(to, Active | Provisioned) {
        user.activated = Some(now);
    }
    if user.status != to {
        user.status_changed = Some(now);
    }
    user.status = to;
    user.last_updated = now;
}
