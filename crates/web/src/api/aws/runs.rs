//! `POST refresh` and `GET runs`: discovery on demand and its progress.

use api::aws::{Only, Run};
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use domain::{RunId, aws::RunTrigger};
use http::StatusCode;
use usecases::{discover_roles, list_roles};

use crate::{answer, auth::ApiCaller, error::ApiError, state::WebState};

/// `202` with the run: a new one, or the one that is under way.
pub(super) async fn refresh(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let only: Only = super::optional_body(&bytes)?;
    let app = super::app_id(&id)?;
    let started = discover_roles::start(&state.services, &caller, &app, only.account, RunTrigger::Request).await?;
    Ok(answer::json(StatusCode::ACCEPTED, &Run::from(started.run().clone())))
}

/// The latest 50 runs, newest first.
pub(super) async fn list(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = list_roles::runs(&state.services, &caller, &super::app_id(&id)?, 50).await?;
    Ok(answer::ok(&found.into_iter().map(Run::from).collect::<Vec<_>>()))
}

/// One run.
pub(super) async fn one(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path((id, run)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let run = RunId::parse(&run).map_err(|_| usecases::Error::not_found("DiscoveryRun", &run))?;
    let found = list_roles::run(&state.services, &caller, &super::app_id(&id)?, &run).await?;
    Ok(answer::ok(&Run::from(found)))
}
