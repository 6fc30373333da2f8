//! `/api/v1/directories`: directory integrations and "test connection". Ours; Okta has no public API for them.

mod request;

use api::directory::{BindPassword, Directory, DirectoryRequest, TestAnswer};
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use domain::{DirectoryId, directory::DirectoryStatus};
use serde::Deserialize;
use usecases::{
    Error,
    manage_directories::{self, Managed},
};

use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, JsonBody, OptionalJsonBody, flag},
    error::ApiError,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/directories", get(list).post(create))
        .route("/api/v1/directories/test", post(test_unsaved))
        .route("/api/v1/directories/{id}", get(read).put(replace).delete(remove))
        .route("/api/v1/directories/{id}/lifecycle/activate", post(activate))
        .route("/api/v1/directories/{id}/lifecycle/deactivate", post(deactivate))
        .route("/api/v1/directories/{id}/test", post(test))
}

/// A directory's id in a path; anything else is a directory that does not exist.
pub(super) fn directory_id(text: &str) -> Result<DirectoryId, ApiError> {
    DirectoryId::parse(text).map_err(|_| Error::not_found("Directory", text).into())
}

fn shown(state: &WebState, managed: Managed) -> Directory {
    let password = if managed.has_bind_password { BindPassword::Kept } else { BindPassword::None };
    Directory::new(managed.directory, password, state.services.settings.public_url.as_str())
}

async fn list(State(state): State<WebState>, ApiCaller { caller, .. }: ApiCaller) -> Result<Response, ApiError> {
    let found = manage_directories::list(&state.services, &caller).await?;
    Ok(answer::ok(&found.into_iter().map(|managed| shown(&state, managed)).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
struct CreateQuery {
    activate: Option<String>,
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiQuery(query): ApiQuery<CreateQuery>,
    JsonBody(sent): JsonBody<DirectoryRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let active = flag("activate", query.activate.as_deref(), true)?;
    let status = if active { DirectoryStatus::Active } else { DirectoryStatus::Inactive };
    let (settings, password) = request::settings(sent)?;
    let made = manage_directories::create(&state.services, &caller, settings, password, status).await?;
    Ok(answer::created(&shown(&state, made)))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let found = manage_directories::read(&state.services, &caller, &directory_id(&id)?).await?;
    Ok(answer::ok(&shown(&state, found)))
}

async fn replace(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    JsonBody(sent): JsonBody<DirectoryRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = directory_id(&id)?;
    let (settings, password) = request::settings(sent)?;
    let replaced = manage_directories::replace(&state.services, &caller, &id, settings, password).await?;
    Ok(answer::ok(&shown(&state, replaced)))
}

#[derive(Deserialize)]
struct RemoveQuery {
    confirm: Option<String>,
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<RemoveQuery>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = directory_id(&id)?;
    manage_directories::delete(&state.services, &caller, &id, query.confirm.as_deref()).await?;
    Ok(answer::no_content())
}

async fn activate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let changed = manage_directories::activate(&state.services, &caller, &directory_id(&id)?).await?;
    Ok(answer::ok(&shown(&state, changed)))
}

async fn deactivate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let changed = manage_directories::deactivate(&state.services, &caller, &directory_id(&id)?).await?;
    Ok(answer::ok(&shown(&state, changed)))
}

/// With a body the settings in it, else the saved ones.
async fn test(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    OptionalJsonBody(sent): OptionalJsonBody<DirectoryRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let id = directory_id(&id)?;
    let report = match sent {
        None => manage_directories::test_saved(&state.services, &caller, &id).await?,
        Some(sent) => {
            let (settings, password) = request::settings(sent)?;
            manage_directories::test(&state.services, &caller, Some(&id), settings, password).await?
        }
    };
    Ok(answer::ok(&TestAnswer::from(report)))
}

/// Settings that are not saved yet.
async fn test_unsaved(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    JsonBody(sent): JsonBody<DirectoryRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let (settings, password) = request::settings(sent)?;
    let report = manage_directories::test(&state.services, &caller, None, settings, password).await?;
    Ok(answer::ok(&TestAnswer::from(report)))
}
