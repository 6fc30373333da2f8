//! Reads and writes cookies. Reading is lenient: clients send `Cookie: sid` without a value, and `sid` twice.

use http::{HeaderMap, HeaderValue, header};

/// The session cookie as Okta's clients know it; its value is the `id` that `POST /api/v1/sessions` answers.
pub const SESSION: &str = "sid";
/// The session cookie on https for browsers: the prefix keeps other hosts from setting it.
pub const SESSION_HOST: &str = "__Host-sid";
/// The device token that some clients insist on finding.
pub const DEVICE: &str = "DT";

/// Every value of a cookie, in the order sent; empty ones left out.
pub fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.trim_matches('"'))
}

/// The session secrets a request carries, the safest first, at most four.
///
/// On https a browser's `sid` does not count: a sibling host could have planted it. Browsers give themselves away by
/// `Sec-Fetch-Site`; clients of the command line do not send it and know `sid` alone.
pub fn session_secrets(headers: &HeaderMap, transport: Transport) -> Vec<&str> {
    let counts = transport == Transport::Http || !headers.contains_key("sec-fetch-site");
    values(headers, SESSION_HOST).chain(values(headers, SESSION).filter(|_| counts)).take(4).collect()
}

/// Whether cookies may be `Secure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// The public URL is https.
    Https,
    /// It is http (loopback): a `Secure` cookie would never come back.
    Http,
}

/// `Set-Cookie` of a host-only, `HttpOnly`, `SameSite=Lax` cookie for this browser session.
pub fn set(name: &str, value: &str, transport: Transport) -> Option<HeaderValue> {
    let secure = if transport == Transport::Https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// `Set-Cookie` that removes a cookie.
pub fn clear(name: &str, transport: Transport) -> Option<HeaderValue> {
    let secure = if transport == Transport::Https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_without_value_and_one_sent_twice_do_no_harm() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("sid; DT=okta_a@b_saml2aws; sid=one"));
        headers.append(header::COOKIE, HeaderValue::from_static("sid=two; __Host-sid=zero"));
        assert_eq!(session_secrets(&headers, Transport::Https), ["zero", "one", "two"]);
        assert_eq!(values(&headers, DEVICE).collect::<Vec<_>>(), ["okta_a@b_saml2aws"]);
    }

    #[test]
    fn a_browsers_sid_does_not_count_on_https() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("sid=planted; __Host-sid=own"));
        headers.append("sec-fetch-site", HeaderValue::from_static("same-origin"));
        assert_eq!(session_secrets(&headers, Transport::Https), ["own"]);
        assert_eq!(session_secrets(&headers, Transport::Http), ["own", "planted"]);
    }
}
