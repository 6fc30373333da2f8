//! What the operator decides once: the public URL, how long sessions live, when an account locks, how discovery runs.

use domain::Seconds;

/// Scheme, host and port under which people reach this instance; no path, no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Why a text is not a public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a public URL: {why}; write it as `https://login.example.com`")]
pub struct PublicUrlError {
    value: String,
    why: &'static str,
}

impl PublicUrl {
    /// Reads `https://host[:port]`; `http` too, for a loopback address or behind a proxy that ends TLS for tests.
    ///
    /// # Errors
    /// When scheme or host are missing, or when there is a path, query, fragment or user name.
    pub fn parse(value: &str) -> std::result::Result<Self, PublicUrlError> {
        let refuse = |why| Err(PublicUrlError { value: value.chars().take(200).collect(), why });
        let trimmed = value.strip_suffix('/').unwrap_or(value);
        let Some(rest) = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://")) else {
            return refuse("it does not begin with `https://` or `http://`");
        };
        if rest.is_empty() || rest.starts_with(':') {
            return refuse("it names no host");
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if !rest.bytes().all(legal) {
            return refuse("only scheme, host and port belong in it");
        }
        Ok(Self(trimmed.to_ascii_lowercase()))
    }

    /// The URL without a trailing slash; at the same time its origin.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether cookies can be `Secure` and `__Host-`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The URL of a path that begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest)
    }
}

/// Limits of sessions and one-time tokens.
#[derive(Debug, Clone)]
pub struct SessionPolicy {
    /// A session ends after so long without use. Default 2 hours.
    pub idle_seconds: Seconds,
    /// And after so long in any case. Default 12 hours.
    pub absolute_seconds: Seconds,
    /// Life of a `sessionToken` or `stateToken`. Default 5 minutes.
    pub one_time_seconds: Seconds,
}

/// When wrong passwords lock an account.
#[derive(Debug, Clone)]
pub struct LockoutPolicy {
    /// So many in a row. Default 10.
    pub failures: u32,
    /// So many in a row of somebody whose password a directory checks: fewer than the directory itself allows. Default 4.
    pub directory_failures: u32,
    /// For so long. Default 15 minutes.
    pub seconds: Seconds,
}

/// How discovery runs.
#[derive(Debug, Clone)]
pub struct DiscoveryPolicy {
    /// Accounts read at the same time. Default 64.
    pub concurrency: usize,
    /// How long the lease of a run lasts without renewal: so long others wait after its process died. Default 20
    /// seconds; it is renewed three times in that, so a stall of the database of a few seconds loses no run.
    pub lease_seconds: Seconds,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach this instance.
    pub public_url: PublicUrl,
    /// Shown on pages. Default `Rolegate`.
    pub organisation: String,
    /// Sessions.
    pub sessions: SessionPolicy,
    /// Lockout.
    pub lockout: LockoutPolicy,
    /// Discovery.
    pub discovery: DiscoveryPolicy,
}

impl Settings {
    /// Defaults for an instance at this URL.
    pub fn new(public_url: PublicUrl) -> Self {
        Self {
            public_url,
            organisation: "Rolegate".to_owned(),
            sessions: SessionPolicy { idle_seconds: 2 * 3600, absolute_seconds: 12 * 3600, one_time_seconds: 300 },
            lockout: LockoutPolicy { failures: 10, directory_failures: 4, seconds: 900 },
            discovery: DiscoveryPolicy { concurrency: 64, lease_seconds: 20 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let url = PublicUrl::parse("https://Login.Example.com:8443/").unwrap();
        assert_eq!(url.as_str(), "https://login.example.com:8443");
        assert_eq!(url.join("/signin"), "https://login.example.com:8443/signin");
        assert_eq!(url.authority(), "login.example.com:8443");
        for bad in
            ["", "login.example.com", "https://", "https://:80", "https://a/b", "https://u@h", "ftp://h", "https://h?q"]
        {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
