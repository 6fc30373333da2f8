//! A person's own sessions: where they are signed in, and how to end that.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use domain::{Session, SessionId, Timestamp};
use http::StatusCode;
use usecases::sessions;

use crate::{
    pages::{
        answer, browser, csrf, error_page,
        frame::{Frame, Place},
        params::{Fields, Query},
        visitor::Visitor,
        wording,
    },
    state::WebState,
};

/// `/sessions` and what can be done there.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/sessions", get(show))
        .route("/sessions/end", post(end))
        .route("/sessions/end-others", post(end_others))
}

/// One session as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// Public id.
    pub id: String,
    /// `Firefox on Windows`.
    pub browser: String,
    /// Address at sign-in.
    pub address: String,
    /// Age and point in time of the sign-in.
    pub started: (String, String),
    /// Age and point in time of the last use.
    pub used: (String, String),
    /// When it ends if it is not used.
    pub ends: (String, String),
    /// Whether it is the one that the page is looked at with.
    pub is_this: bool,
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub frame: Frame,
    /// This one first, then newest first.
    pub rows: Vec<Row>,
    /// What was just done.
    pub notice: Option<String>,
}

impl SessionsPage {
    /// How many there are beside this one.
    pub fn others(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_this).count()
    }
}

async fn show(State(state): State<WebState>, Visitor(signed_in): Visitor, Query(query): Query) -> Response {
    let user = &signed_in.live.user.id;
    let mut found = match sessions::list_own(&state.services, &signed_in.caller, user).await {
        Ok(found) => found,
        Err(error) => return error_page::failed(&state, error),
    };
    let this = &signed_in.live.session.id;
    found.sort_by_key(|session| session.id != *this);
    let now = state.services.now();
    let notice = query.first("ended").and_then(|number| number.parse::<u32>().ok()).map(|number| match number {
        0 => "There was no other session.".to_owned(),
        1 => "One session was ended.".to_owned(),
        number => format!("{number} sessions were ended."),
    });
    let page = SessionsPage {
        frame: Frame::of(&state, &signed_in, Place::Sessions),
        rows: found.iter().map(|session| row(session, this, now)).collect(),
        notice,
    };
    answer::page(StatusCode::OK, &page)
}

fn row(session: &Session, this: &SessionId, now: Timestamp) -> Row {
    let ago = |time: Timestamp| (wording::age(time, now), wording::point_in_time(time));
    Row {
        id: session.id.to_string(),
        browser: browser::describe(&session.user_agent),
        address: session.ip.clone().unwrap_or_else(|| "unknown address".to_owned()),
        started: ago(session.created),
        used: ago(session.last_used),
        ends: (wording::ahead(session.ends(), now), wording::point_in_time(session.ends())),
        is_this: session.id == *this,
    }
}

async fn end(State(state): State<WebState>, Visitor(signed_in): Visitor, Fields(fields): Fields) -> Response {
    if !csrf::is_of_session(&state, &signed_in.secret, &fields) {
        return error_page::stale_form(&state);
    }
    let Ok(id) = SessionId::parse(fields.first("session").unwrap_or_default()) else {
        return error_page::not_found();
    };
    ended(&state, sessions::end(&state.services, &signed_in.caller, &signed_in.live.user.id, &id).await.map(|()| 1))
}

async fn end_others(State(state): State<WebState>, Visitor(signed_in): Visitor, Fields(fields): Fields) -> Response {
    if !csrf::is_of_session(&state, &signed_in.secret, &fields) {
        return error_page::stale_form(&state);
    }
    ended(&state, sessions::end_others(&state.services, &signed_in.caller, &signed_in.live).await)
}

/// One that has ended by itself meanwhile is as good as ended.
fn ended(state: &WebState, result: Result<u32, usecases::Error>) -> Response {
    match result {
        Ok(number) => answer::see_other(&format!("/sessions?ended={number}")),
        Err(usecases::Error::NotFound { .. }) => answer::see_other("/sessions?ended=1"),
        Err(error) => error_page::failed(state, error),
    }
}
