//! People: made, found, listed, changed, removed. Their life cycle is `user_lifecycle`, their entry `sign_in`.

mod admin_role;
mod change;
mod create;
mod owner;
mod passwords;
mod profile;

use domain::{Group, Login, User, UserId, UserStatus};
use ports::{Page, PageRequest, UnitOfWork};

pub use admin_role::set_admin_role;
pub use change::{ProfileChange, ProfileUpdate, UserChange, update};
pub use create::{Activation, NewUser, create};
pub use owner::owners;
pub(crate) use owner::{keeps_passwords, must_have_password_here, owner};
pub use passwords::{change_password, set_password};
pub use ports::UserFilter;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    services::Services,
    sift::{Keep, sift},
    user_lifecycle,
};

/// One user by id or login.
///
/// # Errors
/// `NotFound`; `Forbidden` for somebody else's record without administrator rights, whether it exists or not.
pub async fn find(services: &Services, caller: &Caller, reference: &str) -> Result<User> {
    let Some(user) = look_up(services, reference).await? else {
        caller.must_read()?;
        return Err(Error::not_found("User", reference));
    };
    caller.must_be_or_read(&user.id)?;
    Ok(user)
}

async fn look_up(services: &Services, reference: &str) -> Result<Option<User>> {
    if let Ok(id) = UserId::parse(reference)
        && let Some(user) = services.store.user(&id).await?
    {
        return Ok(Some(user));
    }
    match reference.parse::<Login>() {
        Ok(login) => Ok(services.store.user_by_login(&login).await?),
        Err(_) => Ok(None),
    }
}

/// The status to show: an account that wrong passwords have locked for a while is `LOCKED_OUT` until the lock ends,
/// although its record stays `ACTIVE`.
pub async fn status_now(services: &Services, user: &User) -> Result<UserStatus> {
    if user.status != UserStatus::Active {
        return Ok(user.status);
    }
    let (_, until) = services.store.lockout(&user.id).await?;
    let locked = until.is_some_and(|until| until > services.now());
    Ok(if locked { UserStatus::LockedOut } else { user.status })
}

/// A page of users by id. `keep` takes out what the store's filter cannot: a page may then be shorter than asked for,
/// even empty, although `next` leads on.
pub async fn list(
    services: &Services,
    caller: &Caller,
    filter: &UserFilter,
    page: &PageRequest,
    keep: Keep<'_, User>,
) -> Result<Page<User>> {
    caller.must_read()?;
    let read = |request: PageRequest| -> crate::sift::Reading<'_, User> {
        Box::pin(async move { services.store.users(filter, &request).await })
    };
    Ok(sift(page, read, keep).await?.page)
}

/// All groups of a user, by name.
pub async fn groups(services: &Services, caller: &Caller, id: &UserId) -> Result<Vec<Group>> {
    let user = find(services, caller, id.as_str()).await?;
    Ok(services.store.groups_of_user(&user.id).await?)
}

/// What [`delete`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The user was not deactivated yet, and is now. Another call removes the record.
    Deactivated,
    /// The record is gone, with memberships, assignments, sessions and tokens.
    Deleted,
}

/// Deactivates a user; removes one that is deactivated already.
///
/// # Errors
/// `NotFound`, `Forbidden`, `State` for the last active super administrator.
pub async fn delete(services: &Services, caller: &Caller, id: &UserId) -> Result<Deletion> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let user = present(unit.as_mut(), id).await?;
    if user.status != UserStatus::Deprovisioned {
        // The lock is given back first: the life cycle takes its own.
        drop(unit);
        user_lifecycle::deactivate(services, caller, id).await?;
        return Ok(Deletion::Deactivated);
    }
    unit.delete_user(id).await?;
    let event = EventDraft::success("user.lifecycle.delete.completed", "Delete user completed").on_user(&user);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(Deletion::Deleted)
}

/// Ends every session of a user; answers how many there were. A person may do it for themselves.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn clear_sessions(services: &Services, caller: &Caller, id: &UserId) -> Result<u32> {
    must_be_or_manage(caller, id)?;
    let mut unit = services.store.begin().await?;
    let user = present(unit.as_mut(), id).await?;
    let ended = unit.delete_sessions_of_user(id).await?;
    let event = EventDraft::success("user.session.clear", "Clear user session").on_user(&user);
    unit.append_event(&event.fact("sessionsEnded", ended).by(services, caller)).await?;
    unit.commit().await?;
    Ok(ended)
}

/// The user, read inside the transaction.
pub(crate) async fn present(unit: &mut dyn UnitOfWork, id: &UserId) -> Result<User> {
    unit.user_for_update(id).await?.ok_or_else(|| Error::not_found("User", id.as_str()))
}

pub(crate) fn must_be_or_manage(caller: &Caller, id: &UserId) -> Result<()> {
    if caller.user.as_ref() == Some(id) { Ok(()) } else { caller.must_manage() }
}

/// Refuses to take away the last active super administrator. To be asked while the transaction is open: on SQLite it
/// holds the write lock, so that two requests cannot each take away the other's last but one.
pub(crate) async fn must_not_be_last_super_admin(services: &Services, user: &User) -> Result<()> {
    let counts = user.is_active() && user.admin_role == Some(domain::user::AdminRole::SuperAdmin);
    if counts && services.store.count_super_admins().await? <= 1 {
        return Err(Error::State(StateError::NotNow(format!(
            "`{}` is the last active super administrator: make somebody else one first",
            user.profile.login
        ))));
    }
    Ok(())
}
