//! What comes with a request: JSON bodies and query strings, read leniently, with mistakes named in Okta's words.
//!
//! The content type is not looked at: clients of Okta send `application/octet-stream`, and cross-site forms are stopped
//! by the origin check. Keys that nobody knows are ignored.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The largest body: 1 MiB.
pub const LARGEST: usize = 1024 * 1024;

/// A JSON body.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        read(&whole(request.into_body(), LARGEST).await?).map(Self)
    }
}

/// A JSON body that may be left out; blanks and `null` are as good as nothing.
pub struct OptionalJsonBody<T>(pub Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let bytes = whole(request.into_body(), LARGEST).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) { Ok(Self(None)) } else { read(&bytes).map(Self) }
    }
}

/// A body of at most so many bytes.
///
/// # Errors
/// `413` for a larger one.
pub async fn whole(body: Body, largest: usize) -> Result<Bytes, ApiError> {
    to_bytes(body, largest).await.map_err(|_| {
        let cause = format!("the body could not be read, or has more than {largest} bytes");
        ApiError { status: StatusCode::PAYLOAD_TOO_LARGE, ..ApiError::malformed(cause) }
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        // serde repeats the value that it did not like; a secret is not repeated.
        let why = if names_a_secret(&path) {
            "invalid type: expected a string".to_owned()
        } else {
            error.into_inner().to_string()
        };
        ApiError::malformed(if path == "." || path == "?" { why } else { format!("{path}: {why}") })
    })?;
    reader.end().map_err(|error| ApiError::malformed(error.to_string()))?;
    Ok(value)
}

fn names_a_secret(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["password", "secret", "token", "credentials", "answer", "passcode"].iter().any(|word| path.contains(word))
}

/// The query string. A key given twice, or a value of the wrong kind, is the client's mistake and named.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| usecases::Error::invalid("query", error.body_text()).into())
    }
}

/// `true` or `false` of a query, in any case: one client writes `True`.
///
/// # Errors
/// For anything else.
pub fn flag(name: &str, value: Option<&str>, default: bool) -> Result<bool, ApiError> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(usecases::Error::invalid(name, format!("`{other}` is neither `true` nor `false`")).into()),
    }
}

/// The variable parts of the path. What cannot be read is the path of nothing.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::from(usecases::Error::not_found("Endpoint", parts.uri.path())))?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::group::GroupRequest;

    fn cause(body: &[u8]) -> String {
        let error = read::<GroupRequest>(body).unwrap_err();
        assert_eq!((error.status, error.code), (StatusCode::BAD_REQUEST, "E0000003"));
        error.causes.concat()
    }

    #[test]
    fn a_wrong_type_is_named_with_its_path() {
        assert!(cause(br#"{"profile":{"name":5}}"#).starts_with("profile.name: invalid type: integer `5`"));
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_repeated() {
        let error = read::<api::authn::AuthnRequest>(br#"{"password":12345678}"#);
        assert!(error.is_err_and(|error| !error.causes.concat().contains("12345678")));
    }

    #[test]
    fn what_is_no_json_says_so() {
        assert!(!cause(b"").is_empty());
        assert!(!cause(b"{\"profile\":{\"name\":\"\xff\"}}").is_empty());
        assert!(!cause(br#"{"profile":{"name":"x"}} more"#).is_empty());
        assert!(!cause("[".repeat(100_000).as_bytes()).is_empty());
    }

    #[test]
    fn unknown_keys_are_ignored() {
        assert_eq!(read::<GroupRequest>(br#"{"a":1,"profile":{"name":"x","b":2}}"#).unwrap().profile.name, "x");
    }
}
