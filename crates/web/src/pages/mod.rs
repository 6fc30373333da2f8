//! What people see. A page is a template in `templates/` with a value of its own type; everything works as plain forms
//! and links, the one script in `static/` only makes it quicker.
//!
//! Okta's addresses are kept where clients and bookmarks know them: `/app/UserHome`, `/home/amazon_aws/{id}/{n}`,
//! `/app/amazon_aws/{id}/sso/saml`, `/login/signout`.

pub mod answer;
pub mod assets;
pub mod browser;
pub mod csrf;
pub mod embed;
pub mod error_page;
pub mod frame;
pub mod launch;
pub mod near;
pub mod params;
pub mod password;
pub mod picker;
pub mod portal;
pub mod refusal;
pub mod role_list;
pub mod role_search;
#[cfg(test)]
mod samples;
pub mod sentence;
pub mod sessions;
pub mod signin;
pub mod signout;
pub mod visitor;
pub mod wording;

use axum::Router;

use crate::state::WebState;

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .merge(assets::router())
        .merge(signin::router())
        .merge(password::router())
        .merge(signout::router())
        .merge(portal::router())
        .merge(picker::router())
        .merge(launch::router())
        .merge(embed::router())
        .merge(sessions::router())
}
