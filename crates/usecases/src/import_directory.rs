//! Reads the people and groups of a directory, and makes what we have like it.
//!
//! One run at a time for one directory: a lease in the store, renewed while the run lives, keeps others (on any node) out.
//! Entries are staged as they come, in small transactions; what depends on all of them (who a group's members are, who is
//! gone, who has which login) is settled when the last one was read. Then the whole is applied in one short transaction, or
//! held when it would take too much away. Whatever ends a run before that leaves everything as it was: the next run sweeps
//! away what was staged.
//!
//! ```text
//! reading   entries from the directory, in batches                         people ─┐
//! people    who an entry is: known, new, or somebody to be asked about             ├─► staged
//! names     logins that change hands, people who may be somebody already          │
//! groups    made, changed                                                  groups ─┤
//! members   who is in which group, as everything is known                          │
//! gone      what was not read                                              ────────┘
//! ending    held, applied, or dropped; the run's end and its log entries
//! ```

mod called;
mod ending;
mod gone;
mod groups;
mod held;
mod ids;
mod loading;
mod members;
mod names;
mod people;
mod reading;
mod safeguard;
mod tally;
mod topology;

use std::{sync::Arc, time::Duration};

use domain::{
    Directory, DirectoryId, ImportRunId, Timestamp,
    directory::{
        DirectoryError, DirectoryStep, GroupCounts, ImportKind, ImportProgress, ImportRun, ImportStatus, ImportTrigger,
        MembershipCounts, PeopleCounts,
    },
};
use ports::{Stage, UnitOfWork};
use tokio_util::sync::CancellationToken;

pub use held::{discard, release};

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    services::Services,
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// How much is read. What cannot go on from where the last import ended becomes a full one.
    pub kind: ImportKind,
    /// Whether it only shows what it would do.
    pub dry_run: bool,
    /// What sets it off.
    pub trigger: ImportTrigger,
}

/// The answer to a request for a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// It was begun.
    Begun(ImportRun),
    /// One is under way already; it is not joined by a second.
    UnderWay(ImportRun),
}

impl Started {
    /// The run, new or old.
    pub fn run(&self) -> &ImportRun {
        match self {
            Self::Begun(run) | Self::UnderWay(run) => run,
        }
    }
}

/// What a run works with.
struct Import {
    services: Arc<Services>,
    caller: Caller,
    directory: Directory,
    stage: Stage,
    /// Ends the run: the process stops, or the lease was lost.
    cancel: CancellationToken,
}

/// Begins an import, and goes on with it in the background.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a directory that is not in use, and for a dry run while another run is held.
pub async fn start(
    services: &Arc<Services>,
    caller: &Caller,
    directory: &DirectoryId,
    request: Request,
) -> Result<Started> {
    caller.must_manage()?;
    let directory = existing(services, directory).await?;
    if !directory.is_active() {
        return Err(Error::State(StateError::NotNow(format!(
            "the directory `{}` is not in use: activate it first",
            directory.name
        ))));
    }
    let run = new_run(services, &directory.id, request);
    if let Some(under_way) = take_over(services, &run).await? {
        return Ok(Started::UnderWay(under_way));
    }
    let import = Arc::new(Import {
        services: services.clone(),
        caller: caller.clone(),
        stage: Stage { run: run.id.clone(), directory: directory.id.clone() },
        directory,
        cancel: services.stopping.child_token(),
    });
    services.work.spawn(carry_out(import, run.clone()));
    Ok(Started::Begun(run))
}

/// One run of a directory.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn run(services: &Services, caller: &Caller, directory: &DirectoryId, id: &ImportRunId) -> Result<ImportRun> {
    caller.must_read()?;
    let directory = existing(services, directory).await?;
    run_of(services, &directory, id).await
}

/// The latest runs of a directory, newest first.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn runs(services: &Services, caller: &Caller, directory: &DirectoryId, limit: u32) -> Result<Vec<ImportRun>> {
    caller.must_read()?;
    let directory = existing(services, directory).await?;
    Ok(services.store.import_runs(&directory.id, limit).await?)
}

async fn existing(services: &Services, id: &DirectoryId) -> Result<Directory> {
    services.store.directory(id).await?.ok_or_else(|| Error::not_found("Directory", id.as_str()))
}

async fn run_of(services: &Services, directory: &Directory, id: &ImportRunId) -> Result<ImportRun> {
    let run = services.store.import_run(&directory.id, id).await?;
    run.ok_or_else(|| Error::not_found("ImportRun", id.as_str()))
}

fn new_run(services: &Services, directory: &DirectoryId, request: Request) -> ImportRun {
    ImportRun {
        id: ImportRunId::generate(&*services.entropy),
        directory: directory.clone(),
        kind: request.kind,
        trigger: request.trigger,
        dry_run: request.dry_run,
        status: ImportStatus::Pending,
        started: services.now(),
        finished: None,
        progress: ImportProgress::default(),
        people: PeopleCounts::default(),
        groups: GroupCounts::default(),
        memberships: MembershipCounts::default(),
        problems: Vec::new(),
        held: None,
        error: None,
    }
}

fn lease_name(directory: &DirectoryId) -> String {
    format!("import:{directory}")
}

fn lease_end(services: &Services) -> Timestamp {
    services.now().plus_seconds(i64::from(services.settings.discovery.lease_seconds))
}

/// Takes the lease and writes the run; answers the run that holds the lease when there is one. Runs that were cut off are
/// marked as failed, and so is one that is held: what it would do is out of date.
async fn take_over(services: &Services, run: &ImportRun) -> Result<Option<ImportRun>> {
    let mut unit = services.store.begin().await?;
    let now = services.now();
    let taken = unit.take_lease(&lease_name(&run.directory), run.id.as_str(), now, lease_end(services)).await?;
    let latest = services.store.import_runs(&run.directory, 50).await?;
    let alive = |run: &&ImportRun| matches!(run.status, ImportStatus::Pending | ImportStatus::Running);
    if !taken {
        return latest.iter().find(alive).cloned().map(Some).ok_or_else(|| {
            Error::State(StateError::NotNow("an import of this directory is just ending: try again".to_owned()))
        });
    }
    for former in latest {
        let error = match former.status {
            ImportStatus::Pending | ImportStatus::Running => interrupted("the process that ran it ended"),
            ImportStatus::Held if run.dry_run => return Err(waits(&former)),
            ImportStatus::Held => superseded(),
            ImportStatus::Succeeded | ImportStatus::Failed => continue,
        };
        fail(&mut *unit, former, error, now).await?;
    }
    unit.insert_import_run(run).await?;
    unit.commit().await?;
    Ok(None)
}

fn waits(run: &ImportRun) -> Error {
    Error::State(StateError::NotNow(format!(
        "the import `{}` waits for a decision: release or discard it first",
        run.id
    )))
}

async fn fail(unit: &mut dyn UnitOfWork, run: ImportRun, error: DirectoryError, now: Timestamp) -> Result<()> {
    let finished = run.finished.or(Some(now));
    let failed = ImportRun { status: ImportStatus::Failed, finished, error: Some(error), ..run };
    Ok(unit.update_import_run(&failed).await?)
}

fn interrupted(why: &str) -> DirectoryError {
    let hint = "Nothing was changed. The next import begins anew.";
    DirectoryError::new(DirectoryStep::Read, "INTERRUPTED", why, hint)
}

fn superseded() -> DirectoryError {
    let hint = "Nothing was changed. Look at the later run.";
    DirectoryError::new(DirectoryStep::Read, "SUPERSEDED", "another import began before this one was released", hint)
}

async fn carry_out(import: Arc<Import>, run: ImportRun) {
    let renewing = tokio::spawn(keep_lease(import.clone()));
    let id = run.id.clone();
    let ended = import.work(run).await;
    renewing.abort();
    if let Err(error) = ended {
        tracing::error!(run.id = %id, directory.id = %import.directory.id, %error, "an import could not be finished");
    }
}

/// Renews the lease three times in its life; a run that lost it stops.
async fn keep_lease(import: Arc<Import>) {
    let services = &import.services;
    let period = Duration::from_secs(u64::from(services.settings.discovery.lease_seconds).div_ceil(3).max(1));
    loop {
        tokio::time::sleep(period).await;
        match import.renew().await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(run.id = %import.stage.run, "another import took the lease over: this one stops");
                import.cancel.cancel();
                return;
            }
            Err(error) => tracing::warn!(run.id = %import.stage.run, %error, "the lease could not be renewed"),
        }
    }
}

impl Import {
    async fn renew(&self) -> Result<bool> {
        let services = &self.services;
        let mut unit = services.store.begin().await?;
        let name = lease_name(&self.directory.id);
        let held = unit.take_lease(&name, self.stage.run.as_str(), services.now(), lease_end(services)).await?;
        unit.commit().await?;
        Ok(held)
    }

    /// The run itself: what was left is swept, everything is read and staged, and the end is made.
    async fn work(&self, mut run: ImportRun) -> Result<()> {
        run.status = ImportStatus::Running;
        let mut unit = self.services.store.begin().await?;
        unit.update_import_run(&run).await?;
        let event = EventDraft::success("system.import.start", "Start an import from a directory");
        unit.append_event(&self.event(event, &run).by(&self.services, &self.caller)).await?;
        unit.commit().await?;
        for stage in self.services.store.stages(&self.directory.id).await? {
            self.sweep(&stage).await?;
        }
        let read = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Ok(Err(interrupted("Rolegate was stopped, or lost the lease"))),
            read = reading::read(self, &mut run) => read,
        };
        let known = run.clone();
        let ended = match read {
            Ok(Ok(())) if self.is_outdated().await? => {
                let why = interrupted("the directory was switched off, or its settings were changed, while it ran");
                ending::fail(self, run, why).await.map(drop)
            }
            Ok(Ok(())) => ending::end(self, run).await,
            Ok(Err(error)) => ending::fail(self, run, error).await.map(drop),
            Err(error) => Err(ending::not_stored(self, run, error).await),
        };
        match ended {
            Err(error) if ending::was_overtaken(&error) => {
                ending::give_up(self, &known, interrupted("another import began before this one ended")).await?;
                Err(error)
            }
            ended => ended,
        }
    }

    /// Whether what was read is not what would be read now: switching a directory off stops an import that nobody wants.
    async fn is_outdated(&self) -> Result<bool> {
        let then = &self.directory;
        let now = self.services.store.directory(&then.id).await?;
        Ok(now.is_none_or(|now| {
            let same = now.reach == then.reach
                && now.connection == then.connection
                && now.people == then.people
                && now.groups == then.groups
                && now.matching == then.matching;
            !now.is_active() || !same
        }))
    }

    /// Sweeps away what a run staged, a piece at a time: others write in between.
    async fn sweep(&self, stage: &Stage) -> Result<()> {
        while !self.cancel.is_cancelled() && self.sweep_piece(stage).await? {}
        Ok(())
    }

    /// Answers whether anything may be left.
    async fn sweep_piece(&self, stage: &Stage) -> Result<bool> {
        let mut unit = self.services.store.begin().await?;
        let more = unit.sweep_stage(stage).await?;
        unit.commit().await?;
        Ok(more)
    }

    fn event(&self, draft: EventDraft, run: &ImportRun) -> EventDraft {
        let kind = match run.kind {
            ImportKind::Full => "full",
            ImportKind::Incremental => "incremental",
        };
        draft.on_directory(&self.directory).fact("runId", &run.id).fact("kind", kind).fact("dryRun", run.dry_run)
    }
}
