//! How a run ends: applied, held, shown and dropped, or failed. Its state, its log entries, the lease's return and what it
//! did are one transaction. It begins by asking whether the run may still end so: a process that stood still may find that
//! another import was begun, two administrators may decide at once.

use domain::{
    Event,
    directory::{DirectoryError, DirectoryStep, ImportRun, ImportStatus},
};
use ports::{AppliedChanges, UnitOfWork};

use super::{Import, lease_end, lease_name};
use crate::{
    audit::EventDraft,
    error::{Error, Result, StateError},
    group_rules, manage_groups,
};

/// Changes of people who were there before that get an entry each; beyond, there are the counts.
const LOGGED: u32 = 1_000;

/// Everything was read and staged.
pub(super) async fn end(import: &Import, mut run: ImportRun) -> Result<()> {
    if !run.dry_run && run.held.is_none() {
        let before = import.services.store.entitlement_revision().await?;
        return match apply(import, run.clone()).await {
            Ok(_) => afterwards(import, before).await,
            Err(error) if was_overtaken(&error) => Err(error),
            Err(error) => Err(not_stored(import, run, error).await),
        };
    }
    let unit = begin(import, &run).await?;
    run.finished = Some(import.services.now());
    run.status = if run.dry_run { ImportStatus::Succeeded } else { ImportStatus::Held };
    close(import, unit, &run).await?;
    if run.dry_run { import.sweep(&import.stage).await } else { Ok(()) }
}

/// The environment refused to store it, and may refuse again: the run's end is tried all the same. It is not begun again at
/// once, as one that was cut off would be; the directory would be read for nothing, again and again. Answers the first error.
pub(super) async fn not_stored(import: &Import, run: ImportRun, error: Error) -> Error {
    let hint = "Nothing was changed. The server's log says more; most often the disk is full.";
    let told = DirectoryError::new(DirectoryStep::Read, "NOT_STORED", &error.to_string(), hint);
    match fail(import, run, told).await {
        Ok(_) => error,
        Err(overtaken) if was_overtaken(&overtaken) => overtaken,
        Err(again) => {
            tracing::warn!(run.id = %import.stage.run, error = %again, "nor could the end of the import be stored");
            error
        }
    }
}

/// It could not be read, was cut off or discarded.
pub(super) async fn fail(import: &Import, mut run: ImportRun, error: DirectoryError) -> Result<ImportRun> {
    let unit = begin(import, &run).await?;
    run.finished = Some(import.services.now());
    run.status = ImportStatus::Failed;
    run.error = Some(error);
    close(import, unit, &run).await?;
    import.sweep(&import.stage).await?;
    Ok(run)
}

/// The transaction that ends a run, if it still is as we know it and nobody else has the lease.
async fn begin(import: &Import, run: &ImportRun) -> Result<Box<dyn UnitOfWork>> {
    let services = &import.services;
    let mut unit = services.store.begin().await?;
    let stored = services.store.import_run(&run.directory, &run.id).await?;
    let is_ours = stored.is_some_and(|stored| stored.status == run.status);
    let name = lease_name(&run.directory);
    if is_ours && unit.take_lease(&name, run.id.as_str(), services.now(), lease_end(services)).await? {
        return Ok(unit);
    }
    let why =
        format!("the import `{}` was decided on already, or another one has begun: look at the latest run", run.id);
    Err(Error::State(StateError::NotNow(why)))
}

/// Whether that is why a run could not end.
pub(super) const fn was_overtaken(error: &Error) -> bool {
    matches!(error, Error::State(StateError::NotNow(_)))
}

/// Another import went ahead: nothing of this one counts, and nothing stays.
pub(super) async fn give_up(import: &Import, run: &ImportRun, why: DirectoryError) -> Result<()> {
    let services = &import.services;
    let mut unit = services.store.begin().await?;
    let stored = services.store.import_run(&run.directory, &run.id).await?;
    if let Some(stored) = stored.filter(|stored| matches!(stored.status, ImportStatus::Pending | ImportStatus::Running))
    {
        super::fail(&mut *unit, stored, why, services.now()).await?;
    }
    unit.commit().await?;
    while import.sweep_piece(&import.stage).await? {}
    Ok(())
}

/// Makes everything so.
pub(super) async fn apply(import: &Import, mut run: ImportRun) -> Result<ImportRun> {
    let services = &import.services;
    let mut unit = begin(import, &run).await?;
    let now = services.now();
    let changes = unit.apply_staged(&import.stage, run.started, now, LOGGED).await?;
    run.status = ImportStatus::Succeeded;
    run.finished = Some(now);
    for event in events(import, &run, &changes) {
        unit.append_event(&event).await?;
    }
    finish(import, &mut *unit, &run, message(&run)).await?;
    unit.commit().await?;
    Ok(run)
}

/// What is left is swept, and if rights moved since `before`, group rules look at everybody anew.
pub(super) async fn afterwards(import: &Import, before: i64) -> Result<()> {
    import.sweep(&import.stage).await?;
    if import.services.store.entitlement_revision().await? != before {
        group_rules::apply(&import.services).await?;
    }
    Ok(())
}

/// One entry for each change of somebody who was there before.
fn events(import: &Import, run: &ImportRun, changes: &AppliedChanges) -> Vec<Event> {
    let suspended = changes.suspended.iter().map(|(user, state)| {
        let event = EventDraft::success("user.lifecycle.suspend", "Suspend user");
        event.on_user(user).fact("state", state).fact("formerStatus", user.status)
    });
    let back = changes
        .reactivated
        .iter()
        .map(|user| EventDraft::success("user.lifecycle.unsuspend", "Unsuspend user").on_user(user));
    let joined = changes.joined.iter().map(|(user, group)| manage_groups::member_added(user, group));
    let left = changes.left.iter().map(|(user, group)| manage_groups::member_removed(user, group));
    let all = suspended.chain(back).chain(joined).chain(left).take(usize::try_from(LOGGED).unwrap_or(usize::MAX));
    all.map(|event| {
        event.fact("directory", &import.directory.name).fact("runId", &run.id).by(&import.services, &import.caller)
    })
    .collect()
}

/// Ends the run without applying it.
async fn close(import: &Import, mut unit: Box<dyn UnitOfWork>, run: &ImportRun) -> Result<()> {
    finish(import, &mut *unit, run, message(run)).await?;
    Ok(unit.commit().await?)
}

async fn finish(import: &Import, unit: &mut dyn UnitOfWork, run: &ImportRun, message: EventDraft) -> Result<()> {
    unit.update_import_run(run).await?;
    let event = counted(import.event(message, run), run);
    unit.append_event(&event.by(&import.services, &import.caller)).await?;
    unit.release_lease(&lease_name(&import.directory.id), run.id.as_str()).await?;
    Ok(())
}

fn message(run: &ImportRun) -> EventDraft {
    const EVENT: &str = "system.import.complete";
    match (run.status, &run.error) {
        (ImportStatus::Held, _) => {
            EventDraft::deny(EVENT, "An import from a directory waits for an administrator", "HELD")
        }
        (ImportStatus::Failed, error) => {
            let reason = error.as_ref().map_or("FAILED", |error| error.code.as_str());
            let event = EventDraft::failure(EVENT, "An import from a directory failed", reason);
            match error {
                Some(error) => event.fact("step", error.step.as_str()).fact("message", &error.message),
                None => event,
            }
        }
        (ImportStatus::Succeeded | ImportStatus::Pending | ImportStatus::Running, _) => {
            EventDraft::success(EVENT, "Import from a directory")
        }
    }
}

fn counted(event: EventDraft, run: &ImportRun) -> EventDraft {
    event
        .fact("peopleRead", run.progress.people_read)
        .fact("peopleCreated", run.people.created)
        .fact("peopleUpdated", run.people.updated)
        .fact("peopleSuspended", run.people.suspended)
        .fact("peopleMatched", run.people.matched)
        .fact("peopleToConfirm", run.people.to_confirm)
        .fact("peopleSkipped", run.people.skipped)
        .fact("groupsRead", run.progress.groups_read)
        .fact("groupsCreated", run.groups.created)
        .fact("groupsUpdated", run.groups.updated)
        .fact("groupsRemoved", run.groups.removed)
        .fact("groupsSkipped", run.groups.skipped)
        .fact("membershipsAdded", run.memberships.added)
        .fact("membershipsRemoved", run.memberships.removed)
        .fact("membersUnresolved", run.memberships.unresolved)
}
