//! Sessions: begun with a one-time token, resumed from a cookie, listed, refreshed and ended by their owner or an
//! administrator. The cookie holds 256 random bits; the store holds their hash.

mod ending;

use domain::{
    Secret, Session, SessionId, Timestamp, User, UserId,
    event::{Origin, Target},
    session::OneTimePurpose,
};
use ports::UnitOfWork;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

pub use ending::{end, end_others, sign_out, sweep};

/// A secret of ours has 48 characters at most; what is longer is none.
pub(crate) const LONGEST_SECRET: usize = 200;
/// The idle limit moves at most this often.
const TOUCH_MILLIS: i64 = 60_000;

/// A session that counts, with its user, who is active.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// The entitlement revision at the time of reading.
    pub revision: i64,
}

/// A session just begun.
#[derive(Debug)]
pub struct Started {
    /// The cookie's value; shown once, stored as a hash.
    pub secret: Secret<String>,
    /// The session.
    pub live: LiveSession,
}

/// The session of a cookie's secret: `None` when there is none, when it ended, or when its user is not active.
/// Moves the idle limit, at most once a minute.
///
/// # Errors
/// `Store`.
pub async fn resume(services: &Services, secret: &str) -> Result<Option<LiveSession>> {
    let Some(mut live) = peek(services, secret).await? else {
        return Ok(None);
    };
    let now = services.now();
    if now.millis_since(live.session.last_used) > TOUCH_MILLIS {
        move_idle_limit(services, &mut live.session, now).await?;
    }
    Ok(Some(live))
}

/// As [`resume`], without counting as a use.
///
/// # Errors
/// `Store`.
pub async fn peek(services: &Services, secret: &str) -> Result<Option<LiveSession>> {
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Ok(None);
    }
    let view = services.store.session_by_hash(&services.keys.secret_hash(secret)).await?;
    let now = services.now();
    let live = view.filter(|view| view.session.is_live(now) && view.user.is_active());
    Ok(live.map(|view| LiveSession { session: view.session, user: view.user, revision: view.revision }))
}

/// Exchanges a `sessionToken` for a session, once: `None` for one that was used, ended or never was, and for a user who
/// is not active (any more). Sessions whose secrets the browser presented are ended.
///
/// # Errors
/// `Store`, `Internal`.
pub async fn start_from_token(
    services: &Services,
    origin: Origin,
    token: &str,
    presented: &[&str],
) -> Result<Option<Started>> {
    if token.is_empty() || token.len() > LONGEST_SECRET {
        return Ok(None);
    }
    let hash = services.keys.secret_hash(token);
    let mut unit = services.store.begin().await?;
    let found = unit.take_one_time_token(&hash, OneTimePurpose::SessionToken, services.now()).await?;
    let user = match found.and_then(|found| found.user) {
        Some(id) => unit.user_for_update(&id).await?.filter(User::is_active),
        None => None,
    };
    let Some(user) = user else {
        let event = EventDraft::failure("user.session.start", "User login to Rolegate", "INVALID_SESSION_TOKEN");
        unit.append_event(&event.by(services, &Caller::unknown("unknown", origin))).await?;
        unit.commit().await?;
        return Ok(None);
    };
    end_presented(services, &mut *unit, presented).await?;
    let (secret, session) = insert(services, &mut *unit, &user, &origin).await?;
    let mut caller = Caller::person(&user, origin);
    caller.origin.session = Some(session.id.to_string());
    let event = EventDraft::success("user.authentication.verify", "Exchange session token for a session");
    unit.append_event(&event.on_user(&user).target(target(&session.id, &user)).by(services, &caller)).await?;
    unit.commit().await?;
    started(services, secret).await
}

/// Moves the idle limit now. The absolute limit stays.
///
/// # Errors
/// `Store`.
pub async fn refresh(services: &Services, live: &LiveSession) -> Result<Session> {
    let mut session = live.session.clone();
    move_idle_limit(services, &mut session, services.now()).await?;
    Ok(session)
}

/// A person's sessions that have not ended, newest first.
///
/// # Errors
/// `Forbidden` for somebody else's without administrator rights; `Store`.
pub async fn list_own(services: &Services, caller: &Caller, user: &UserId) -> Result<Vec<Session>> {
    caller.must_be_or_read(user)?;
    Ok(services.store.sessions_of_user(user, services.now()).await?)
}

async fn move_idle_limit(services: &Services, session: &mut Session, now: Timestamp) -> Result<()> {
    let idle_expires = now.plus_seconds(i64::from(services.settings.sessions.idle_seconds));
    let mut unit = services.store.begin().await?;
    unit.touch_session(&session.id, now, idle_expires).await?;
    unit.commit().await?;
    session.last_used = now;
    session.idle_expires = idle_expires;
    Ok(())
}

/// Ends the sessions of these secrets: a session is never carried over a sign-in.
pub(crate) async fn end_presented(services: &Services, unit: &mut dyn UnitOfWork, presented: &[&str]) -> Result<()> {
    for secret in presented.iter().filter(|secret| secret.len() <= LONGEST_SECRET) {
        if let Some(view) = services.store.session_by_hash(&services.keys.secret_hash(secret)).await? {
            unit.delete_session(&view.user.id, &view.session.id).await?;
        }
    }
    Ok(())
}

/// Writes a new session of `user`.
pub(crate) async fn insert(
    services: &Services,
    unit: &mut dyn UnitOfWork,
    user: &User,
    origin: &Origin,
) -> Result<(Secret<String>, Session)> {
    let policy = &services.settings.sessions;
    let now = services.now();
    let session = Session {
        id: SessionId::generate(&*services.entropy),
        user: user.id.clone(),
        created: now,
        last_used: now,
        idle_expires: now.plus_seconds(i64::from(policy.idle_seconds)),
        expires: now.plus_seconds(i64::from(policy.absolute_seconds)),
        amr: vec!["pwd".to_owned()],
        ip: origin.ip.clone(),
        user_agent: origin.user_agent.clone().unwrap_or_default(),
    };
    let secret = Secret::new(services.random_secret());
    unit.insert_session(&session, &services.keys.secret_hash(secret.expose())).await?;
    Ok((secret, session))
}

/// The session just committed, read with its user and revision at once; `None` when the user was put on hold meanwhile.
pub(crate) async fn started(services: &Services, secret: Secret<String>) -> Result<Option<Started>> {
    Ok(peek(services, secret.expose()).await?.map(|live| Started { secret, live }))
}

/// A session as the target of an event.
pub(crate) fn target(id: &SessionId, user: &User) -> Target {
    Target {
        id: id.to_string(),
        kind: "Session".to_owned(),
        alternate_id: user.profile.login.to_string(),
        display_name: user.display_name(),
    }
}

fn unknown_session(id: &SessionId) -> Error {
    Error::not_found("Session", id.as_str())
}
