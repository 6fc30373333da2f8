//! How sessions end: by sign-out, one by one, or all but one. (All of a person's: `manage_users::clear_sessions`.)

use domain::{SessionId, User, UserId};

use super::{LiveSession, target, unknown_session};
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

/// Ends the session that the request came with.
///
/// # Errors
/// `Store`.
pub async fn sign_out(services: &Services, caller: &Caller, live: &LiveSession) -> Result<()> {
    remove(services, caller, &live.user, &live.session.id, "User logout from Rolegate").await.map(|_| ())
}

/// Ends one session of a person: their own, or anybody's for administrators.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Store`.
pub async fn end(services: &Services, caller: &Caller, user: &UserId, id: &SessionId) -> Result<()> {
    let user = owner(services, caller, user).await?;
    if remove(services, caller, &user, id, "End user session").await? { Ok(()) } else { Err(unknown_session(id)) }
}

/// Ends all of the person's sessions except the one that the request came with; answers how many.
///
/// # Errors
/// `Store`.
pub async fn end_others(services: &Services, caller: &Caller, live: &LiveSession) -> Result<u32> {
    let mut unit = services.store.begin().await?;
    let mut ended = 0;
    for session in services.store.sessions_of_user(&live.user.id, services.now()).await? {
        if session.id != live.session.id && unit.delete_session(&live.user.id, &session.id).await? {
            ended += 1;
        }
    }
    let event = EventDraft::success("user.session.clear", "Clear user sessions other than this one");
    unit.append_event(&event.on_user(&live.user).fact("sessionsEnded", ended).by(services, caller)).await?;
    unit.commit().await?;
    Ok(ended)
}

/// The person, if the caller is this person or may change everything.
async fn owner(services: &Services, caller: &Caller, user: &UserId) -> Result<User> {
    if caller.user.as_ref() != Some(user) {
        caller.must_manage()?;
    }
    services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))
}

async fn remove(
    services: &Services,
    caller: &Caller,
    user: &User,
    id: &SessionId,
    message: &'static str,
) -> Result<bool> {
    let mut unit = services.store.begin().await?;
    let removed = unit.delete_session(&user.id, id).await?;
    if removed {
        let event = EventDraft::success("user.session.end", message);
        unit.append_event(&event.on_user(user).target(target(id, user)).by(services, caller)).await?;
    }
    unit.commit().await?;
    Ok(removed)
}

/// Removes sessions and one-time tokens that ended more than a day ago; answers how many. They opened nothing any more.
///
/// # Errors
/// `Store`.
pub async fn sweep(services: &Services) -> Result<u32> {
    let mut unit = services.store.begin().await?;
    let removed = unit.delete_expired(services.now().plus_seconds(-86_400)).await?;
    unit.commit().await?;
    Ok(removed)
}
