//! SAML metadata of an app, for AWS and for people. It holds public things only, so its public address needs no token.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::apps::app_id;
use crate::{
    auth::ApiCaller,
    body::{ApiPath, ApiQuery},
    error::ApiError,
    state::WebState,
};

/// The media type that SAML registers; clients of Okta ask for plain XML.
const SAML_METADATA: &str = "application/samlmetadata+xml";

/// Public addresses (the shorter one is the app's entity id), and the one of the API.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/app/{id}", get(public))
        .route("/app/{id}/sso/saml/metadata", get(public))
        .route("/api/v1/apps/{id}/sso/saml/metadata", get(with_token))
}

#[derive(Deserialize)]
struct MetadataQuery {
    kid: Option<String>,
}

async fn public(
    State(state): State<WebState>,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<MetadataQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    document(&state, &id, query.kid.as_deref(), &headers).await
}

async fn with_token(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<MetadataQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    document(&state, &id, query.kid.as_deref(), &headers).await
}

async fn document(state: &WebState, id: &str, kid: Option<&str>, headers: &HeaderMap) -> Result<Response, ApiError> {
    let document = usecases::metadata::of_app(&state.services, &app_id(id)?, kid.filter(|kid| !kid.is_empty())).await?;
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = if text(header::ACCEPT).contains(SAML_METADATA) { SAML_METADATA } else { "application/xml" };
    let mut response = if text(header::IF_NONE_MATCH).split(',').any(|known| known.trim() == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = document.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    };
    let answered = response.headers_mut();
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answered.insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    Ok(response)
}
