//! `/api/v1/api-tokens`: listed, read and revoked as in Okta; made here too, which Okta allows on a page only.

use api::token::{CreatedToken, Token, TokenRequest};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use domain::{TokenId, user::AdminRole};
use usecases::{
    Error,
    tokens::{self, NewToken},
};

use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, JsonBody},
    error::ApiError,
    list,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/api-tokens", get(all).post(create))
        .route("/api/v1/api-tokens/{id}", get(read).delete(revoke))
}

fn token_id(text: &str) -> Result<TokenId, ApiError> {
    TokenId::parse(text).map_err(|_| Error::not_found("ApiToken", text).into())
}

async fn all(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let origin = state.services.settings.public_url.as_str();
    let found = tokens::list(&state.services, &caller).await?;
    let body: Vec<_> = found.iter().map(|token| Token::new(token, origin)).collect();
    Ok(list::with_links(&state, "/api/v1/api-tokens", &raw.unwrap_or_default(), None, answer::ok(&body)))
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    JsonBody(sent): JsonBody<TokenRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let role = match sent.role {
        None => AdminRole::ReadOnlyAdmin,
        Some(text) => text.parse().map_err(|why: String| Error::invalid("role", why))?,
    };
    let new = NewToken { name: sent.name, role, expires: sent.expires_at };
    let made = tokens::create(&state.services, &caller, new).await?;
    let record = Token::new(&made.token, state.services.settings.public_url.as_str());
    Ok(answer::created(&CreatedToken { record, token: made.secret.expose().clone() }))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let token = tokens::read(&state.services, &caller, &token_id(&id)?).await?;
    Ok(answer::ok(&Token::new(&token, state.services.settings.public_url.as_str())))
}

async fn revoke(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    tokens::revoke(&state.services, &caller, &token_id(&id)?).await?;
    Ok(answer::no_content())
}
