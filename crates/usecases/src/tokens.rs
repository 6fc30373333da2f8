//! API tokens: made, listed, revoked, and recognised.

use domain::event::{Actor, Origin};

use crate::{
    caller::{Caller, Rights},
    error::Result,
    services::Services,
};

/// The caller behind an `SSWS` token: `None` when there is no such token, when it ended, or when the person who made it
/// is no longer active or no longer an administrator.
pub async fn authenticate(services: &Services, secret: &str, origin: Origin) -> Result<Option<Caller>> {
    if secret.is_empty() || secret.len() > 200 {
        return Ok(None);
    }
    let Some(token) = services.store.token_by_hash(&services.keys.secret_hash(secret)).await? else {
        return Ok(None);
    };
    let now = services.now();
    if token.expires.is_some_and(|expires| expires <= now) {
        return Ok(None);
    }
    let mut rights = Rights::Admin(token.role);
    let mut actor = Actor {
        id: token.id.to_string(),
        kind: "ApiToken".to_owned(),
        alternate_id: token.name.clone(),
        display_name: token.name.clone(),
    };
    if let Some(maker) = &token.user {
        match services.store.user(maker).await? {
            Some(user) if user.is_active() => match user.admin_role {
                Some(role) => {
                    rights = Rights::Admin(role);
                    actor = Actor::user(&user);
                }
                None => return Ok(None),
            },
            _ => return Ok(None),
        }
    }
    if token.last_used.is_none_or(|used| now.millis_since(used) > 60_000) {
        let mut unit = services.store.begin().await?;
        unit.touch_token(&token.id, now).await?;
        unit.commit().await?;
    }
    Ok(Some(Caller { actor, origin, user: token.user, rights }))
}
