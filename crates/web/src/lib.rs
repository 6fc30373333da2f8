//! HTTP: the Okta-shaped API, our additions to it, and the pages. A handler reads the request, calls one use case and
//! writes the answer; it decides nothing and knows no store.

pub mod answer;
pub mod api;
pub mod auth;
pub mod body;
pub mod cookie;
pub mod error;
pub mod limit;
pub mod list;
pub mod middleware;
pub mod ops;
pub mod own_address;
pub mod pages;
pub mod search;
pub mod session_cookie;
pub mod sign_in_gate;
pub mod slow_body;
pub mod state;

use axum::{Router, middleware::from_fn, middleware::from_fn_with_state};

pub use state::{RateLimits, WebOptions, WebState};

/// Everything under one roof: API, pages, health and metrics.
pub fn router(state: WebState) -> Router {
    let inner = Router::new()
        .merge(api::router())
        .merge(pages::router())
        .merge(ops::router())
        .fallback(error::no_such_place)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state(state.clone(), middleware::guard))
        .with_state(state);
    // Clients of Okta send `/api/v1/users/` as well as `/api/v1/users`: the path is made one before it is routed.
    Router::new().fallback_service(inner).layer(from_fn(middleware::without_trailing_slash))
}
