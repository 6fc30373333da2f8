//! `/api/v1/directories/{id}/import`, `runs` and `matches`: imports on demand, how they go, what becomes of one that is
//! held, and people who wait for a word.

use api::directory::{
    Candidate, Decided, Decision, DecisionEffect, DecisionWord, ImportRequest, PendingMatch, Run, TestedPerson,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::{get, post},
};
use domain::{
    DirectoryId, ImportRunId,
    directory::{ExternalId, ImportKind, ImportTrigger},
};
use http::StatusCode;
use serde::Deserialize;
use usecases::{
    Caller, Error,
    decide_match::{self, Effect, MatchDecision, Waiting},
    import_directory::{self, Request},
};

use super::{directories::directory_id, users};
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, JsonBody, OptionalJsonBody},
    error::ApiError,
    list,
    state::WebState,
};

/// Runs that are shown.
const RUNS: u32 = 50;

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/directories/{id}/import", post(start))
        .route("/api/v1/directories/{id}/runs", get(runs))
        .route("/api/v1/directories/{id}/runs/{run}", get(run))
        .route("/api/v1/directories/{id}/runs/{run}/release", post(release))
        .route("/api/v1/directories/{id}/runs/{run}/discard", post(discard))
        .route("/api/v1/directories/{id}/matches", get(matches))
        .route("/api/v1/directories/{id}/matches/{entry}", post(decide).delete(forget))
}

fn of_run(id: &str, run: &str) -> Result<(DirectoryId, ImportRunId), ApiError> {
    let run = ImportRunId::parse(run).map_err(|_| Error::not_found("ImportRun", run))?;
    Ok((directory_id(id)?, run))
}

fn of_match(id: &str, entry: &str) -> Result<(DirectoryId, ExternalId), ApiError> {
    let entry = ExternalId::parse(entry).map_err(|_| Error::not_found("PendingMatch", entry))?;
    Ok((directory_id(id)?, entry))
}

/// `202` with the run: a new one, or the one that is under way.
async fn start(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    OptionalJsonBody(sent): OptionalJsonBody<ImportRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let sent = sent.unwrap_or_default();
    let kind = sent.kind.unwrap_or(ImportKind::Full);
    let request = Request { kind, dry_run: sent.dry_run, trigger: ImportTrigger::Request };
    let started = import_directory::start(&state.services, &caller, &directory_id(&id)?, request).await?;
    Ok(answer::json(StatusCode::ACCEPTED, &Run::from(started.run().clone())))
}

/// The latest 50, newest first.
async fn runs(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let found = import_directory::runs(&state.services, &caller, &directory_id(&id)?, RUNS).await?;
    Ok(answer::ok(&found.into_iter().map(Run::from).collect::<Vec<_>>()))
}

async fn run(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, run)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let (id, run) = of_run(&id, &run)?;
    Ok(answer::ok(&Run::from(import_directory::run(&state.services, &caller, &id, &run).await?)))
}

async fn release(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, run)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let (id, run) = of_run(&id, &run)?;
    Ok(answer::ok(&Run::from(import_directory::release(&state.services, &caller, &id, &run).await?)))
}

async fn discard(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, run)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let (id, run) = of_run(&id, &run)?;
    Ok(answer::ok(&Run::from(import_directory::discard(&state.services, &caller, &id, &run).await?)))
}

/// Query of the list of matches.
#[derive(Debug, Deserialize)]
struct MatchesQuery {
    limit: Option<String>,
    after: Option<String>,
}

async fn matches(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    RawQuery(raw): RawQuery,
    ApiQuery(query): ApiQuery<MatchesQuery>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let id = directory_id(&id)?;
    let page = list::page_request(query.limit.as_deref(), query.after, 200, 200)?;
    let found = decide_match::list(&state.services, &caller, &id, &page).await?;
    let body: Vec<PendingMatch> = found.items.into_iter().map(written).collect();
    let path = format!("/api/v1/directories/{id}/matches");
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), found.next.as_deref(), answer::ok(&body)))
}

fn written(waiting: Waiting) -> PendingMatch {
    PendingMatch {
        entry: waiting.pending.person.id.as_str().to_owned(),
        person: TestedPerson::from(waiting.pending.person),
        candidates: waiting.candidates.iter().map(Candidate::from).collect(),
        why: waiting.pending.why.as_str().to_owned(),
        seen: waiting.pending.seen,
    }
}

async fn decide(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, entry)): ApiPath<(String, String)>,
    JsonBody(sent): JsonBody<Decision>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let (id, entry) = of_match(&id, &entry)?;
    let decision = said(&state, &caller, &sent).await?;
    let (effect, user, why) = match decide_match::decide(&state.services, &caller, &id, &entry, decision).await? {
        Effect::Here(user) => (DecisionEffect::Here, Some(Candidate::from(&*user)), None),
        Effect::Later(why) => (DecisionEffect::Later, None, Some(why)),
        Effect::LeftOut => (DecisionEffect::LeftOut, None, None),
    };
    Ok(answer::ok(&Decided { entry: entry.as_str().to_owned(), effect, user, why }))
}

async fn said(state: &WebState, caller: &Caller, sent: &Decision) -> Result<MatchDecision, ApiError> {
    match (sent.decision, sent.user_id.as_deref().filter(|user| !user.is_empty())) {
        (DecisionWord::Existing, Some(user)) => Ok(MatchDecision::Is(users::user_id(state, caller, user).await?)),
        (DecisionWord::Existing, None) => Err(Error::invalid("userId", "say which user it is, by id or login").into()),
        (DecisionWord::New, _) => Ok(MatchDecision::New),
        (DecisionWord::Ignore, _) => Ok(MatchDecision::Ignore),
    }
}

async fn forget(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, entry)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let (id, entry) = of_match(&id, &entry)?;
    decide_match::forget(&state.services, &caller, &id, &entry).await?;
    Ok(answer::no_content())
}
