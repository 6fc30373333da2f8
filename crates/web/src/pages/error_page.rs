//! Error pages. (Plain for now: the template replaces the text.)

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// No such page.
pub fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not found").into_response()
}

/// Not with this method.
pub fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, "method not allowed").into_response()
}
