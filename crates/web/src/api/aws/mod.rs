//! `/api/v1/apps/{id}/aws/…`: integration, test, accounts, roles, refresh, runs, and who may enter what.

mod integration;
mod knowledge;
mod mapping;
mod people;
mod role_groups;
mod runs;

use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};
use domain::{AccountId, AppId};
use serde::de::DeserializeOwned;

use crate::{error::ApiError, state::WebState};

/// All of it.
pub fn router() -> Router<WebState> {
    let base = "/api/v1/apps/{id}/aws";
    Router::new()
        .route(&format!("{base}/integration"), get(integration::read).put(integration::put))
        .route(&format!("{base}/test"), post(integration::test))
        .route(&format!("{base}/accounts"), get(knowledge::accounts))
        .route(&format!("{base}/accounts/{{account}}"), get(knowledge::account))
        .route(&format!("{base}/roles"), get(knowledge::roles))
        .route(&format!("{base}/entitlements"), get(people::entitlements))
        .route(&format!("{base}/explain"), get(people::explain))
        .route(&format!("{base}/preview"), get(people::preview))
        .route(&format!("{base}/mapping/test"), post(mapping::test))
        .route(&format!("{base}/refresh"), post(runs::refresh))
        .route(&format!("{base}/role-groups"), get(role_groups::status))
        .route(&format!("{base}/role-groups/diff"), post(role_groups::diff))
        .route(&format!("{base}/role-groups/push"), post(role_groups::push))
        .route(&format!("{base}/role-groups/export"), get(role_groups::export))
        .route(&format!("{base}/role-groups/import"), post(role_groups::import))
        .route(&format!("{base}/runs"), get(runs::list))
        .route(&format!("{base}/runs/{{run}}"), get(runs::one))
}

/// An app's id in a path; anything else is an app that does not exist.
fn app_id(text: &str) -> Result<AppId, ApiError> {
    AppId::parse(text).map_err(|_| usecases::Error::not_found("AppInstance", text).into())
}

fn account_id(text: &str) -> Result<AccountId, ApiError> {
    text.parse().map_err(|error: domain::ArnError| usecases::Error::invalid("account", error.to_string()).into())
}

/// A body that must be JSON of this shape.
fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::malformed(error.to_string()))
}

/// A body that may be left out.
fn optional_body<T: DeserializeOwned + Default>(bytes: &Bytes) -> Result<T, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { body(bytes) }
}
