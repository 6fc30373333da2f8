//! Sessions: resumed from a cookie, listed, refreshed and ended by their owner or an administrator.

use domain::{Session, User};

use crate::{error::Result, services::Services};

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

/// The session of a cookie's secret: `None` when there is none, when it ended, or when its user is not active.
/// Moves the idle limit, at most once a minute.
pub async fn resume(services: &Services, secret: &str) -> Result<Option<LiveSession>> {
    if secret.len() > 200 {
        return Ok(None);
    }
    let Some(view) = services.store.session_by_hash(&services.keys.secret_hash(secret)).await? else {
        return Ok(None);
    };
    let now = services.now();
    if !view.session.is_live(now) || !view.user.is_active() {
        return Ok(None);
    }
    let mut session = view.session;
    if now.millis_since(session.last_used) > 60_000 {
        let idle_expires = now.plus_seconds(i64::from(services.settings.sessions.idle_seconds));
        let mut unit = services.store.begin().await?;
        unit.touch_session(&session.id, now, idle_expires).await?;
        unit.commit().await?;
        session.last_used = now;
        session.idle_expires = idle_expires;
    }
    Ok(Some(LiveSession { session, user: view.user, revision: view.revision }))
}
