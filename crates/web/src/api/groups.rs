//! `/api/v1/groups`: groups and who is in them, in Okta's shape.

use api::group::{Group, GroupRequest};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::{get, put},
};
use domain::GroupId;
use serde::Deserialize;
use usecases::{
    Error,
    manage_groups::{self, GroupProfile},
};

use super::users;
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, JsonBody},
    error::ApiError,
    list, search,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/groups", get(page).post(create))
        .route("/api/v1/groups/{id}", get(read).put(replace).delete(remove))
        .route("/api/v1/groups/{id}/users", get(members))
        .route("/api/v1/groups/{id}/users/{user}", put(add_member).delete(remove_member))
        .route("/api/v1/groups/{id}/groups", get(children))
        .route("/api/v1/groups/{id}/groups/{child}", put(add_child).delete(remove_child))
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

fn group_id(text: &str) -> Result<GroupId, ApiError> {
    GroupId::parse(text).map_err(|_| Error::not_found("UserGroup", text).into())
}

fn render(state: &WebState, group: &domain::Group) -> Group {
    Group::new(group, state.services.settings.public_url.as_str())
}

async fn page(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Response, ApiError> {
    let request = list::page_request(query.limit.as_deref(), query.after, 1000, 1000)?;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let mut prefix = None;
    let mut conditions = Vec::new();
    for expression in [given(query.search), given(query.filter)].into_iter().flatten() {
        let (narrowed, condition) = search::groups::condition(&expression)?;
        prefix = prefix.or(narrowed);
        conditions.push(condition);
    }
    let prefix = given(query.q).or(prefix);
    let keep = |group: &domain::Group| conditions.iter().all(|condition| condition(group));
    let found = manage_groups::list(&state.services, &caller, prefix.as_deref(), &request, &keep).await?;
    let body: Vec<_> = found.items.iter().map(|group| render(&state, group)).collect();
    let raw = raw.unwrap_or_default();
    Ok(list::with_links(&state, "/api/v1/groups", &raw, found.next.as_deref(), answer::ok(&body)))
}

fn profile(sent: GroupRequest) -> GroupProfile {
    GroupProfile { name: sent.profile.name, description: sent.profile.description.unwrap_or_default() }
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    JsonBody(sent): JsonBody<GroupRequest>,
) -> Result<Response, ApiError> {
    let group = manage_groups::create(&state.services, &caller, profile(sent)).await?;
    Ok(answer::ok(&render(&state, &group)))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let group = manage_groups::read(&state.services, &caller, &group_id(&id)?).await?;
    Ok(answer::ok(&render(&state, &group)))
}

async fn replace(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    JsonBody(sent): JsonBody<GroupRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let group = manage_groups::update(&state.services, &caller, &group_id(&id)?, profile(sent)).await?;
    Ok(answer::ok(&render(&state, &group)))
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    manage_groups::delete(&state.services, &caller, &group_id(&id)?).await?;
    Ok(answer::no_content())
}

/// Query of the list of members.
#[derive(Debug, Deserialize)]
struct MemberQuery {
    limit: Option<String>,
    after: Option<String>,
}

async fn members(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<MemberQuery>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let id = group_id(&id)?;
    let request = list::page_request(query.limit.as_deref(), query.after, 1000, 1000)?;
    let found = manage_groups::members(&state.services, &caller, &id, &request).await?;
    let body = users::listed(&state, &found.items).await?;
    let path = format!("/api/v1/groups/{id}/users");
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), found.next.as_deref(), answer::ok(&body)))
}

async fn add_member(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((group, user)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let user = users::user_id(&state, &caller, &user).await?;
    manage_groups::add_member(&state.services, &caller, &group_id(&group)?, &user).await?;
    Ok(answer::no_content())
}

async fn remove_member(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((group, user)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let user = users::user_id(&state, &caller, &user).await?;
    manage_groups::remove_member(&state.services, &caller, &group_id(&group)?, &user).await?;
    Ok(answer::no_content())
}

/// The groups that are in a group, directly. Ours: Okta has no groups in groups.
async fn children(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<MemberQuery>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let id = group_id(&id)?;
    let request = list::page_request(query.limit.as_deref(), query.after, 1000, 1000)?;
    let found = manage_groups::children(&state.services, &caller, &id, &request).await?;
    let body: Vec<_> = found.items.iter().map(|group| render(&state, group)).collect();
    let path = format!("/api/v1/groups/{id}/groups");
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), found.next.as_deref(), answer::ok(&body)))
}

async fn add_child(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((parent, child)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    manage_groups::add_child(&state.services, &caller, &group_id(&parent)?, &group_id(&child)?).await?;
    Ok(answer::no_content())
}

async fn remove_child(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((parent, child)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    manage_groups::remove_child(&state.services, &caller, &group_id(&parent)?, &group_id(&child)?).await?;
    Ok(answer::no_content())
}
