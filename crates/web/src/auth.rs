//! Who asks: an API token (`SSWS`), or the session cookie of a browser or client. Extractors for handlers.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use domain::event::Origin;
use http::{HeaderMap, Method, header, request::Parts};
use usecases::{Caller, sessions::LiveSession};

use crate::{cookie, error::ApiError, limit::StandingSlot, session_cookie, state::WebState};

/// Where a request came from; put into the request by [`crate::middleware::guard`].
#[derive(Debug, Clone, Default)]
pub struct ClientOrigin(pub Origin);

impl<S: Send + Sync> FromRequestParts<S> for ClientOrigin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// A signed-in person, by cookie. On unsafe methods the request must come from our own pages or from no browser at all.
pub struct SignedIn {
    /// For use cases.
    pub caller: Caller,
    /// The session and its user.
    pub live: LiveSession,
    /// The cookie's secret: the `id` in answers of the sessions API.
    pub secret: String,
}

impl FromRequestParts<WebState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, ApiError> {
        session_of(parts, state).await?.ok_or_else(ApiError::invalid_session)
    }
}

impl OptionalFromRequestParts<WebState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Option<Self>, ApiError> {
        session_of(parts, state).await
    }
}

async fn session_of(parts: &Parts, state: &WebState) -> Result<Option<SignedIn>, ApiError> {
    for secret in cookie::session_secrets(&parts.headers, session_cookie::transport(state)) {
        if let Some(live) = usecases::sessions::resume(&state.services, secret).await? {
            if !is_safe(&parts.method) && !comes_from_us(&parts.headers, state) {
                return Err(cross_site());
            }
            let mut origin = parts.extensions.get::<ClientOrigin>().cloned().unwrap_or_default().0;
            origin.session = Some(live.session.id.to_string());
            let caller = Caller::person(&live.user, origin);
            return Ok(Some(SignedIn { caller, live, secret: secret.to_owned() }));
        }
    }
    Ok(None)
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether an unsafe request with a cookie is our own page's: browsers send `Origin` or `Sec-Fetch-Site` with it and
/// cannot be made to lie; command-line clients send neither.
pub fn comes_from_us(headers: &HeaderMap, state: &WebState) -> bool {
    let own = state.services.settings.public_url.as_str();
    if let Some(origin) = headers.get(header::ORIGIN) {
        return origin.to_str().is_ok_and(|origin| origin.eq_ignore_ascii_case(own));
    }
    match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        None => true,
        Some(site) => site == "same-origin" || site == "none",
    }
}

/// E0000006: what another site's page is told.
pub fn cross_site() -> ApiError {
    ApiError::new(
        http::StatusCode::FORBIDDEN,
        "E0000006",
        "The request came from another site and was not carried out. Open Rolegate itself and try there.",
    )
}

/// A caller of the API: an API token, or a signed-in person. What it may do, the use case asks.
pub struct ApiCaller {
    /// For use cases.
    pub caller: Caller,
    /// The session, when it is a person's.
    pub live: Option<LiveSession>,
}

/// The token of `Authorization: SSWS …`; one SDK leaves the blank out.
fn ssws(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_at_checked(4)?;
    scheme.eq_ignore_ascii_case("ssws").then(|| rest.trim())
}

impl FromRequestParts<WebState> for ApiCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let found = if let Some(secret) = ssws(&parts.headers) {
            let origin = parts.extensions.get::<ClientOrigin>().cloned().unwrap_or_default().0;
            let caller = usecases::tokens::authenticate(&state.services, secret, origin)
                .await
                .map_err(|error| ApiError::from(error).into_response())?
                .ok_or_else(|| ApiError::invalid_token().into_response())?;
            Self { caller, live: None }
        } else {
            let signed_in = session_of(parts, state)
                .await
                .map_err(IntoResponse::into_response)?
                .ok_or_else(|| ApiError::invalid_token().into_response())?;
            Self { caller: signed_in.caller, live: Some(signed_in.live) }
        };
        let standing = state.limiters.api_per_caller.check(&found.caller.actor.id);
        if let Some(slot) = parts.extensions.get::<StandingSlot>() {
            slot.put(standing);
        }
        match standing.refused_for {
            Some(seconds) => Err(ApiError::too_many(seconds).into_response()),
            None => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_token_is_read_with_and_without_the_blank() {
        for value in ["SSWS abc", "SSWSabc", "ssws  abc"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(ssws(&headers), Some("abc"), "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert_eq!(ssws(&headers), None);
    }
}
