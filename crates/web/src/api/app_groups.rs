//! `/api/v1/apps/{id}/groups`: groups assigned to an app.

use api::assignment::{AppGroup, AppGroupRequest, read_patch};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use domain::GroupId;
use serde::Deserialize;
use usecases::{
    Error,
    assign_groups::{self, GroupAssignmentProfile},
};

use super::{
    app_users::written,
    apps::{app_id, refused},
    sent::{SentList, SentObject},
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
        .route("/api/v1/apps/{id}/groups", get(index))
        .route("/api/v1/apps/{id}/groups/{group}", get(read).put(put).patch(patch).delete(remove))
}

fn group_id(text: &str) -> Result<GroupId, ApiError> {
    GroupId::parse(text).map_err(|_| Error::not_found("UserGroup", text).into())
}

fn profile(request: AppGroupRequest) -> GroupAssignmentProfile {
    GroupAssignmentProfile { priority: request.priority, roles: written(request.roles) }
}

fn shown(state: &WebState, found: &assign_groups::AppGroup) -> AppGroup {
    AppGroup::new(&found.assignment, &found.labels, state.services.settings.public_url.as_str())
}

#[derive(Deserialize)]
struct ListQuery {
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
    let id = app_id(&id)?;
    let page = list::page_request(query.limit.as_deref(), query.after, 20, 200)?;
    let found = assign_groups::list(&state.services, &caller, &id, &page).await?;
    let groups: Vec<AppGroup> = found.items.iter().map(|group| shown(&state, group)).collect();
    let path = format!("/api/v1/apps/{id}/groups");
    let response = answer::ok(&groups);
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), found.next.as_deref(), response))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, group)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    let found = assign_groups::read(&state.services, &caller, &app_id(&id)?, &group_id(&group)?).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

async fn put(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, group)): ApiPath<(String, String)>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    let request = AppGroupRequest::parse(&sent).map_err(refused)?;
    let (app, group) = (app_id(&id)?, group_id(&group)?);
    let found = assign_groups::put(&state.services, &caller, &app, &group, profile(request)).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

/// A JSON patch: one part changes, the others stay.
async fn patch(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, group)): ApiPath<(String, String)>,
    SentList(operations): SentList,
) -> Result<Response, ApiError> {
    let request = read_patch(&operations).map_err(refused)?;
    let (app, group) = (app_id(&id)?, group_id(&group)?);
    let found = assign_groups::update(&state.services, &caller, &app, &group, profile(request)).await?;
    Ok(answer::ok(&shown(&state, &found)))
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, group)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    assign_groups::delete(&state.services, &caller, &app_id(&id)?, &group_id(&group)?).await?;
    Ok(answer::no_content())
}
