//! The one reading of a URL that both the relay state and the ACS URL go through.
//!
//! Deliberately narrower than a browser's: what a browser would repair (back slashes, blanks, line breaks, user names,
//! numbers for hosts) is refused, so that a browser can never go elsewhere than what was checked here.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a text is not an address that we send anybody to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebAddressError {
    /// Not `https://` or `http://`.
    #[error("it does not begin with `https://`")]
    Scheme,
    /// `http` to another machine.
    #[error("`http` is allowed to this machine alone (`localhost`, `127.0.0.1`, `[::1]`)")]
    Insecure,
    /// Blanks, controls, back slashes, quotes, or characters beyond ASCII.
    #[error("it holds a blank, a control character, a back slash, a quote, or a character beyond ASCII")]
    Character,
    /// `user:password@host`.
    #[error("it holds a user name or password before the host")]
    UserInfo,
    /// Not a host name or address.
    #[error("its host is not a plain name or address")]
    Host,
    /// Not a port.
    #[error("its port is not a number from 1 to 65535")]
    Port,
}

/// A checked `https` URL; `http` for this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress {
    scheme: &'static str,
    host: String,
    port: u16,
}

impl WebAddress {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, WebAddressError> {
        let clean = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`');
        if !text.bytes().all(clean) {
            return Err(WebAddressError::Character);
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
            _ => return Err(WebAddressError::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(WebAddressError::UserInfo);
        }
        let (host, port) = split_port(authority);
        let default_port = if scheme == "https" { 443 } else { 80 };
        let port = match port {
            None => default_port,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0).ok_or(WebAddressError::Port)?
            }
            Some(_) => return Err(WebAddressError::Port),
        };
        let host = host.to_ascii_lowercase();
        if !is_host(&host) {
            return Err(WebAddressError::Host);
        }
        let address = Self { scheme, host, port };
        if scheme == "http" && !address.is_this_machine() {
            return Err(WebAddressError::Insecure);
        }
        Ok(address)
    }

    /// The host in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is `name` or ends in `.{name}`.
    pub fn is_within(&self, name: &str) -> bool {
        self.host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether both have the same scheme, host and port (RFC 6454).
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether it leads to this machine.
    pub fn is_this_machine(&self) -> bool {
        self.host == "localhost"
            || self.host == "[::1]"
            || self.host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// A name of labels, a dotted IPv4 address, or an IPv6 address in brackets. A name whose last label begins with a digit
/// would be read as a number by browsers (`127.1`, `0x7f000001`) and is none.
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_number =
        host.rsplit('.').next().is_some_and(|label| label.starts_with(|first: char| first.is_ascii_digit()));
    host.len() <= 253 && host.split('.').all(is_label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_repair_is_refused() {
        for (text, error) in [
            ("javascript:alert(1)", WebAddressError::Scheme),
            ("//console.aws.amazon.com/", WebAddressError::Scheme),
            ("https:/console.aws.amazon.com/", WebAddressError::Scheme),
            ("ftp://console.aws.amazon.com/", WebAddressError::Scheme),
            (" https://console.aws.amazon.com/", WebAddressError::Character),
            ("https://console.aws.amazon.com\\@evil.example/", WebAddressError::Character),
            ("https://console.aws.amazon.com/\n", WebAddressError::Character),
            ("https://cönsole.aws.amazon.com/", WebAddressError::Character),
            ("https://console.aws.amazon.com@evil.example/", WebAddressError::UserInfo),
            ("https://", WebAddressError::Host),
            ("https:///console.aws.amazon.com", WebAddressError::Host),
            ("https://console..aws.amazon.com/", WebAddressError::Host),
            ("https://console.aws.amazon.com./", WebAddressError::Host),
            ("https://console%2eaws.amazon.com/", WebAddressError::Host),
            ("https://127.1/", WebAddressError::Host),
            ("https://0x7f000001/", WebAddressError::Host),
            ("https://[::1/", WebAddressError::Host),
            ("https://a.example:0/", WebAddressError::Port),
            ("https://a.example:65536/", WebAddressError::Port),
            ("https://a.example:+1/", WebAddressError::Port),
            ("https://a.example:/", WebAddressError::Port),
            ("http://console.aws.amazon.com/", WebAddressError::Insecure),
            ("http://localhost.evil.example/", WebAddressError::Insecure),
        ] {
            assert_eq!(WebAddress::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn addresses_that_people_use_are_read() {
        for text in ["https://console.aws.amazon.com/ec2/home?region=eu-west-1#x@y", "http://127.0.0.1:4566/saml"] {
            assert!(WebAddress::parse(text).is_ok(), "{text}");
        }
        let address = WebAddress::parse("HTTPS://Eu-West-1.Console.aws.amazon.com:443?a").unwrap();
        assert!(address.is_within("console.aws.amazon.com"));
        assert!(!WebAddress::parse("https://notconsole.aws.amazon.com").unwrap().is_within("console.aws.amazon.com"));
        assert!(address.has_origin_of(&WebAddress::parse("https://eu-west-1.console.aws.amazon.com/").unwrap()));
        assert!(WebAddress::parse("http://[::1]:8080/").unwrap().is_this_machine());
    }
}
