//! `/users/{id}/roles`: the administrator role of a user, in Okta's shape. There is at most one; granting another
//! replaces it.

use api::user::{Role, RoleRequest};
use axum::{extract::State, response::Response};
use domain::{User, user::AdminRole};
use usecases::{Error, manage_users};

use super::{find, user_id};
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, JsonBody},
    error::ApiError,
    state::WebState,
};

fn role_of(state: &WebState, user: &User) -> Option<Role> {
    Role::of(user, state.services.settings.public_url.as_str())
}

pub(super) async fn list(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    let user = find(&state, &caller, &reference).await?;
    Ok(answer::ok(&Vec::from_iter(role_of(&state, &user))))
}

pub(super) async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((reference, role)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    let user = find(&state, &caller, &reference).await?;
    Ok(answer::ok(&existing(&state, &user, &role)?))
}

fn existing(state: &WebState, user: &User, role: &str) -> Result<Role, ApiError> {
    let found = role_of(state, user).filter(|found| found.id == role);
    found.ok_or_else(|| Error::not_found("RoleAssignment", role).into())
}

pub(super) async fn grant(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
    JsonBody(sent): JsonBody<RoleRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = user_id(&state, &caller, &reference).await?;
    let role: AdminRole = sent.kind.parse().map_err(|why: String| Error::invalid("type", why))?;
    let user = manage_users::set_admin_role(&state.services, &caller, &id, Some(role)).await?;
    Ok(answer::created(&role_of(&state, &user)))
}

pub(super) async fn revoke(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((reference, role)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let user = find(&state, &caller, &reference).await?;
    existing(&state, &user, &role)?;
    manage_users::set_admin_role(&state.services, &caller, &user.id, None).await?;
    Ok(answer::no_content())
}
