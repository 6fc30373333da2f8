//! `/api/v1/authn`: classic primary authentication, in every form in which Okta's clients use it.

use api::authn::{AuthnLink, AuthnRequest, AuthnResponse, Embedded, EmbeddedUser};
use axum::{Router, extract::State, response::Response, routing::post};
use domain::{Secret, Timestamp, event::Origin};
use http::HeaderMap;
use usecases::{
    sign_in::{self, Notice, SignIn, Unfinished},
    state_token,
};

use crate::{
    answer, auth::ClientOrigin, body::JsonBody, error::ApiError, limit::Standing, session_cookie, sign_in_gate,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/authn", post(authenticate))
        .route("/api/v1/authn/introspect", post(introspect))
        .route("/api/v1/authn/cancel", post(cancel))
        .route("/api/v1/authn/credentials/change_password", post(change_password))
}

/// Login and password; or a state token alone, which some clients send with empty ones.
async fn authenticate(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    JsonBody(request): JsonBody<AuthnRequest>,
) -> Result<Response, ApiError> {
    sign_in_gate::same_site(&state, &headers)?;
    let username = request.username.as_deref().filter(|text| !text.is_empty());
    let password = request.password.as_ref().filter(|password| !password.expose().is_empty());
    let mut response = match (username, password, request.state_token.as_deref()) {
        (Some(username), Some(password), _) => with_password(&state, origin, username, password).await?,
        (None, None, Some(token)) if !token.is_empty() => resumed(&state, token).await?,
        _ => {
            return Err(ApiError {
                causes: vec!["The 'username' and 'password' attributes are required in this context.".to_owned()],
                ..ApiError::new(http::StatusCode::BAD_REQUEST, "E0000001", "Api validation failed: authRequest")
            });
        }
    };
    session_cookie::device(&state, &headers, &mut response);
    Ok(response)
}

async fn with_password(
    state: &WebState,
    origin: Origin,
    login: &str,
    password: &Secret<String>,
) -> Result<Response, ApiError> {
    let standing = sign_in_gate::check(state, &origin, login)?;
    let found = sign_in::for_session_token(&state.services, origin, login, password).await?;
    let mut response = match found {
        SignIn::Refused => return Err(ApiError::authentication_failed()),
        SignIn::Told(notice) => return Err(told(notice)),
        SignIn::Unfinished(unfinished) => still_to_do(state, &unfinished),
        SignIn::Done(done) => answer::ok(&AuthnResponse {
            state_token: None,
            expires_at: done.expires,
            status: "SUCCESS".to_owned(),
            session_token: Some(done.token.expose().clone()),
            embedded: Embedded { user: Some(EmbeddedUser::from(&done.user)) },
            links: [cancel_link(state)].into(),
        }),
    };
    response.extensions_mut().insert::<Standing>(standing);
    Ok(response)
}

/// E0000004 with the reason that may be told; E0000010 when nobody could be asked.
fn told(notice: Notice) -> ApiError {
    let causes = vec![notice.words().to_owned()];
    if notice == Notice::DirectoryUnavailable {
        let summary = "Passwords cannot be checked at the moment: nobody was counted against.";
        let error = ApiError::new(http::StatusCode::SERVICE_UNAVAILABLE, "E0000010", summary);
        return ApiError { causes, retry_after: Some(30), ..error };
    }
    ApiError { causes, ..ApiError::authentication_failed() }
}

/// What a state token stands for.
async fn resumed(state: &WebState, token: &str) -> Result<Response, ApiError> {
    if let Some(expires) = state_token::of_page(&state.services, token) {
        return Ok(unauthenticated(state, token, expires));
    }
    match sign_in::unfinished(&state.services, token).await? {
        Some(unfinished) => Ok(still_to_do(state, &unfinished)),
        None => Err(ApiError::invalid_token()),
    }
}

fn cancel_link(state: &WebState) -> (String, AuthnLink) {
    let href = state.services.settings.public_url.join("/api/v1/authn/cancel");
    ("cancel".to_owned(), AuthnLink::post(None, href))
}

fn unauthenticated(state: &WebState, token: &str, expires_at: Timestamp) -> Response {
    let next = AuthnLink::post(Some("authenticate"), state.services.settings.public_url.join("/api/v1/authn"));
    answer::ok(&AuthnResponse {
        state_token: Some(token.to_owned()),
        expires_at,
        status: "UNAUTHENTICATED".to_owned(),
        session_token: None,
        embedded: Embedded::default(),
        links: [("next".to_owned(), next), cancel_link(state)].into(),
    })
}

/// The password is right, but there is something to do first.
fn still_to_do(state: &WebState, unfinished: &Unfinished) -> Response {
    let mut links: std::collections::BTreeMap<_, _> = [cancel_link(state)].into();
    if unfinished.state_token.is_some() {
        let href = state.services.settings.public_url.join("/api/v1/authn/credentials/change_password");
        links.insert("next".to_owned(), AuthnLink::post(Some("changePassword"), href));
    }
    // Okta's word for a password that has to be chosen anew, whoever wants it so.
    let status = if unfinished.state_token.is_some() { "PASSWORD_EXPIRED" } else { unfinished.status.as_str() };
    answer::ok(&AuthnResponse {
        state_token: unfinished.state_token.as_ref().map(|token| token.expose().clone()),
        expires_at: unfinished.expires,
        status: status.to_owned(),
        session_token: None,
        embedded: Embedded { user: Some(EmbeddedUser::from(&unfinished.user)) },
        links,
    })
}

fn state_token(request: &AuthnRequest) -> Result<&str, ApiError> {
    request.state_token.as_deref().filter(|token| !token.is_empty()).ok_or_else(ApiError::invalid_token)
}

/// Where an unfinished sign-in stands.
async fn introspect(
    State(state): State<WebState>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<AuthnRequest>,
) -> Result<Response, ApiError> {
    sign_in_gate::same_site(&state, &headers)?;
    resumed(&state, state_token(&request)?).await
}

/// Gives it up.
async fn cancel(
    State(state): State<WebState>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<AuthnRequest>,
) -> Result<Response, ApiError> {
    sign_in_gate::same_site(&state, &headers)?;
    let token = state_token(&request)?;
    if state_token::of_page(&state.services, token).is_some() || sign_in::cancel(&state.services, token).await? {
        Ok(answer::ok(&serde_json::json!({ "relayState": null })))
    } else {
        Err(ApiError::invalid_token())
    }
}

/// Chooses a new password where the old one expired, and signs in with it.
async fn change_password(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    JsonBody(request): JsonBody<AuthnRequest>,
) -> Result<Response, ApiError> {
    sign_in_gate::same_site(&state, &headers)?;
    let token = state_token(&request)?;
    sign_in_gate::check(&state, &origin, token)?;
    let (Some(old), Some(new)) = (&request.old_password, &request.new_password) else {
        return Err(usecases::Error::invalid("newPassword", "`oldPassword` and `newPassword` are both needed").into());
    };
    let user = sign_in::choose_password(&state.services, origin.clone(), token, old, new).await?;
    let user = user.ok_or_else(ApiError::invalid_token)?;
    let mut response = with_password(&state, origin, user.profile.login.as_str(), new).await?;
    session_cookie::device(&state, &headers, &mut response);
    Ok(response)
}
