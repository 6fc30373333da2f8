//! What every handler can reach.

use std::{sync::Arc, time::Duration};

use ipnet::IpNet;
use usecases::Services;

use crate::limit::Limiters;

/// Requests allowed per minute, by kind and key.
#[derive(Debug, Clone)]
pub struct RateLimits {
    /// Password checks by client address. Default 300.
    pub sign_in_per_address: u32,
    /// Password checks by login. Default 30.
    pub sign_in_per_login: u32,
    /// API calls by token or session. Default 12,000.
    pub api_per_caller: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { sign_in_per_address: 300, sign_in_per_login: 30, api_per_caller: 12_000 }
    }
}

/// What the operator decides about HTTP.
#[derive(Clone)]
pub struct WebOptions {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Limits.
    pub rate_limits: RateLimits,
    /// Renders `/metrics`; absent in tests.
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
    /// Further places (the emulator's sign-in page) that a launch form may post to are read from the apps themselves;
    /// nothing to set here.
    pub version: &'static str,
    /// How long a request's body may take. Default half a minute.
    pub body_patience: Duration,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            rate_limits: RateLimits::default(),
            metrics: None,
            version: "",
            body_patience: Duration::from_secs(30),
        }
    }
}

/// Shared by all handlers.
#[derive(Clone)]
pub struct WebState {
    /// The use cases' parts.
    pub services: Arc<Services>,
    /// See [`WebOptions`].
    pub options: Arc<WebOptions>,
    /// Counters of [`RateLimits`].
    pub limiters: Arc<Limiters>,
}

impl WebState {
    /// Puts them together.
    pub fn new(services: Arc<Services>, options: WebOptions) -> Self {
        let limiters = Arc::new(Limiters::new(&options.rate_limits));
        Self { services, options: Arc::new(options), limiters }
    }
}
