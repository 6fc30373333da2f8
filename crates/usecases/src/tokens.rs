//! API tokens: made, listed, revoked, and recognised.

use domain::{
    ApiToken, Secret, Timestamp, TokenId,
    event::{Actor, Origin, Target},
    id::random_text,
    user::AdminRole,
};

use crate::{
    audit::EventDraft,
    caller::{Caller, Rights},
    error::{Error, Result},
    services::Services,
};

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for: 1 to 100 characters, not yet taken.
    pub name: String,
    /// What it may do. Never more than its maker, now or later.
    pub role: AdminRole,
    /// When it stops working, if ever.
    pub expires: Option<Timestamp>,
}

/// A token just made.
#[derive(Debug)]
pub struct CreatedToken {
    /// Its record.
    pub token: ApiToken,
    /// `00…`, 42 characters: shown now and never again.
    pub secret: Secret<String>,
}

/// Makes a token. It belongs to the person who makes it and ends with their rights; made by Rolegate itself or by a
/// token of the machine, it belongs to nobody.
///
/// # Errors
/// `Forbidden`; `Invalid` for a name that is taken, empty or too long, and for an end in the past.
pub async fn create(services: &Services, caller: &Caller, new: NewToken) -> Result<CreatedToken> {
    caller.must_manage()?;
    check_name(&new.name)?;
    let now = services.now();
    if let Some(expires) = new.expires.filter(|expires| *expires <= now) {
        return Err(Error::invalid("expiresAt", format!("`{expires}` is not in the future")));
    }
    let secret = Secret::new(format!("00{}", random_text(&*services.entropy, 40)));
    let token = ApiToken {
        id: TokenId::generate(&*services.entropy),
        name: new.name,
        user: caller.user.clone(),
        role: new.role,
        created: now,
        last_used: None,
        expires: new.expires,
    };
    let mut unit = services.store.begin().await?;
    unit.insert_token(&token, &services.keys.secret_hash(secret.expose())).await?;
    let event = EventDraft::success("system.api_token.create", "Create API token")
        .target(target(&token))
        .fact("role", token.role.as_str());
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(CreatedToken { token, secret })
}

/// All tokens, newest first.
///
/// # Errors
/// `Forbidden`.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<ApiToken>> {
    caller.must_read()?;
    Ok(services.store.tokens().await?)
}

/// One token's record.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, id: &TokenId) -> Result<ApiToken> {
    caller.must_read()?;
    services.store.token(id).await?.ok_or_else(|| Error::not_found("ApiToken", id.as_str()))
}

/// Revokes a token: its next request is refused.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn revoke(services: &Services, caller: &Caller, id: &TokenId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let token = read(services, caller, id).await?;
    unit.delete_token(id).await?;
    let event = EventDraft::success("system.api_token.revoke", "Revoke API token").target(target(&token));
    unit.append_event(&event.by(services, caller)).await?;
    Ok(unit.commit().await?)
}

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
    let mut role = token.role;
    let mut actor = Actor {
        id: token.id.to_string(),
        kind: "ApiToken".to_owned(),
        alternate_id: token.name.clone(),
        display_name: token.name.clone(),
    };
    if let Some(maker) = &token.user {
        let maker = services.store.user(maker).await?.filter(domain::User::is_active);
        let Some((maker, makers_role)) = maker.and_then(|maker| maker.admin_role.map(|role| (maker, role))) else {
            return Ok(None);
        };
        role = lesser(role, makers_role);
        actor = Actor::user(&maker);
    }
    if token.last_used.is_none_or(|used| now.millis_since(used) > 60_000) {
        let mut unit = services.store.begin().await?;
        unit.touch_token(&token.id, now).await?;
        unit.commit().await?;
    }
    Ok(Some(Caller { actor, origin, user: token.user, rights: Rights::Admin(role) }))
}

fn lesser(one: AdminRole, other: AdminRole) -> AdminRole {
    match (one, other) {
        (AdminRole::SuperAdmin, AdminRole::SuperAdmin) => AdminRole::SuperAdmin,
        _ => AdminRole::ReadOnlyAdmin,
    }
}

fn target(token: &ApiToken) -> Target {
    Target {
        id: token.id.to_string(),
        kind: "Token".to_owned(),
        alternate_id: "unknown".to_owned(),
        display_name: token.name.clone(),
    }
}

fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if (1..=100).contains(&length) && name.trim() == name && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        let cause = format!(
            "a token's name has 1 to 100 characters, no control characters and no blanks at its ends; this one has {length}"
        );
        Err(Error::invalid("name", cause))
    }
}
