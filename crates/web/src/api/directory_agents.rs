//! `/api/v1/directories/{id}/agents`: made with a token that is shown once, listed with what they are doing, put out.

use api::agent::{Agent, AgentJob, AgentRequest, CreatedAgent};
use axum::{Router, extract::State, response::Response, routing::get};
use domain::AgentId;
use usecases::{Error, manage_agents, manage_agents::AgentStanding};

use super::directories::directory_id;
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, JsonBody},
    error::ApiError,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/directories/{id}/agents", get(list).post(create))
        .route("/api/v1/directories/{id}/agents/{agent}", get(read).delete(revoke))
}

fn agent_id(text: &str) -> Result<AgentId, ApiError> {
    AgentId::parse(text).map_err(|_| Error::not_found("Agent", text).into())
}

fn written(state: &WebState, standing: &AgentStanding) -> Agent {
    let record = Agent::new(&standing.agent, state.services.settings.public_url.as_str());
    let last_contact = standing.last_contact();
    let Some(at_work) = &standing.at_work else { return Agent { last_contact, ..record } };
    let jobs = at_work.jobs.iter().map(|job| AgentJob { call: job.call.to_owned(), since: job.since });
    Agent { last_contact, connected: true, connected_since: Some(at_work.since), jobs: jobs.collect(), ..record }
}

async fn list(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let found = manage_agents::list(&state.services, &caller, &directory_id(&id)?).await?;
    Ok(answer::ok(&found.iter().map(|standing| written(&state, standing)).collect::<Vec<_>>()))
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    JsonBody(sent): JsonBody<AgentRequest>,
) -> Result<Response, ApiError> {
    let made = manage_agents::create(&state.services, &caller, &directory_id(&id)?, &sent.name).await?;
    let record = Agent::new(&made.agent, state.services.settings.public_url.as_str());
    Ok(answer::created(&CreatedAgent { record, token: made.token.expose().clone() }))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, agent)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    let (directory, agent) = (directory_id(&id)?, agent_id(&agent)?);
    let found = manage_agents::read(&state.services, &caller, &directory, &agent).await?;
    Ok(answer::ok(&written(&state, &found)))
}

async fn revoke(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, agent)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    let (directory, agent) = (directory_id(&id)?, agent_id(&agent)?);
    manage_agents::revoke(&state.services, &caller, &directory, &agent).await?;
    Ok(answer::no_content())
}
