//! Runs the server: listens, works in the background, ends gracefully.

mod silence;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsConfig};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use usecases::{Services, agents::Hub};
use web::{RateLimits, WebOptions, WebState};

use self::silence::Impatient;
use crate::{
    assemble::{Instance, Variation, assemble},
    config::Config,
    output::hinted,
};

/// How long a request's head may take, from the moment the connection is free for it; so long an idle one stays open.
const HEAD: Duration = Duration::from_secs(75);

/// How often it is looked which app is due to read AWS; with the lease's length, how soon a dead process's run is
/// taken over.
const SCHEDULE: Duration = Duration::from_secs(5);

/// How long requests under way may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// `rolegate serve`.
///
/// # Errors
/// When something it needs cannot be had.
pub async fn serve(config: &Config) -> Result<()> {
    let listener = bind(config.listen)?;
    // Port 0 is a free one: what is derived from the address names the port that was taken.
    let config = &Config { listen: listener.local_addr()?, ..config.clone() };
    let metrics = metrics_recorder();
    let instance = assemble(config, Variation::default()).await?;
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone());
    tracing::info!(
        listen = %config.listen,
        public_url = instance.services.settings.public_url.as_str(),
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    run(config, listener, &instance, metrics, stop).await?;
    instance.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Takes the port before anything else is done.
///
/// # Errors
/// When it is in use or not allowed.
pub fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program has this port: stop it, or choose another with `listen`",
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need a privilege: use a higher one behind a proxy"
            }
            _ => "write `listen` as ADDRESS:PORT with an address of this machine",
        };
        hinted(format!("cannot listen on `{address}`: {error}"), hint)
    })?;
    listener.set_nonblocking(true).context("preparing the listener")?;
    Ok(listener)
}

/// Serves until `stop`, then lets requests under way finish.
///
/// # Errors
/// When TLS files cannot be read or the listener fails.
pub async fn run(
    config: &Config,
    listener: TcpListener,
    instance: &Instance,
    metrics: Option<PrometheusHandle>,
    stop: CancellationToken,
) -> Result<()> {
    let state = WebState::new(instance.services.clone(), web_options(config, metrics));
    let work = background(&instance.services, &state, &stop);
    let handle = Handle::new();
    tokio::spawn(graceful(handle.clone(), instance.services.agents.clone(), stop.clone()));
    let app = web::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let served = match &config.tls {
        None => {
            let acceptor = Impatient::new(NoDelayAcceptor::new(), HEAD);
            let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).handle(handle);
            silence::limit(server.http_builder(), HEAD);
            server.serve(app).await
        }
        Some(tls) => {
            let rustls =
                RustlsConfig::from_pem_file(&tls.certificate_file, &tls.private_key_file).await.map_err(|error| {
                    hinted(
                        format!("the TLS certificate or key cannot be used: {error}"),
                        format!(
                            "`{}` holds the chain, leaf first, `{}` its private key, both PEM",
                            tls.certificate_file.display(),
                            tls.private_key_file.display()
                        ),
                    )
                })?;
            let server = axum_server::from_tcp_rustls(listener, rustls)?;
            let mut server = server.map(|acceptor| Impatient::new(acceptor, HEAD)).handle(handle);
            silence::limit(server.http_builder(), HEAD);
            server.serve(app).await
        }
    };
    stop.cancel();
    // Discovery stops at the next account and gives its lease back, so that the next start does not wait for it.
    let services = &instance.services;
    services.stopping.cancel();
    services.work.close();
    let _ = tokio::time::timeout(GRACE, services.work.wait()).await;
    for task in work {
        // A task that was cut off has stored each account as a whole: nothing is lost by not waiting longer.
        let _ = tokio::time::timeout(GRACE, task).await;
    }
    served.context("serving")
}

async fn graceful<A: axum_server::Address>(handle: Handle<A>, agents: Hub, stop: CancellationToken) {
    stop.cancelled().await;
    // Their connections have no end of their own; they dial again.
    agents.close();
    handle.graceful_shutdown(Some(GRACE));
}

fn web_options(config: &Config, metrics: Option<PrometheusHandle>) -> WebOptions {
    WebOptions {
        trusted_proxies: config.trusted_proxies.clone(),
        rate_limits: RateLimits {
            sign_in_per_address: config.rate_limit.sign_in_per_address,
            sign_in_per_login: config.rate_limit.sign_in_per_login,
            api_per_caller: config.rate_limit.api_per_caller,
        },
        metrics,
        version: env!("CARGO_PKG_VERSION"),
        ..WebOptions::default()
    }
}

/// The process's one recorder: what happens before it is there is not counted. The buckets are those of a page that people
/// wait for, and those of a run that nobody does.
pub fn metrics_recorder() -> Option<PrometheusHandle> {
    const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    const OF_RUNS: &[f64] = &[0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];
    let runs = Matcher::Full(usecases::measures::RUN_DURATION.to_owned());
    let builder = PrometheusBuilder::new().set_buckets(BUCKETS).ok()?.set_buckets_for_metric(runs, OF_RUNS).ok()?;
    builder.install_recorder().ok()
}

/// Discovery on schedule, and the sweeping of what has ended.
fn background(
    services: &Arc<Services>,
    state: &WebState,
    stop: &CancellationToken,
) -> Vec<tokio::task::JoinHandle<()>> {
    let schedule = tokio::spawn(every(SCHEDULE, stop.clone(), services.clone(), |services| async move {
        if let Err(error) = usecases::discovery_schedule::run_due(&services).await {
            tracing::error!(%error, "the discovery schedule could not run");
        }
        if let Err(error) = usecases::import_schedule::run_due(&services).await {
            tracing::error!(%error, "the schedule of imports could not run");
        }
    }));
    // Samples of histograms wait in memory until they are counted: without this they would wait for the next scrape.
    let metrics = state.options.metrics.clone();
    let upkeep = tokio::spawn(every(Duration::from_secs(5), stop.clone(), services.clone(), move |_| {
        if let Some(metrics) = &metrics {
            metrics.run_upkeep();
        }
        std::future::ready(())
    }));
    let limiters = state.limiters.clone();
    let sweep = tokio::spawn(every(Duration::from_mins(1), stop.clone(), services.clone(), move |services| {
        limiters.sweep();
        async move {
            if let Err(error) = usecases::sessions::sweep(&services).await {
                tracing::warn!(%error, "ended sessions could not be removed");
            }
        }
    }));
    vec![schedule, upkeep, sweep]
}

async fn every<F, W>(period: Duration, stop: CancellationToken, services: Arc<Services>, mut work: W)
where
    W: FnMut(Arc<Services>) -> F,
    F: Future<Output = ()>,
{
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = work(services.clone()) => {}
        }
    }
}

/// Cancels on SIGTERM or Ctrl-C.
pub fn stop_on_signal(stop: CancellationToken) {
    tokio::spawn(async move {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be caught");
                return;
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        stop.cancel();
    });
}
