//! The second guard of every form, beside the check of where it came from: a token that only our own pages hold.
//!
//! Signed in, it follows from the session's secret and is stored nowhere. Before that it is a random cookie that the form
//! repeats; on https its name lets no other host set it.

use axum::response::Response;
use domain::Secret;
use http::{HeaderMap, header};

use crate::{
    cookie::{self, Transport},
    pages::params::Params,
    state::WebState,
};

/// The field's name in every form.
pub const FIELD: &str = "csrf";
const COOKIE: &str = "csrf";
const COOKIE_HOST: &str = "__Host-csrf";

/// The token of a session's forms.
pub fn of_session(state: &WebState, session_secret: &str) -> String {
    use std::fmt::Write as _;
    let hash = state.services.keys.secret_hash(&format!("csrf:{session_secret}"));
    hash.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a `String` does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a form that was posted holds the token of this session.
pub fn is_of_session(state: &WebState, session_secret: &str, fields: &Params) -> bool {
    same(fields, &of_session(state, session_secret))
}

/// The token of a form before sign-in: the browser's own, or a new one that [`remember`] has to set.
pub fn before_sign_in(state: &WebState, headers: &HeaderMap) -> String {
    of_cookie(state, headers).map_or_else(|| state.services.random_secret(), str::to_owned)
}

/// Sets the cookie that a form before sign-in is compared with.
pub fn remember(state: &WebState, token: &str, response: &mut Response) {
    let (name, transport) = place(state);
    if let Some(value) = cookie::set(name, token, transport) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Whether a form that was posted before sign-in repeats the browser's cookie.
pub fn is_of_browser(state: &WebState, headers: &HeaderMap, fields: &Params) -> bool {
    of_cookie(state, headers).is_some_and(|token| same(fields, token))
}

fn same(fields: &Params, token: &str) -> bool {
    fields.first(FIELD).is_some_and(|field| Secret::from(field).same_as(token.as_bytes()))
}

fn of_cookie<'a>(state: &WebState, headers: &'a HeaderMap) -> Option<&'a str> {
    let legal = |value: &&str| value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    cookie::values(headers, place(state).0).find(legal)
}

fn place(state: &WebState) -> (&'static str, Transport) {
    if state.services.settings.public_url.is_https() {
        (COOKIE_HOST, Transport::Https)
    } else {
        (COOKIE, Transport::Http)
    }
}
