//! The role picker: every role that the person can enter in an app, by account, with a search that works without a
//! script too.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use domain::AppId;
use http::StatusCode;
use usecases::entitlements::{self, AppRoles};

use crate::{
    auth::SignedIn,
    pages::{
        answer, error_page,
        frame::{Frame, Place},
        params::Query,
        portal,
        role_list::RoleList,
        role_search::RoleSearch,
        visitor::Visitor,
        wording,
    },
    state::WebState,
};

/// `/app/amazon_aws/{id}`.
pub fn router() -> Router<WebState> {
    Router::new().route("/app/amazon_aws/{id}", get(show))
}

/// The picker.
#[derive(Debug, Template)]
#[template(path = "picker.html")]
pub struct PickerPage {
    /// The frame.
    pub frame: Frame,
    /// The app's id.
    pub app: String,
    /// The app's name.
    pub label: String,
    /// What was searched for.
    pub q: String,
    /// What there is.
    pub list: RoleList,
    /// How old the knowledge is; empty when nothing was read yet.
    pub read: String,
    /// For a person without roles: why.
    pub nothing: Option<Nothing>,
}

/// Why there is no role to enter.
#[derive(Debug, Clone)]
pub struct Nothing {
    /// Whether the app is assigned to the person at all.
    pub assigned: bool,
    /// Whether the app is switched on.
    pub app_active: bool,
    /// The person's groups.
    pub groups: Vec<String>,
}

async fn show(
    State(state): State<WebState>,
    Path(id): Path<String>,
    Query(query): Query,
    Visitor(signed_in): Visitor,
) -> Response {
    let Ok(app) = AppId::parse(&id) else { return unknown_app(&state, &id) };
    match picker(&state, &signed_in, &app, query.first("q").unwrap_or_default()).await {
        Ok(page) => answer::page(StatusCode::OK, &page),
        Err(error) => error_page::failed(&state, error),
    }
}

/// The page of an app that is not there.
pub fn unknown_app(state: &WebState, id: &str) -> Response {
    error_page::failed(state, usecases::Error::not_found("AppInstance", id))
}

async fn picker(state: &WebState, signed_in: &SignedIn, app: &AppId, q: &str) -> Result<PickerPage, usecases::Error> {
    let has = entitlements::roles_of(&state.services, &signed_in.live, app).await?;
    let now = state.services.now();
    let q: String = q.chars().take(200).collect();
    let list = RoleList::of(has.app(), &has.access, &RoleSearch::parse(&q), now);
    let nothing = if list.roles() == 0 { Some(nothing(state, signed_in, &has).await?) } else { None };
    Ok(PickerPage {
        frame: Frame::of(state, signed_in, Place::Roles),
        app: has.app().id.to_string(),
        label: has.app().label.clone(),
        q,
        list,
        read: has.last_read().map_or_else(String::new, |time| wording::age(time, now)),
        nothing,
    })
}

async fn nothing(state: &WebState, signed_in: &SignedIn, has: &AppRoles) -> Result<Nothing, usecases::Error> {
    Ok(Nothing {
        assigned: has.access.assigned,
        app_active: has.app().is_active(),
        groups: portal::groups(state, signed_in).await?,
    })
}
