//! Cookies of a sign-in: the session under the name that Okta's clients know and, on https, under the one that no other
//! host can set; and the device token that some clients insist on finding.

use axum::response::Response;
use domain::{Entropy, id::random_text};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    cookie::{self, Transport},
    state::WebState,
};

/// Whether cookies of this instance may be `Secure`.
pub fn transport(state: &WebState) -> Transport {
    if state.services.settings.public_url.is_https() { Transport::Https } else { Transport::Http }
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Begins a session in a browser or client: sets `sid`, and `__Host-sid` on https. Both, so that none is left over from
/// an earlier session.
pub fn begin(state: &WebState, secret: &str, response: &mut Response) {
    let transport = transport(state);
    append(response, cookie::set(cookie::SESSION, secret, transport));
    if transport == Transport::Https {
        append(response, cookie::set(cookie::SESSION_HOST, secret, transport));
    }
}

/// Ends it.
pub fn end(state: &WebState, response: &mut Response) {
    let transport = transport(state);
    append(response, cookie::clear(cookie::SESSION, transport));
    if transport == Transport::Https {
        append(response, cookie::clear(cookie::SESSION_HOST, transport));
    }
}

/// Sets exactly one device token: the request's own, unchanged, or a new one. It proves nothing.
pub fn device(state: &WebState, request: &HeaderMap, response: &mut Response) {
    let legal = |value: &&str| value.len() <= 200 && value.bytes().all(is_cookie_byte);
    let fresh = || random_text(entropy(state), 25);
    let value = cookie::values(request, cookie::DEVICE).find(legal).map_or_else(fresh, str::to_owned);
    append(response, cookie::set(cookie::DEVICE, &value, transport(state)));
}

fn entropy(state: &WebState) -> &dyn Entropy {
    &*state.services.entropy
}

/// RFC 6265 §4.1.1, `cookie-octet`.
fn is_cookie_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}
