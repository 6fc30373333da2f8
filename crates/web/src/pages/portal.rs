//! The portal: a tile for each app. Who has one app is taken to its roles at once.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::App;
use http::StatusCode;
use usecases::entitlements;

use crate::{
    auth::SignedIn,
    pages::{
        answer, error_page,
        frame::{Frame, Place},
        visitor::Visitor,
        wording,
    },
    state::WebState,
};

/// `/`, and Okta's `/app/UserHome`.
pub fn router() -> Router<WebState> {
    Router::new().route("/", get(show)).route("/app/UserHome", get(show))
}

/// One app.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its page.
    pub address: String,
    /// Its name.
    pub label: String,
    /// `12 roles in 3 accounts`.
    pub summary: String,
}

/// All apps, or why there are none.
#[derive(Debug, Template)]
#[template(path = "portal.html")]
pub struct PortalPage {
    /// The frame.
    pub frame: Frame,
    /// By label.
    pub tiles: Vec<Tile>,
    /// The person's groups, for the page that has nothing else to show.
    pub groups: Vec<String>,
}

async fn show(State(state): State<WebState>, Visitor(signed_in): Visitor) -> Response {
    match portal(&state, &signed_in).await {
        Ok(response) => response,
        Err(error) => error_page::failed(&state, error),
    }
}

async fn portal(state: &WebState, signed_in: &SignedIn) -> Result<Response, usecases::Error> {
    let user = &signed_in.live.user.id;
    let apps = entitlements::apps_of(&state.services, &signed_in.caller, user).await?;
    let shown: Vec<&App> = apps.iter().filter(|app| !is_hidden(app)).collect();
    if let [only] = shown.as_slice() {
        return Ok(answer::see_other(&address(only)));
    }
    let mut tiles = Vec::new();
    for app in shown {
        tiles.push(tile(state, signed_in, app).await?);
    }
    let groups = if tiles.is_empty() { groups(state, signed_in).await? } else { Vec::new() };
    let page = PortalPage { frame: Frame::of(state, signed_in, Place::Roles), tiles, groups };
    Ok(answer::page(StatusCode::OK, &page))
}

/// The names of the person's groups.
///
/// # Errors
/// As the use case.
pub async fn groups(state: &WebState, signed_in: &SignedIn) -> Result<Vec<String>, usecases::Error> {
    let user = &signed_in.live.user.id;
    let groups = usecases::manage_users::groups(&state.services, &signed_in.caller, user).await?;
    Ok(groups.into_iter().map(|group| group.name).collect())
}

async fn tile(state: &WebState, signed_in: &SignedIn, app: &App) -> Result<Tile, usecases::Error> {
    let has = entitlements::roles_of(&state.services, &signed_in.live, &app.id).await?;
    let mut accounts: Vec<_> =
        has.access.launchable().map(|role| (role.role.partition(), role.role.account())).collect();
    let roles = accounts.len();
    accounts.dedup();
    let summary = match roles {
        0 => "No roles yet".to_owned(),
        _ => format!("{} in {}", wording::counted(roles, "role"), wording::counted(accounts.len(), "account")),
    };
    Ok(Tile { address: address(app), label: app.label.clone(), summary })
}

fn address(app: &App) -> String {
    format!("/app/amazon_aws/{}", app.id)
}

/// `visibility.hide.web`: the administrator keeps it out of the portal; its links work all the same.
fn is_hidden(app: &App) -> bool {
    let hide = app.document.get("visibility").and_then(|visibility| visibility.get("hide"));
    hide.and_then(|hide| hide.get("web")).and_then(serde_json::Value::as_bool).unwrap_or(false)
}
