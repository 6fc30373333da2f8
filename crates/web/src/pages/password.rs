//! Choosing a new password where the old one has expired, in the middle of a sign-in.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::post};
use domain::Secret;
use http::{HeaderMap, StatusCode};
use usecases::{Error, sign_in};

use crate::{
    auth::ClientOrigin,
    pages::{
        answer::{self, Policy},
        csrf, error_page,
        frame::Frame,
        params::{Fields, encode},
        signin::{self, SignInPage},
    },
    sign_in_gate,
    state::WebState,
};

/// `/signin/password`.
pub fn router() -> Router<WebState> {
    Router::new().route("/signin/password", post(submit))
}

/// Asks for a new password.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct NewPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// Where the person wanted to go.
    pub target: String,
    /// See [`csrf::before_sign_in`].
    pub csrf: String,
    /// Whose password; for password managers.
    pub username: String,
    /// Of the unfinished sign-in.
    pub state_token: String,
    /// Why the last attempt did not work.
    pub error: Option<String>,
}

impl NewPasswordPage {
    /// After a sign-in that cannot go on.
    pub fn new(state: &WebState, from: SignInPage, state_token: String) -> Self {
        let SignInPage { frame, target, csrf, username, .. } = from;
        let action = state.services.settings.public_url.join("/signin/password");
        Self { frame, action, target, csrf, username, state_token, error: None }
    }

    /// Answers it, and sets the cookie that its form is compared with.
    pub fn answer(&self, state: &WebState, status: StatusCode) -> Response {
        let own = state.services.settings.public_url.as_str().to_owned();
        let policy = Policy { form_targets: vec![own], nonce: None };
        let mut response = answer::page_with(status, self, &policy);
        csrf::remember(state, &self.csrf, &mut response);
        response
    }
}

async fn submit(
    State(state): State<WebState>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Response {
    if let Err(error) = sign_in_gate::same_site(&state, &headers) {
        return error_page::of(&state, &error);
    }
    if !csrf::is_of_browser(&state, &headers, &fields) {
        return error_page::stale_form(&state);
    }
    let field = |name: &str| fields.first(name).unwrap_or_default();
    if let Err(error) = sign_in_gate::check(&state, &origin, field("username")) {
        return error_page::of(&state, &error);
    }
    let mut from = SignInPage::new(&state, &headers, signin::target(&state, &fields));
    from.username = field("username").chars().take(320).collect();
    let mut page = NewPasswordPage::new(&state, from, field("stateToken").to_owned());
    if field("newPassword") != field("newPasswordAgain") {
        page.error = Some("The two new passwords are not the same.".to_owned());
        return page.answer(&state, StatusCode::OK);
    }
    let (old, new) = (Secret::from(field("oldPassword")), Secret::from(field("newPassword")));
    match sign_in::choose_password(&state.services, origin, &page.state_token, &old, &new).await {
        Ok(Some(_)) => answer::see_other(&format!("/signin?done=password&fromURI={}", encode(&page.target))),
        Ok(None) => error_page::stale_form(&state),
        Err(Error::Invalid { causes, .. }) => {
            page.error = Some(causes.join(" "));
            page.answer(&state, StatusCode::OK)
        }
        Err(Error::State(_)) => {
            page.error = Some("The current password is not right.".to_owned());
            page.answer(&state, StatusCode::OK)
        }
        Err(error) => error_page::failed(&state, error),
    }
}
