//! `/api/v1/agents/…`: what agents themselves call. The protocol's types and its reasons are in `ports::agent`.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::event::Origin;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;
use usecases::{
    admit_agent,
    agent_protocol::{Beat, ChallengeRequest, JobNumber, LARGEST_PART, RegisterRequest, SessionRequest},
    agents::{JobStream, PartRefused},
    serve_agent,
};

use crate::{
    answer,
    auth::ClientOrigin,
    body::{ApiPath, ApiQuery, JsonBody},
    error::ApiError,
    sign_in_gate,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/agents/register", post(register))
        .route("/api/v1/agents/challenge", post(challenge))
        .route("/api/v1/agents/session", post(session))
        .route("/api/v1/agents/me/jobs", get(jobs))
        .route("/api/v1/agents/me/jobs/{job}", post(part))
        .route("/api/v1/agents/me/beat", post(beat))
}

/// The bearer of an agent's connection.
struct Bearer(String);

impl FromRequestParts<WebState> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &WebState) -> Result<Self, ApiError> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = value.and_then(|value| value.strip_prefix("Bearer ")).filter(|bearer| bearer.len() <= 200);
        bearer.map(|bearer| Self(bearer.to_owned())).ok_or_else(ApiError::invalid_token)
    }
}

/// Nobody tries tokens or signatures faster than passwords.
fn slowly(state: &WebState, origin: &Origin) -> Result<(), ApiError> {
    sign_in_gate::check_address(state, origin).map(drop)
}

async fn register(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    JsonBody(request): JsonBody<RegisterRequest>,
) -> Result<Response, ApiError> {
    slowly(&state, &origin)?;
    let answer = admit_agent::register(&state.services, origin, &request).await?;
    answer.map(|answer| answer::ok(&answer)).ok_or_else(|| ApiError {
        causes: vec!["the registration token is unknown, was used before, or has ended".to_owned()],
        ..ApiError::invalid_token()
    })
}

async fn challenge(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    JsonBody(request): JsonBody<ChallengeRequest>,
) -> Result<Response, ApiError> {
    slowly(&state, &origin)?;
    Ok(answer::ok(&admit_agent::challenge(&state.services, &request).await?))
}

async fn session(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    JsonBody(request): JsonBody<SessionRequest>,
) -> Result<Response, ApiError> {
    slowly(&state, &origin)?;
    let answer = admit_agent::admit(&state.services, origin, &request).await?;
    answer.map(|answer| answer::ok(&answer)).ok_or_else(|| ApiError {
        causes: vec!["no such agent is registered here, or the signature is not its own".to_owned()],
        ..ApiError::invalid_token()
    })
}

/// The answer that does not end. nginx is told not to collect it.
async fn jobs(State(state): State<WebState>, Bearer(bearer): Bearer) -> Result<Response, ApiError> {
    let stream = serve_agent::hear_jobs(&state.services, &bearer).ok_or_else(ApiError::invalid_token)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, lines(stream)).into_response())
}

fn lines(stream: JobStream) -> Body {
    Body::from_stream(stream::unfold(stream, |mut stream| async move {
        let line = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::copy_from_slice(line.expose().as_bytes())), stream))
    }))
}

async fn beat(
    State(state): State<WebState>,
    Bearer(bearer): Bearer,
    JsonBody(sent): JsonBody<Beat>,
) -> Result<Response, ApiError> {
    let known = serve_agent::beat(&state.services, &bearer, &sent).await?;
    if known { Ok(answer::no_content()) } else { Err(ApiError::invalid_token()) }
}

#[derive(Debug, Deserialize)]
struct PartQuery {
    part: u64,
}

/// Answered when what is in it was taken.
async fn part(
    State(state): State<WebState>,
    Bearer(bearer): Bearer,
    ApiPath(job): ApiPath<u64>,
    ApiQuery(PartQuery { part }): ApiQuery<PartQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let bytes = whole(body).await?;
    match serve_agent::bring_part(&state.services, &bearer, JobNumber(job), part, &bytes).await {
        Ok(()) => Ok(answer::no_content()),
        Err(refused) => Err(told(refused)),
    }
}

async fn whole(body: Body) -> Result<Bytes, ApiError> {
    to_bytes(body, LARGEST_PART).await.map_err(|_| {
        let cause = format!("the part could not be read, or has more than {LARGEST_PART} bytes");
        ApiError { status: StatusCode::PAYLOAD_TOO_LARGE, ..ApiError::malformed(cause) }
    })
}

fn told(refused: PartRefused) -> ApiError {
    match refused {
        PartRefused::NoConnection => ApiError::invalid_token(),
        PartRefused::Gone => ApiError::new(StatusCode::GONE, "E0000007", "Nobody waits for this job any more."),
        PartRefused::OutOfOrder => {
            ApiError::new(StatusCode::CONFLICT, "E0000001", "A part before this one is missing.")
        }
        PartRefused::Unreadable(why) => ApiError::malformed(why),
    }
}
