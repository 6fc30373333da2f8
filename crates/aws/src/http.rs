//! The one connection pool of the process: rustls on aws-lc, the system's trust roots, proxies from the environment.
//!
//! The SDK would make a pool for each client. This one is shared by all sources and runs; it keeps a connector for
//! each pair of timeouts that a caller asks for (ours, and those of the SDK's credential providers).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnectorSettings, SharedHttpConnector},
    runtime_components::RuntimeComponents,
};

/// Idle connections are closed after this time: longer than the pauses within a run, shorter than those between runs.
const IDLE: Duration = Duration::from_secs(30);

/// Connect and read timeout.
type Timeouts = (Option<Duration>, Option<Duration>);

/// Shared connectors by their timeouts.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<HashMap<Timeouts, SharedHttpConnector>>);

impl HttpClient for Pool {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(timeouts).or_insert_with(|| connector(settings, components)).clone()
    }
}

fn connector(settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
    let mut builder = Connector::builder()
        .connector_settings(settings.clone())
        .pool_idle_timeout(IDLE)
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    builder.set_sleep_impl(components.sleep_impl());
    SharedHttpConnector::new(builder.build())
}
