//! What people see. Every page works without JavaScript; `static/` holds the one style sheet and the one script.

pub mod error_page;

use axum::Router;

use crate::state::WebState;

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
}
