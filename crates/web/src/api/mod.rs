//! `/api/v1`: Okta's management API as far as it goes, and our additions under `/api/v1/apps/{id}/aws/`.
//! One file for each endpoint family.

mod agents;
mod app_groups;
mod app_keys;
mod app_users;
mod apps;
mod authn;
mod aws;
mod directories;
mod directory_agents;
mod directory_imports;
mod group_rules;
mod groups;
mod logs;
mod me;
mod metadata;
mod sent;
mod sessions;
mod tokens;
mod users;
mod well_known;

use axum::Router;

use crate::state::WebState;

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .merge(agents::router())
        .merge(app_groups::router())
        .merge(app_keys::router())
        .merge(app_users::router())
        .merge(apps::router())
        .merge(authn::router())
        .merge(aws::router())
        .merge(directories::router())
        .merge(directory_agents::router())
        .merge(directory_imports::router())
        .merge(group_rules::router())
        .merge(groups::router())
        .merge(logs::router())
        .merge(me::router())
        .merge(metadata::router())
        .merge(sessions::router())
        .merge(tokens::router())
        .merge(users::router())
        .merge(well_known::router())
}
