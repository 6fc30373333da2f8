//! `/api/v1`: Okta's management API as far as it goes, and our additions under `/api/v1/apps/{id}/aws/`.
//! One file for each endpoint family.

mod authn;
mod aws;
mod me;
mod sessions;

use axum::Router;

use crate::state::WebState;

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new().merge(sessions::router()).merge(me::router()).merge(authn::router()).merge(aws::router())
}
