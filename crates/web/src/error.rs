//! Turns errors into Okta's error object, with Okta's codes: clients branch on `errorCode` and show `errorSummary`.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use usecases::error::{Error, StateError};

use crate::answer;

/// An error of the API.
#[derive(Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// `E0000007`.
    pub code: &'static str,
    /// One sentence.
    pub summary: String,
    /// One sentence for each mistake.
    pub causes: Vec<String>,
    /// Seconds to wait, for `429` and `503`.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// Any error without causes.
    pub fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new(), retry_after: None }
    }

    /// E0000003: the body is not JSON, or not of the shape that is expected; says where.
    pub fn malformed(cause: impl Into<String>) -> Self {
        Self {
            causes: vec![cause.into()],
            ..Self::new(StatusCode::BAD_REQUEST, "E0000003", "The request body was not well-formed.")
        }
    }

    /// E0000004: wrong user name or password; the same for every reason.
    pub fn authentication_failed() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E0000004", "Authentication failed")
    }

    /// E0000005: no session, or one that ended.
    pub fn invalid_session() -> Self {
        Self::new(StatusCode::FORBIDDEN, "E0000005", "Invalid session")
    }

    /// E0000011: no token, or one that is not (any more) valid.
    pub fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
    }

    /// E0000047: too many requests.
    pub fn too_many(seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "E0000047",
                "API call exceeded rate limit due to too many requests.",
            )
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { kind, id } => {
                Self::new(StatusCode::NOT_FOUND, "E0000007", format!("Not found: Resource not found: {id} ({kind})"))
            }
            Error::Invalid { field, causes } => Self {
                causes: causes.into_iter().map(|cause| format!("{field}: {cause}")).collect(),
                ..Self::new(StatusCode::BAD_REQUEST, "E0000001", format!("Api validation failed: {field}"))
            },
            Error::Fields(mistakes) => {
                let field = mistakes.first().map_or("body", |mistake| mistake.field.as_str());
                let summary = format!("Api validation failed: {field}");
                Self {
                    causes: mistakes.iter().map(ToString::to_string).collect(),
                    ..Self::new(StatusCode::BAD_REQUEST, "E0000001", summary)
                }
            }
            Error::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "E0000006",
                "You do not have permission to perform the requested action",
            ),
            Error::State(state) => of_state(&state),
            Error::Store(error) => unavailable(&error),
            Error::Keys(error) => unavailable(&error),
            Error::Internal(message) => {
                tracing::error!(%message, "internal error");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "E0000009", "Internal Server Error")
            }
        }
    }
}

fn of_state(state: &StateError) -> ApiError {
    let code = match state {
        StateError::UserStatus(_) => "E0000038",
        StateError::AlreadyActive => {
            return ApiError {
                causes: vec!["it is active already".to_owned()],
                ..ApiError::new(
                    StatusCode::FORBIDDEN,
                    "E0000016",
                    "Activation failed because the user is already active",
                )
            };
        }
        StateError::NotNow(_) => "E0000079",
        StateError::Credentials(_) => "E0000014",
    };
    let summary = match code {
        "E0000038" => "This operation is not allowed in the user's current status.",
        "E0000014" => "Update of credentials failed",
        _ => "This operation is not allowed in the current state.",
    };
    ApiError { causes: vec![state.to_string()], ..ApiError::new(StatusCode::FORBIDDEN, code, summary) }
}

fn unavailable(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "a part that the request needs is not available");
    ApiError {
        retry_after: Some(2),
        ..ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "E0000010",
            "Service is in read only mode or not available: nothing was changed. Try again; the server's log says why.",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let id = uuid_like();
        let causes: Vec<_> = self.causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let body = json!({
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": id,
            "errorCauses": causes,
        });
        let mut response = answer::json(self.status, &body);
        if let Some(seconds) = self.retry_after
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// `oae…`: an id for the reader to quote; unique within the process, it opens nothing.
fn uuid_like() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let spread = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(std::process::id());
    format!("oae{spread:016x}{:01x}", count % 16)
}

/// Whether an error at this path is told as JSON; elsewhere it is a page.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/oauth2/")
}

/// Nothing is served here: JSON under `/api` and `/oauth2`, a page elsewhere.
pub async fn no_such_place(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    if is_api(&path) {
        ApiError::new(StatusCode::NOT_FOUND, "E0000007", format!("Not found: Resource not found: {path} (Endpoint)"))
            .into_response()
    } else {
        crate::pages::error_page::not_found().into_response()
    }
}

/// Something is served here, but not with this method.
pub async fn no_such_method(request: Request) -> Response {
    if is_api(request.uri().path()) {
        ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "E0000022",
            "The endpoint does not support the provided HTTP method",
        )
        .into_response()
    } else {
        crate::pages::error_page::method_not_allowed().into_response()
    }
}
