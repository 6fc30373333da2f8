//! `/api/v1/sessions` and `/login/sessionCookieRedirect`: from a one-time token to a session, and to its end.
//!
//! The `id` of a session is its cookie's value where the caller holds that value already, as in Okta; everywhere else it
//! is the public id, which opens nothing.

use api::session::{CreateSessionRequest, SessionResponse};
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Session, SessionId, User};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use usecases::{
    Caller, manage_users,
    sessions::{self, LiveSession},
};

use crate::{
    answer,
    auth::{ApiCaller, ClientOrigin, SignedIn},
    body::{ApiQuery, JsonBody},
    cookie,
    error::ApiError,
    own_address::own_address,
    session_cookie, sign_in_gate,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/sessions", post(create))
        .route("/api/v1/sessions/me", get(own).delete(end_own))
        .route("/api/v1/sessions/me/lifecycle/refresh", post(refresh_own))
        .route("/api/v1/sessions/{id}", get(read).delete(end))
        .route("/api/v1/sessions/{id}/lifecycle/refresh", post(refresh))
        .route("/login/sessionCookieRedirect", get(cookie_redirect))
}

fn rendered(state: &WebState, session: &Session, user: &User, id: String) -> Response {
    let base = state.services.settings.public_url.as_str();
    let organisation = super::well_known::organization_id(base);
    answer::ok(&SessionResponse::new(session, user, id, base, &organisation))
}

fn no_session(id: &str) -> ApiError {
    usecases::Error::not_found("Session", id).into()
}

/// Exchanges a `sessionToken`.
async fn create(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CreateSessionRequest>,
) -> Result<Response, ApiError> {
    sign_in_gate::same_site(&state, &headers)?;
    sign_in_gate::check_address(&state, &origin)?;
    let token = request.session_token.as_ref().map_or("", |token| token.expose().as_str());
    let presented = cookie::session_secrets(&headers, session_cookie::transport(&state));
    let started = sessions::start_from_token(&state.services, origin, token, &presented).await?;
    let started = started.ok_or_else(ApiError::authentication_failed)?;
    let LiveSession { session, user, .. } = &started.live;
    Ok(rendered(&state, session, user, started.secret.expose().clone()))
}

/// The session of the cookie.
async fn own(State(state): State<WebState>, signed_in: Option<SignedIn>) -> Result<Response, ApiError> {
    let SignedIn { live, secret, .. } = signed_in.ok_or_else(|| no_session("me"))?;
    Ok(rendered(&state, &live.session, &live.user, secret))
}

/// Ends it.
async fn end_own(State(state): State<WebState>, signed_in: Option<SignedIn>) -> Result<Response, ApiError> {
    let SignedIn { caller, live, .. } = signed_in.ok_or_else(|| no_session("me"))?;
    sessions::sign_out(&state.services, &caller, &live).await?;
    let mut response = answer::no_content();
    session_cookie::end(&state, &mut response);
    Ok(response)
}

/// Moves its idle limit.
async fn refresh_own(State(state): State<WebState>, signed_in: Option<SignedIn>) -> Result<Response, ApiError> {
    let SignedIn { live, secret, .. } = signed_in.ok_or_else(|| no_session("me"))?;
    let session = sessions::refresh(&state.services, &live).await?;
    Ok(rendered(&state, &session, &live.user, secret))
}

/// The session that `id` names: the cookie's value, which whoever holds it may use; or the public id of one's own.
async fn named(state: &WebState, caller: &Caller, id: &str) -> Result<LiveSession, ApiError> {
    if let Some(live) = sessions::peek(&state.services, id).await? {
        caller.must_be_or_read(&live.user.id)?;
        return Ok(live);
    }
    // What is no public id may be a secret: it is not repeated.
    let wanted = SessionId::parse(id).map_err(|_| no_session("…"))?;
    let user = caller.user.as_ref().ok_or_else(|| no_session(id))?;
    let found = sessions::list_own(&state.services, caller, user).await?;
    let session = found.into_iter().find(|session| session.id == wanted).ok_or_else(|| no_session(id))?;
    let user = manage_users::find(&state.services, caller, user.as_str()).await?;
    Ok(LiveSession { session, user, revision: 0 })
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let live = named(&state, &caller, &id).await?;
    Ok(rendered(&state, &live.session, &live.user, id))
}

async fn refresh(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let live = named(&state, &caller, &id).await?;
    if caller.user.as_ref() != Some(&live.user.id) {
        caller.must_manage()?;
    }
    let session = sessions::refresh(&state.services, &live).await?;
    Ok(rendered(&state, &session, &live.user, id))
}

async fn end(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let live = named(&state, &caller, &id).await?;
    sessions::end(&state.services, &caller, &live.user.id, &live.session.id).await?;
    Ok(answer::no_content())
}

/// `?token=…&redirectUrl=…`; what else clients send is not looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CookieRedirect {
    token: Option<String>,
    redirect_url: Option<String>,
}

/// Turns a `sessionToken` into a cookie and goes on to our own page. A link on another site cannot sign anybody in: who
/// follows one is sent on without a session.
async fn cookie_redirect(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<CookieRedirect>,
) -> Result<Response, ApiError> {
    let public_url = &state.services.settings.public_url;
    let wanted = query.redirect_url.as_deref().and_then(|target| own_address(public_url, target));
    let location = wanted.unwrap_or_else(|| public_url.join("/"));
    let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/"));
    let mut response = (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    session_cookie::device(&state, &headers, &mut response);
    if sign_in_gate::is_cross_site(&headers) {
        return Ok(response);
    }
    sign_in_gate::check_address(&state, &origin)?;
    let presented = cookie::session_secrets(&headers, session_cookie::transport(&state));
    let token = query.token.as_deref().unwrap_or_default();
    if let Some(started) = sessions::start_from_token(&state.services, origin, token, &presented).await? {
        session_cookie::begin(&state, started.secret.expose(), &mut response);
    }
    Ok(response)
}
