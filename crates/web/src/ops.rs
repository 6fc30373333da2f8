//! For whoever runs the server: alive, ready, metrics.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header};

use crate::{answer, state::WebState};

/// `/healthz`, `/readyz`, `/metrics`.
pub fn router() -> Router<WebState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers.
async fn healthz(State(state): State<WebState>) -> Response {
    answer::ok(&serde_json::json!({ "status": "ok", "version": state.options.version }))
}

/// The database answers too: people can sign in.
async fn readyz(State(state): State<WebState>) -> Response {
    match state.services.store.ping().await {
        Ok(()) => answer::ok(&serde_json::json!({ "status": "ready" })),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            let body = serde_json::json!({ "status": "unavailable", "reason": "the database does not answer" });
            answer::json(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    }
}

/// Prometheus text. Holds no names and no secrets; keep it from the public network all the same.
async fn metrics(State(state): State<WebState>) -> Response {
    match &state.options.metrics {
        Some(handle) => {
            let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            ([(header::CONTENT_TYPE, content_type)], handle.render()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
