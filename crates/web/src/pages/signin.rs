//! The sign-in page. Who fails learns nothing about whether the login exists; where the person wanted to go survives.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use domain::{Secret, UserStatus};
use http::{HeaderMap, StatusCode};
use usecases::sign_in::{self, Notice, SignIn, Unfinished};

use crate::{
    auth::ClientOrigin,
    cookie,
    own_address::own_address,
    pages::{
        answer::{self, Policy},
        csrf, error_page,
        frame::Frame,
        params::{Fields, Params, Query},
        password::NewPasswordPage,
        visitor::Visitor,
        wording,
    },
    session_cookie, sign_in_gate,
    state::WebState,
};

/// `/signin`, and Okta's `/login/login.htm`.
pub fn router() -> Router<WebState> {
    Router::new().route("/signin", get(show).post(submit)).route("/login/login.htm", get(show))
}

/// The sign-in page. Its form is the last one on it and has an absolute address: clients that fill it in rely on both.
#[derive(Debug, Template)]
#[template(path = "signin.html")]
pub struct SignInPage {
    /// The frame.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// Where the person wanted to go; a page of ours.
    pub target: String,
    /// See [`csrf::before_sign_in`].
    pub csrf: String,
    /// What was typed before.
    pub username: String,
    /// Why the last attempt did not work.
    pub error: Option<String>,
    /// What went well.
    pub notice: Option<&'static str>,
    /// How long an account is locked after too many wrong passwords.
    pub lock: String,
    /// For clients: a state token, and the nonce of the script that holds it.
    pub state_token: Option<(String, String)>,
}

impl SignInPage {
    /// An empty one that leads on to `target`.
    pub fn new(state: &WebState, headers: &HeaderMap, target: String) -> Self {
        Self {
            frame: Frame::anonymous(state),
            action: state.services.settings.public_url.join("/signin"),
            target,
            csrf: csrf::before_sign_in(state, headers),
            username: String::new(),
            error: None,
            notice: None,
            lock: wording::duration(state.services.settings.lockout.seconds),
            state_token: None,
        }
    }

    /// Whether the way leads on to AWS.
    pub fn leads_to_aws(&self) -> bool {
        self.target.contains("/amazon_aws/")
    }

    /// Answers it, and sets the cookie that its form is compared with.
    pub fn answer(&self, state: &WebState, status: StatusCode) -> Response {
        let policy = Policy {
            form_targets: vec![state.services.settings.public_url.as_str().to_owned()],
            nonce: self.state_token.as_ref().map(|(_, nonce)| nonce.clone()),
        };
        let mut response = answer::page_with(status, self, &policy);
        csrf::remember(state, &self.csrf, &mut response);
        response
    }
}

/// Where a sign-in leads on to: `fromURI` if it is a page of ours, else the portal. Never back to a sign-in or sign-out.
pub fn target(state: &WebState, params: &Params) -> String {
    let asked = params.first("fromURI").and_then(|asked| own_address(&state.services.settings.public_url, asked));
    let own = state.services.settings.public_url.as_str();
    let path = asked.and_then(|url| url.strip_prefix(own).map(str::to_owned));
    let circles = |path: &String| ["/signin", "/signout", "/login/"].iter().any(|start| path.starts_with(start));
    path.filter(|path| !circles(path)).unwrap_or_else(|| "/".to_owned())
}

async fn show(
    State(state): State<WebState>,
    headers: HeaderMap,
    Query(query): Query,
    visitor: Option<Visitor>,
) -> Response {
    let target = target(&state, &query);
    if visitor.is_some() {
        return answer::see_other(&target);
    }
    let mut page = SignInPage::new(&state, &headers, target);
    page.notice = query.first("done").and_then(|done| match done {
        "signout" => Some("You are signed out."),
        "password" => Some("Your password is changed. Sign in with the new one."),
        _ => None,
    });
    page.answer(&state, StatusCode::OK)
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
    let target = target(&state, &fields);
    let login = fields.first("username").unwrap_or_default().trim();
    let mut page = SignInPage::new(&state, &headers, target.clone());
    page.username = login.chars().take(320).collect();
    if !csrf::is_of_browser(&state, &headers, &fields) {
        page.error =
            Some("This page was open too long, or your browser keeps no cookies. Please try again.".to_owned());
        return page.answer(&state, StatusCode::FORBIDDEN);
    }
    let standing = match sign_in_gate::check(&state, &origin, login) {
        Ok(standing) => standing,
        Err(error) => return error_page::of(&state, &error),
    };
    let password = Secret::from(fields.first("password").unwrap_or_default());
    let presented = cookie::session_secrets(&headers, session_cookie::transport(&state));
    let mut response = match sign_in::with_password(&state.services, origin, login, &password, &presented).await {
        Ok(SignIn::Done(started)) => {
            let mut response = answer::see_other(&target);
            session_cookie::begin(&state, started.secret.expose(), &mut response);
            response
        }
        Ok(SignIn::Refused) => refused(&state, page),
        Ok(SignIn::Told(notice)) => told(&state, page, notice),
        Ok(SignIn::Unfinished(unfinished)) => not_yet(&state, page, *unfinished),
        Err(error) => error_page::failed(&state, error),
    };
    response.extensions_mut().insert(standing);
    response.into_response()
}

/// The status is `200`, as other identity providers answer it: clients that fill in the form read the page, and take a
/// `401` for a broken server. Some look for exactly this sentence in `#input-error`, and would try for ever without it.
fn refused(state: &WebState, mut page: SignInPage) -> Response {
    page.error = Some("Invalid username or password.".to_owned());
    page.answer(state, StatusCode::OK)
}

/// Not let in, for a reason that may be told. Clients that fill in the form read the page, whatever is wrong with the person.
fn told(state: &WebState, mut page: SignInPage, notice: Notice) -> Response {
    page.error = Some(notice.words().to_owned());
    let status = if notice == Notice::DirectoryUnavailable { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    page.answer(state, status)
}

/// The password is right, but there is something to do first.
fn not_yet(state: &WebState, mut page: SignInPage, unfinished: Unfinished) -> Response {
    let chooses = matches!(unfinished.status, UserStatus::PasswordExpired | UserStatus::Recovery);
    if let (true, Some(token)) = (chooses, unfinished.state_token) {
        return NewPasswordPage::new(state, page, token.expose().clone()).answer(state, StatusCode::OK);
    }
    let who = "Your account is not active yet: ask your administrator to activate it, then sign in again.";
    page.error = Some(who.to_owned());
    page.answer(state, StatusCode::FORBIDDEN)
}
