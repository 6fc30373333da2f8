//! A JSON object that is read key by key, because what is unknown in it is kept. An empty body is an empty object: SDKs
//! send none where everything has a default.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The largest body: tens of thousands of role ARNs.
const LARGEST: usize = 4 * 1024 * 1024;

/// The object.
pub(super) struct SentObject(pub(super) Map<String, Value>);

/// A JSON list.
pub(super) struct SentList(pub(super) Vec<Value>);

impl<S: Send + Sync> FromRequest<S> for SentObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let bytes = body(request).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| ApiError::malformed(format!("a JSON object is expected: {error}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for SentList {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        serde_json::from_slice(&body(request).await?)
            .map(Self)
            .map_err(|error| ApiError::malformed(format!("a JSON list is expected: {error}")))
    }
}

/// The content type is not looked at: SDKs send `application/octet-stream`.
async fn body(request: Request) -> Result<Vec<u8>, ApiError> {
    to_bytes(request.into_body(), LARGEST).await.map(Into::into).map_err(|_| {
        let cause = format!("the body could not be read, or has more than {LARGEST} bytes");
        ApiError { status: StatusCode::PAYLOAD_TOO_LARGE, ..ApiError::malformed(cause) }
    })
}
