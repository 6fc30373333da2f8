//! `appLinks`: what a person can launch, for the portal's tiles and for command-line clients.

use api::app_link::AppLink;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use domain::User;
use usecases::{Caller, entitlements, manage_users};

use crate::{answer, auth::ApiCaller, error::ApiError, state::WebState};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new().route("/api/v1/users/{id}/appLinks", get(app_links))
}

/// The user that a path names: `me`, an id, or a login.
pub(super) async fn user_of(state: &WebState, caller: &Caller, id: &str) -> Result<User, ApiError> {
    let reference = match &caller.user {
        Some(user) if id == "me" => user.as_str(),
        _ => id,
    };
    Ok(manage_users::find(&state.services, caller, reference).await?)
}

/// The person's apps by label.
async fn app_links(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let user = user_of(&state, &caller, &id).await?;
    let apps = entitlements::apps_of(&state.services, &caller, &user.id).await?;
    let base = state.services.settings.public_url.as_str();
    let links = apps.iter().enumerate().map(|(place, app)| AppLink::new(app, &user.id, place, base));
    Ok(answer::ok(&links.collect::<Vec<_>>()))
}
