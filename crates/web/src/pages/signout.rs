//! Signing out. A link asks first, so that no other page can sign anybody out; Okta's own address does it at once where
//! no other site led there.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use http::{HeaderMap, StatusCode};

use crate::{
    auth::SignedIn,
    pages::{
        answer, csrf, error_page,
        frame::{Frame, Place},
        params::{Fields, Query},
        signin,
        visitor::Visitor,
    },
    session_cookie,
    state::WebState,
};

/// `/signout`, and Okta's `/login/signout`.
pub fn router() -> Router<WebState> {
    Router::new().route("/signout", get(ask).post(submit)).route("/login/signout", get(okta).post(submit))
}

/// Asks.
#[derive(Debug, Template)]
#[template(path = "signout.html")]
pub struct SignOutPage {
    /// The frame.
    pub frame: Frame,
}

async fn ask(State(state): State<WebState>, visitor: Option<Visitor>) -> Response {
    match visitor {
        Some(Visitor(signed_in)) => {
            answer::page(StatusCode::OK, &SignOutPage { frame: Frame::of(&state, &signed_in, Place::Elsewhere) })
        }
        None => signed_out(&state, "/"),
    }
}

async fn okta(
    State(state): State<WebState>,
    headers: HeaderMap,
    Query(query): Query,
    visitor: Option<Visitor>,
) -> Response {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    match visitor {
        Some(visitor) if !matches!(site, None | Some("none" | "same-origin")) => ask(State(state), Some(visitor)).await,
        Some(Visitor(signed_in)) => end(&state, &signed_in, &signin::target(&state, &query)).await,
        None => signed_out(&state, &signin::target(&state, &query)),
    }
}

async fn submit(State(state): State<WebState>, visitor: Option<Visitor>, Fields(fields): Fields) -> Response {
    match visitor {
        None => signed_out(&state, "/"),
        Some(Visitor(signed_in)) if csrf::is_of_session(&state, &signed_in.secret, &fields) => {
            end(&state, &signed_in, "/").await
        }
        Some(_) => error_page::stale_form(&state),
    }
}

async fn end(state: &WebState, signed_in: &SignedIn, target: &str) -> Response {
    match usecases::sessions::sign_out(&state.services, &signed_in.caller, &signed_in.live).await {
        Ok(()) => signed_out(state, target),
        Err(error) => error_page::failed(state, error),
    }
}

fn signed_out(state: &WebState, target: &str) -> Response {
    let mut response = answer::see_other(if target == "/" { "/signin?done=signout" } else { target });
    session_cookie::end(state, &mut response);
    response
}
