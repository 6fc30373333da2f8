//! `/api/v1/users`: people, in Okta's shape. A user in a path is an id, a login, or `me`.

mod credentials;
mod lifecycle;
mod me;
mod request;
mod roles;

use api::user::{Detail, UserRequest};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::{delete, get, post},
};
use domain::{User, UserId};
use serde::Deserialize;
use usecases::{
    Caller,
    manage_users::{self, Activation, NewUser, ProfileUpdate, UserChange, UserFilter},
};

use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, JsonBody, flag},
    error::ApiError,
    list, search,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/users", get(page).post(create))
        .route("/api/v1/users/{id}", get(read).post(update).put(replace).delete(remove))
        .route("/api/v1/users/{id}/groups", get(groups))
        .route("/api/v1/users/{id}/sessions", delete(clear_sessions))
        .route("/api/v1/users/{id}/factors", get(factors))
        .route("/api/v1/users/{id}/factors/catalog", get(factors))
        .route("/api/v1/users/{id}/roles", get(roles::list).post(roles::grant))
        .route("/api/v1/users/{id}/roles/{role}", get(roles::read).delete(roles::revoke))
        .route("/api/v1/users/{id}/lifecycle/{step}", post(lifecycle::step))
        .route("/api/v1/users/{id}/credentials/change_password", post(credentials::change_password))
}

/// Query of the list.
#[derive(Debug, Deserialize)]
struct ListQuery {
    q: Option<String>,
    search: Option<String>,
    filter: Option<String>,
    limit: Option<String>,
    after: Option<String>,
}

async fn page(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Response, ApiError> {
    let request = list::page_request(query.limit.as_deref(), query.after, 200, 200)?;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let mut filter = UserFilter::default();
    let mut conditions = Vec::new();
    for expression in [given(query.search), given(query.filter)].into_iter().flatten() {
        let (narrowed, condition) = search::users::condition(&expression)?;
        filter = narrowed;
        conditions.push(condition);
    }
    filter.q = given(query.q).or(filter.q);
    let keep = |user: &User| conditions.iter().all(|condition| condition(user));
    let found = manage_users::list(&state.services, &caller, &filter, &request, &keep).await?;
    let body = listed(&state, &found.items).await?;
    let raw = raw.unwrap_or_default();
    Ok(list::with_links(&state, "/api/v1/users", &raw, found.next.as_deref(), answer::ok(&body)))
}

/// Users as a list shows them.
pub(super) async fn listed(state: &WebState, users: &[User]) -> Result<Vec<api::user::User>, ApiError> {
    let owners = manage_users::owners(&state.services, users).await?;
    let origin = state.services.settings.public_url.as_str();
    let shown = |user: &User| {
        let owner = user.directory.as_ref().and_then(|id| owners.get(id));
        api::user::User::new(user, owner, user.status, origin, Detail::Listed)
    };
    Ok(users.iter().map(shown).collect())
}

/// A user with the status that holds now, and all links.
async fn full(state: &WebState, user: &User) -> Result<Response, ApiError> {
    let status = manage_users::status_now(&state.services, user).await?;
    let owners = manage_users::owners(&state.services, std::slice::from_ref(user)).await?;
    let owner = user.directory.as_ref().and_then(|id| owners.get(id));
    let origin = state.services.settings.public_url.as_str();
    Ok(answer::ok(&api::user::User::new(user, owner, status, origin, Detail::Full)))
}

/// The user of a path.
async fn find(state: &WebState, caller: &Caller, reference: &str) -> Result<User, ApiError> {
    match (reference, &caller.user) {
        ("me", Some(own)) => Ok(manage_users::find(&state.services, caller, own.as_str()).await?),
        _ => Ok(manage_users::find(&state.services, caller, reference).await?),
    }
}

/// The id of the user of a path; whether there is such a user, the use case asks.
pub(super) async fn user_id(state: &WebState, caller: &Caller, reference: &str) -> Result<UserId, ApiError> {
    match UserId::parse(reference) {
        Ok(id) => Ok(id),
        Err(_) => find(state, caller, reference).await.map(|user| user.id),
    }
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    if reference == "me" && caller.user.is_none() {
        return me::of_token(&state, &caller).await;
    }
    full(&state, &find(&state, &caller, &reference).await?).await
}

/// Query of `POST /users`; whatever else Okta knows there (`provider`, `nextLogin`) is ignored.
#[derive(Debug, Deserialize)]
struct CreateQuery {
    activate: Option<String>,
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiQuery(query): ApiQuery<CreateQuery>,
    JsonBody(sent): JsonBody<UserRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let activation =
        if flag("activate", query.activate.as_deref(), true)? { Activation::Now } else { Activation::Later };
    let new = NewUser {
        password: request::password(sent.credentials)?,
        groups: request::group_ids(sent.group_ids)?,
        profile: request::whole_profile(sent.profile)?,
        activation,
        admin_role: None,
    };
    full(&state, &manage_users::create(&state.services, &caller, new).await?).await
}

async fn update(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
    JsonBody(sent): JsonBody<UserRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = user_id(&state, &caller, &reference).await?;
    let change = UserChange {
        profile: sent.profile.map(request::profile_change).transpose()?.map(ProfileUpdate::Merge),
        password: request::password(sent.credentials)?,
    };
    full(&state, &manage_users::update(&state.services, &caller, &id, change).await?).await
}

async fn replace(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
    JsonBody(sent): JsonBody<UserRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = user_id(&state, &caller, &reference).await?;
    let change = UserChange {
        profile: Some(ProfileUpdate::Replace(request::whole_profile(sent.profile)?)),
        password: request::password(sent.credentials)?,
    };
    full(&state, &manage_users::update(&state.services, &caller, &id, change).await?).await
}

/// The first call deactivates, the second removes.
async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    let id = user_id(&state, &caller, &reference).await?;
    manage_users::delete(&state.services, &caller, &id).await?;
    Ok(answer::no_content())
}

async fn groups(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    let id = user_id(&state, &caller, &reference).await?;
    let found = manage_users::groups(&state.services, &caller, &id).await?;
    let origin = state.services.settings.public_url.as_str();
    let body: Vec<_> = found.iter().map(|group| api::group::Group::new(group, origin)).collect();
    let path = format!("/api/v1/users/{id}/groups");
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), None, answer::ok(&body)))
}

async fn clear_sessions(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    let id = user_id(&state, &caller, &reference).await?;
    manage_users::clear_sessions(&state.services, &caller, &id).await?;
    Ok(answer::no_content())
}

/// Nobody has a factor beside the password yet.
async fn factors(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
) -> Result<Response, ApiError> {
    find(&state, &caller, &reference).await?;
    Ok(answer::ok(&[(); 0]))
}
