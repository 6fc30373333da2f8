//! What holds for every request: its id and origin, time limit of its body, security headers, rate-limit headers, metrics.

use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use domain::{event::Origin, id::random_text};
use http::{HeaderMap, HeaderValue, Uri, header};
use ipnet::IpNet;

use crate::{
    auth::ClientOrigin,
    limit::{Standing, StandingSlot},
    slow_body,
    state::WebState,
};

/// Gives requests an id and an origin, answers the headers that every answer carries.
pub async fn guard(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = random_text(&*state.services.entropy, 22);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let ip = peer.map(|peer| client_address(peer, request.headers(), &state.options.trusted_proxies));
    let user_agent = header_text(request.headers(), header::USER_AGENT.as_str());
    request.extensions_mut().insert(ClientOrigin(Origin {
        ip: ip.map(|ip| ip.to_string()),
        user_agent,
        request_id: Some(request_id.clone()),
        session: None,
    }));
    let slot = StandingSlot::default();
    request.extensions_mut().insert(slot.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();

    let limited = slow_body::limit(&mut request, state.options.body_patience);

    let mut response = next.run(request).await;

    if let Some(limited) = limited {
        response = limited.answer(response);
    }
    count(method.as_str(), &route, response.status().as_u16(), started);
    let standing = response.extensions().get::<Standing>().copied().or_else(|| slot.standing());
    finish(response.headers_mut(), &request_id, standing, &state);
    response
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).chars().take(300).collect())
}

/// The right-most address in `X-Forwarded-For` that is not a trusted proxy; the peer itself when there is none. An entry
/// that cannot be read ends the walk: what is left of it may be forged.
fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    if !trusted(&peer) {
        return peer;
    }
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(str::trim)
        .collect();
    let mut nearest = peer;
    for entry in entries.into_iter().rev() {
        match forwarded(entry) {
            None => return nearest,
            Some(ip) if trusted(&ip) => nearest = ip,
            Some(ip) => return ip,
        }
    }
    nearest
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn count(method: &str, route: &str, status: u16, started: Instant) {
    // A method that somebody made up is no label of its own: labels live as long as the process.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = known.into_iter().find(|known| *known == method).unwrap_or("OTHER");
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("rolegate_http_requests_total", &labels).increment(1);
    metrics::histogram!("rolegate_http_request_duration_seconds", "route" => route.to_owned())
        .record(started.elapsed().as_secs_f64());
}

/// Headers of every answer. A page that needs another policy has set it already.
fn finish(headers: &mut HeaderMap, request_id: &str, standing: Option<Standing>, state: &WebState) {
    let mut set = |name: &'static str, value: &str| {
        if !headers.contains_key(name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set("x-okta-request-id", request_id);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    set("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if state.services.settings.public_url.is_https() {
        set("strict-transport-security", "max-age=31536000");
    }
    let limit = state.options.rate_limits.api_per_caller;
    let standing = standing.unwrap_or(Standing { limit, remaining: limit, refused_for: None });
    let reset = state.services.now().seconds() + standing.refused_for.map_or(60, |wait| wait.try_into().unwrap_or(60));
    set("x-rate-limit-limit", &standing.limit.to_string());
    set("x-rate-limit-remaining", &standing.remaining.to_string());
    set("x-rate-limit-reset", &reset.to_string());
}

/// `/api/v1/users/` is `/api/v1/users`.
pub async fn without_trailing_slash(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.len() > 1 && path.ends_with('/') {
        let trimmed = path.trim_end_matches('/');
        let trimmed = if trimmed.is_empty() { "/" } else { trimmed };
        let rewritten = match request.uri().query() {
            Some(query) => format!("{trimmed}?{query}"),
            None => trimmed.to_owned(),
        };
        if let Ok(uri) = rewritten.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whom we see behind `peer`, when these lines came along and the networks `10/8` and `fd00::/8` are proxies.
    fn seen(peer: &str, lines: &[&str]) -> String {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn through_several_proxies_the_client_is_the_last_that_is_none_of_them() {
        assert_eq!(seen("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["192.0.2.7, 10.0.0.3, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["192.0.2.7", "10.0.0.3,fd00::2"]), "192.0.2.7", "over several lines");
        assert_eq!(seen("fd00::1", &["[2001:db8::7]:4711, 10.0.0.2:80"]), "2001:db8::7");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "a client among the proxies");
    }

    #[test]
    fn what_a_client_writes_before_its_own_address_is_not_believed() {
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), "192.0.2.7", "no proxy");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, 192.0.2.7, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["10.9.9.9, 192.0.2.7, 10.0.0.2"]), "192.0.2.7", "one that says it is a proxy");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1", "192.0.2.7"]), "192.0.2.7");
        for rubbish in ["unknown", "", "_hidden", "192.0.2.300"] {
            let line = format!("198.51.100.1, {rubbish}, 10.0.0.2");
            assert_eq!(seen("10.0.0.1", &[&line]), "10.0.0.2", "{rubbish}: the walk ends there");
        }
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, é, 10.0.0.2"]), "10.0.0.1", "a line beyond ASCII is not read");
    }

    #[test]
    fn forwarded_addresses_are_read_with_and_without_ports_and_brackets() {
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(forwarded(text), "2001:db8::1".parse().ok(), "{text}");
        }
        assert_eq!(forwarded("192.0.2.1:4711"), "192.0.2.1".parse().ok());
        for text in ["", "unknown", "_hidden", "192.0.2.1:x", "[192.0.2.1"] {
            assert_eq!(forwarded(text), None, "{text}");
        }
    }
}
