//! Reads the roles of every connected account and judges their trust policies.
//!
//! One run at a time for one app: a lease in the store, renewed while the run lives, keeps others (on any node) out. Each
//! account is stored as a whole in a transaction of its own, so that a run that is cut off leaves only whole accounts. An
//! account that cannot be read keeps what it had, marked with the error.

mod plan;
mod record;
mod source;

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use domain::{
    AccountId, App, AppId, RunId,
    aws::{AwsIntegration, DiscoveryRun, RunStatus, RunTrigger},
};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

pub(crate) use plan::overridden;
pub(crate) use source::{Opened, open};

use self::plan::Task;
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    measures,
    services::Services,
};

/// The answer to a request for a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// It was begun.
    Begun(DiscoveryRun),
    /// One is under way already; it is not joined by a second.
    UnderWay(DiscoveryRun),
}

impl Started {
    /// The run, new or old.
    pub fn run(&self) -> &DiscoveryRun {
        match self {
            Self::Begun(run) | Self::UnderWay(run) => run,
        }
    }
}

/// What a run works with.
struct Run {
    services: Arc<Services>,
    caller: Caller,
    app: App,
    integration: AwsIntegration,
    /// Ends the run: the process stops, or the lease was lost.
    cancel: CancellationToken,
    state: std::sync::Mutex<DiscoveryRun>,
}

impl Run {
    fn snapshot(&self) -> DiscoveryRun {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut DiscoveryRun)) -> DiscoveryRun {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        state.clone()
    }
}

/// Begins a run over all accounts, or over one, and goes on with it in the background.
///
/// # Errors
/// `NotFound` for the app or an account that is not connected, `State` when AWS was never set up for it.
pub async fn start(
    services: &Arc<Services>,
    caller: &Caller,
    app: &AppId,
    account: Option<AccountId>,
    trigger: RunTrigger,
) -> Result<Started> {
    caller.must_manage()?;
    let app = services.store.app(app).await?.ok_or_else(|| Error::not_found("AppInstance", app.as_str()))?;
    let integration = integration_of(services, &app.id).await?;
    if let Some(account) = account {
        must_be_connected(services, &integration, account).await?;
    }
    let run = new_run(services, &app.id, account, trigger);
    if let Some(under_way) = take_over(services, &run).await? {
        return Ok(Started::UnderWay(under_way));
    }
    let running = Arc::new(Run {
        services: services.clone(),
        caller: caller.clone(),
        app,
        integration,
        cancel: services.stopping.child_token(),
        state: std::sync::Mutex::new(run.clone()),
    });
    services.work.spawn(carry_out(running));
    Ok(Started::Begun(run))
}

async fn integration_of(services: &Services, app: &AppId) -> Result<AwsIntegration> {
    match services.store.integration(app).await? {
        Some(integration) if !integration.sources.is_empty() => Ok(integration),
        _ => Err(Error::State(StateError::NotNow(
            "AWS is not set up for this app: name a source account first (PUT /api/v1/apps/{id}/aws/integration)"
                .to_owned(),
        ))),
    }
}

/// An account that was read before, or that the settings name.
async fn must_be_connected(services: &Services, integration: &AwsIntegration, account: AccountId) -> Result<()> {
    let named = integration.sources.iter().any(|source| plan::names(source, account));
    if named || services.store.aws_account(&integration.app, account).await?.is_some() {
        return Ok(());
    }
    Err(Error::not_found("AwsAccount", account.to_string()))
}

fn new_run(services: &Services, app: &AppId, account: Option<AccountId>, trigger: RunTrigger) -> DiscoveryRun {
    DiscoveryRun {
        id: RunId::generate(&*services.entropy),
        app: app.clone(),
        trigger,
        account,
        status: RunStatus::Running,
        started: services.now(),
        finished: None,
        accounts_total: 0,
        accounts_done: 0,
        accounts_failed: 0,
        roles_found: 0,
        roles_added: 0,
        roles_vanished: 0,
        error: None,
    }
}

fn lease_name(app: &AppId) -> String {
    format!("discovery:{app}")
}

fn lease_end(services: &Services) -> domain::Timestamp {
    services.now().plus_seconds(i64::from(services.settings.discovery.lease_seconds))
}

/// Takes the lease and writes the run; answers the run that holds the lease when there is one.
async fn take_over(services: &Services, run: &DiscoveryRun) -> Result<Option<DiscoveryRun>> {
    let mut unit = services.store.begin().await?;
    let now = services.now();
    if unit.take_lease(&lease_name(&run.app), run.id.as_str(), now, lease_end(services)).await? {
        unit.abandon_runs(&run.app, None, now).await?;
        unit.insert_run(run).await?;
        unit.commit().await?;
        return Ok(None);
    }
    drop(unit);
    let latest = services.store.runs(&run.app, 5).await?;
    latest
        .into_iter()
        .find(|run| run.status == RunStatus::Running)
        .map(Some)
        .ok_or_else(|| Error::State(StateError::NotNow("a discovery run is just ending: try again".to_owned())))
}

async fn carry_out(run: Arc<Run>) {
    let renewing = tokio::spawn(keep_lease(run.clone()));
    let ended = work(&run).await;
    renewing.abort();
    if let Err(error) = ended {
        tracing::error!(run.id = %run.snapshot().id, app.id = %run.app.id, %error, "a discovery run could not be finished");
    }
}

/// Renews the lease three times in its life; a run that lost it stops.
async fn keep_lease(run: Arc<Run>) {
    let period = Duration::from_secs(u64::from(run.services.settings.discovery.lease_seconds).div_ceil(3).max(1));
    let id = run.snapshot().id;
    loop {
        tokio::time::sleep(period).await;
        match renew(&run, &id).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(run.id = %id, "another run took the lease over: this one stops");
                run.cancel.cancel();
                return;
            }
            Err(error) => tracing::warn!(run.id = %id, %error, "the lease could not be renewed"),
        }
    }
}

async fn renew(run: &Run, id: &RunId) -> Result<bool> {
    let services = &run.services;
    let mut unit = services.store.begin().await?;
    let held = unit.take_lease(&lease_name(&run.app.id), id.as_str(), services.now(), lease_end(services)).await?;
    unit.commit().await?;
    Ok(held)
}

/// The run itself: which accounts, each of them, then the end.
async fn work(run: &Arc<Run>) -> Result<()> {
    let plan = plan::make(run).await?;
    run.change(|state| {
        state.accounts_total = count(plan.tasks.len());
        state.accounts_failed = plan.failed;
        state.error.clone_from(&plan.error);
        state.accounts_total += plan.failed;
    });
    let concurrency = run.services.settings.discovery.concurrency;
    let results: Vec<Result<()>> =
        stream::iter(plan.tasks).map(|task| read_one(run.clone(), task)).buffer_unordered(concurrency).collect().await;
    for result in results {
        result?;
    }
    let complete = !run.cancel.is_cancelled();
    if complete && run.snapshot().account.is_none() {
        record::vanished(run, &plan.listed).await?;
    }
    finish(run, complete).await
}

async fn read_one(run: Arc<Run>, task: Task) -> Result<()> {
    let reading = tokio::select! {
        () = run.cancel.cancelled() => return Ok(()),
        reading = task.opened.session.read_account(task.account, task.connected.as_ref(), task.name.is_none()) => reading,
    };
    match reading {
        Ok(reading) => record::success(&run, &task, reading).await,
        Err(failure) => record::failure(&run, &task, failure.0).await,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Closes the run: its status, its log entry and the lease in one transaction.
async fn finish(run: &Run, complete: bool) -> Result<()> {
    let services = &run.services;
    let state = run.change(|state| {
        state.finished = Some(services.now());
        state.status = status(state, complete);
    });
    let mut unit = services.store.begin().await?;
    unit.update_run(&state).await?;
    unit.append_event(&event(run, &state).by(services, &run.caller)).await?;
    unit.release_lease(&lease_name(&run.app.id), state.id.as_str()).await?;
    unit.commit().await?;
    measures::run_ended(&state);
    Ok(())
}

const fn status(state: &DiscoveryRun, complete: bool) -> RunStatus {
    match (complete, state.accounts_done, state.accounts_failed) {
        (false, ..) => RunStatus::Abandoned,
        (true, 0, _) => RunStatus::Failed,
        (true, _, 0) if state.error.is_none() => RunStatus::Succeeded,
        (true, ..) => RunStatus::Partial,
    }
}

fn event(run: &Run, state: &DiscoveryRun) -> EventDraft {
    let draft = match state.status {
        RunStatus::Succeeded => {
            EventDraft::success("application.integration.api_query", "Read the roles of every AWS account")
        }
        RunStatus::Partial => EventDraft::failure(
            "application.integration.general_failure",
            "Read the roles of some AWS accounts; others failed",
            "PARTIAL",
        ),
        RunStatus::Abandoned => {
            EventDraft::failure("application.integration.general_failure", "Reading AWS was cut off", "ABANDONED")
        }
        RunStatus::Failed | RunStatus::Running => EventDraft::failure(
            "application.integration.authentication_failure",
            "No AWS account could be read",
            state.error.as_ref().map_or("FAILED", |error| error.code.as_str()),
        ),
    };
    draft
        .on_app(&run.app)
        .fact("runId", &state.id)
        .fact("accounts", state.accounts_total)
        .fact("accountsRead", state.accounts_done)
        .fact("accountsFailed", state.accounts_failed)
        .fact("rolesFound", state.roles_found)
        .fact("rolesAdded", state.roles_added)
        .fact("rolesVanished", state.roles_vanished)
}
