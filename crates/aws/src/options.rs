//! What the operator may set. Everything else (endpoints, proxies, FIPS, profiles) is the SDK's own settings.

use std::time::Duration;

/// Limits and the one endpoint override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsOptions {
    /// Sends every AWS call to this URL (an emulator). Absent: the SDK's settings (`AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_STS`, a profile's `endpoint_url`), else AWS's own endpoints.
    pub endpoint_url: Option<String>,
    /// The longest time that one account, one caller identity or one page of an account list may take, retries included.
    pub account_timeout: Duration,
    /// The longest time from sending a request to the last byte of its answer.
    pub attempt_timeout: Duration,
    /// The longest time for a connection (TCP and TLS) to be made.
    pub connect_timeout: Duration,
    /// How often a request is sent at most, the first time included.
    pub max_attempts: u32,
    /// The upper bound of the first wait before a retry; it doubles with each retry up to [`Self::longest_backoff`],
    /// and the wait itself is anywhere between nothing and the bound.
    pub first_backoff: Duration,
    /// The upper bound that the wait before a retry never exceeds.
    pub longest_backoff: Duration,
}

/// Eight attempts wait 18 s on average and 36 s at most: they fit into the minute of an account.
impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            endpoint_url: None,
            account_timeout: Duration::from_mins(1),
            attempt_timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            max_attempts: 8,
            first_backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(10),
        }
    }
}
