//! When discovery runs by itself: an interval for each app, spread so that apps do not all start at once. The lease decides
//! between nodes; nothing is kept in memory, so a restart neither skips nor repeats.

use std::sync::Arc;

use domain::{
    Timestamp,
    aws::{AwsIntegration, DiscoveryRun, RunStatus, RunTrigger},
};

use crate::{
    caller::Caller,
    discover_roles::{self, Started},
    error::Result,
    schedule,
    services::Services,
};

/// Begins a run for every app whose time has come; answers how many.
pub async fn run_due(services: &Arc<Services>) -> Result<u32> {
    let mut begun = 0;
    for integration in services.store.integrations().await? {
        if !integration.enabled || !is_active(services, &integration).await? {
            continue;
        }
        let last = services.store.runs(&integration.app, 1).await?.into_iter().next();
        if services.now() < due(&integration, last.as_ref()) {
            continue;
        }
        let started =
            discover_roles::start(services, &Caller::system(), &integration.app, None, RunTrigger::Schedule).await;
        match started {
            Ok(Started::Begun(_)) => begun += 1,
            Ok(Started::UnderWay(_)) => {}
            Err(error) => tracing::warn!(app.id = %integration.app, %error, "a scheduled discovery run did not begin"),
        }
    }
    Ok(begun)
}

async fn is_active(services: &Services, integration: &AwsIntegration) -> Result<bool> {
    let app = services.store.app(&integration.app).await?;
    Ok(app.is_some_and(|app| app.is_active()) && !integration.sources.is_empty())
}

/// When the next run is due: at once without a last one, or when the last one was cut off; else the interval after its
/// start, plus a tenth at most.
pub fn due(integration: &AwsIntegration, last: Option<&DiscoveryRun>) -> Timestamp {
    let Some(last) = last else { return Timestamp::from_millis(i64::MIN) };
    if matches!(last.status, RunStatus::Abandoned | RunStatus::Running) {
        // Running: the lease tells whether it lives; if not, it is taken over.
        return last.started;
    }
    schedule::after(last.id.as_str(), last.started, integration.interval_seconds)
}
