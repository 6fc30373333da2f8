//! The address of a directory server, and the rule that nothing crosses a network in plain text.

use std::{fmt, net::IpAddr, str::FromStr};

use super::Connection;

/// `ldaps://host[:port]` or `ldap://host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    /// Whether TLS begins with the connection.
    pub ldaps: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// 636 and 389 unless said otherwise.
    pub port: u16,
}

/// How a connection is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// `ldaps://`.
    Tls,
    /// `ldap://` with `StartTLS` before anything else is sent.
    StartTls,
    /// Nothing: the host is this machine.
    Plain,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// There is none.
    #[error("no server is given: at least one `ldaps://host` is needed")]
    None,
    /// Not an address of this kind.
    #[error(
        "`{0}` is not the address of a directory server: it is `ldaps://host`, `ldaps://host:port`, or the same with `ldap`"
    )]
    Malformed(String),
    /// Passwords would cross the network.
    #[error(
        "`{0}` would send passwords in plain text: use `ldaps://` or switch StartTLS on (plain `ldap://` is taken for this machine alone)"
    )]
    PlainText(ServerUrl),
}

impl ServerUrl {
    /// How it is secured, `StartTLS` being on or off.
    ///
    /// # Errors
    /// When it would not be, and the host is not this machine.
    pub fn security(&self, start_tls: bool) -> Result<Security, ServerUrlError> {
        match (self.ldaps, start_tls) {
            (true, _) => Ok(Security::Tls),
            (false, true) => Ok(Security::StartTls),
            (false, false) if self.is_loopback() => Ok(Security::Plain),
            (false, false) => Err(ServerUrlError::PlainText(self.clone())),
        }
    }

    /// Whether it is this machine: `localhost` or an address of the loopback interface.
    pub fn is_loopback(&self) -> bool {
        let is_address = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        is_address || self.host.eq_ignore_ascii_case("localhost")
    }
}

impl Connection {
    /// The servers in order, each with its security.
    ///
    /// # Errors
    /// When there is none, one is no address, or one would be spoken to in plain text.
    pub fn servers(&self) -> Result<Vec<(ServerUrl, Security)>, ServerUrlError> {
        if self.urls.is_empty() {
            return Err(ServerUrlError::None);
        }
        let server = |url: &String| {
            let url: ServerUrl = url.parse()?;
            let security = url.security(self.start_tls)?;
            Ok((url, security))
        };
        self.urls.iter().map(server).collect()
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;
    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        let malformed = || ServerUrlError::Malformed(text.chars().take(200).collect());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(malformed)?;
        let ldaps = match scheme.to_ascii_lowercase().as_str() {
            "ldaps" => true,
            "ldap" => false,
            _ => return Err(malformed()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']').ok_or_else(malformed)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| malformed())?;
                (host, if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or_else(malformed)?) })
            }
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let is_host = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(is_host) {
            return Err(malformed());
        }
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(malformed)?,
            None if ldaps => 636,
            None => 389,
        };
        Ok(Self { ldaps, host: host.to_owned(), port })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.ldaps { "ldaps" } else { "ldap" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(formatter, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_with_their_usual_ports() {
        for (text, whole) in [
            ("ldaps://dc1.corp.example", "ldaps://dc1.corp.example:636"),
            ("LDAP://dc1.corp.example/", "ldap://dc1.corp.example:389"),
            ("ldaps://10.0.0.1:3269", "ldaps://10.0.0.1:3269"),
            ("ldap://[::1]:3890", "ldap://[::1]:3890"),
            ("ldap://[::1]", "ldap://[::1]:389"),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), whole);
        }
        for text in [
            "",
            "dc1",
            "https://dc1",
            "ldaps://",
            "ldaps://a b",
            "ldaps://a:0",
            "ldaps://a:x",
            "ldaps://a/dc=x",
            "ldap://[::1",
            "ldap://[::1]x",
            "ldap://u@h",
            "ldap://::1",
        ] {
            assert!(text.parse::<ServerUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn plain_text_is_for_this_machine_alone() {
        for (text, start_tls, security) in [
            ("ldaps://dc1", false, Security::Tls),
            ("ldap://dc1", true, Security::StartTls),
            ("ldap://localhost:3389", false, Security::Plain),
            ("ldap://127.0.0.9", false, Security::Plain),
            ("ldap://[::1]", false, Security::Plain),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().security(start_tls), Ok(security), "{text}");
        }
        for text in ["ldap://dc1", "ldap://10.0.0.1", "ldap://localhost.example.com", "ldap://127.0.0.1.example.com"] {
            let refused = text.parse::<ServerUrl>().unwrap().security(false);
            assert!(matches!(refused, Err(ServerUrlError::PlainText(_))), "{text}");
        }
    }
}
