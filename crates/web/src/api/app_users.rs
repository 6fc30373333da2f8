//! `/api/v1/apps/{id}/users`: users assigned to an app.

use api::assignment::{
    AppUser, AppUserCredentials, AppUserProfile, AppUserRequest, Given, RoleProfile, Roles, app_user_links,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use domain::UserId;
use serde::Deserialize;
use usecases::{
    Error,
    assign_users::{self, Scope, UserAssignmentProfile},
    role_values::{Change, WrittenRoles},
};

use super::{
    apps::{app_id, refused},
    sent::SentObject,
};
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery},
    error::ApiError,
    list,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/apps/{id}/users", get(index).post(assign))
        .route("/api/v1/apps/{id}/users/{user}", get(read).post(update).put(put).delete(remove))
}

fn user_id(text: &str) -> Result<UserId, ApiError> {
    UserId::parse(text).map_err(|_| Error::not_found("User", text).into())
}

pub(super) fn written(roles: Roles) -> WrittenRoles {
    WrittenRoles { role: change(roles.role), saml_roles: change(roles.saml_roles) }
}

fn change<T>(given: Given<T>) -> Change<T> {
    match given {
        Given::Absent => Change::Keep,
        Given::Value(value) => Change::Set(value),
    }
}

fn profile(request: AppUserRequest) -> UserAssignmentProfile {
    UserAssignmentProfile { user_name: change(request.user_name), roles: written(request.roles) }
}

fn shown(state: &WebState, found: &assign_users::AppUser) -> AppUser {
    let (scope, group) = match &found.scope {
        Scope::User => ("USER", None),
        Scope::Group(group) => ("GROUP", Some(group.id.as_str())),
    };
    let origin = state.services.settings.public_url.as_str();
    AppUser {
        id: found.user.id.to_string(),
        external_id: None,
        created: found.created,
        last_updated: found.last_updated,
        scope: scope.to_owned(),
        status: "ACTIVE".to_owned(),
        status_changed: found.created,
        password_changed: None,
        sync_state: "DISABLED".to_owned(),
        credentials: AppUserCredentials { user_name: found.user_name.clone() },
        profile: AppUserProfile::new(&found.user, RoleProfile::new(&found.roles, &found.labels)),
        links: app_user_links(found.app.as_str(), found.user.id.as_str(), group, origin),
    }
}

#[derive(Deserialize)]
struct ListQuery {
    q: Option<String>,
    filter: Option<String>,
    limit: Option<String>,
    after: Option<String>,
}

async fn index(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<ListQuery>,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    if let Some(filter) = query.filter.filter(|text| !text.trim().is_empty()) {
        let shown: String = filter.chars().take(100).collect();
        let why = format!("`{shown}`: users of an app cannot be filtered; `q` finds them by login, e-mail and name");
        return Err(Error::invalid("filter", why).into());
    }
    let id = app_id(&id)?;
    let page = list::page_request(query.limit.as_deref(), query.after, 50, 500)?;
    let found = assign_users::list(&state.services, &caller, &id, query.q.as_deref(), &page).await?;
    let users: Vec<AppUser> = found.items.iter().map(|user| shown(&state, user)).collect();
    let path = format!("/api/v1/apps/{id}/users");
    let response = answer::ok(&users);
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), found.next.as_deref(), response))
}

async fn assign(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    let mut request = AppUserRequest::parse(&sent).map_err(refused)?;
    let Some(user) = request.id.take() else {
        return Err(Error::invalid("id", "The field cannot be left blank: it names the user").into());
    };
    let (app, user) = (app_id(&id)?, user_id(&user)?);
    let found = assign_users::put(&state.services, &caller, &app, &user, profile(request)).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, user)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    let found = assign_users::read(&state.services, &caller, &app_id(&id)?, &user_id(&user)?).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

/// Changes a direct assignment; one through a group becomes a direct one when the body says `"scope":"USER"`.
async fn update(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, user)): ApiPath<(String, String)>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    let request = AppUserRequest::parse(&sent).map_err(refused)?;
    let (app, user) = (app_id(&id)?, user_id(&user)?);
    let found = if request.direct {
        assign_users::put(&state.services, &caller, &app, &user, profile(request)).await?
    } else {
        assign_users::update(&state.services, &caller, &app, &user, profile(request)).await?
    };
    Ok(answer::ok(&shown(&state, &found)))
}

/// Assigns directly: older clients of Okta put where newer ones post.
async fn put(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, user)): ApiPath<(String, String)>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    let request = AppUserRequest::parse(&sent).map_err(refused)?;
    let (app, user) = (app_id(&id)?, user_id(&user)?);
    let found = assign_users::put(&state.services, &caller, &app, &user, profile(request)).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, user)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    assign_users::delete(&state.services, &caller, &app_id(&id)?, &user_id(&user)?).await?;
    Ok(answer::no_content())
}
