//! How a run ends: applied, held, shown and dropped, or failed. Its state, its log entries, the lease's return and what it
//! did are one transaction.

use domain::{
    Event,
    directory::{DirectoryError, DirectoryStep, ImportRun, ImportStatus},
};
use ports::{AppliedChanges, UnitOfWork};

use super::{Import, lease_name};
use crate::{
    audit::EventDraft,
    error::{Error, Result},
    group_rules, manage_groups,
};

/// Changes of people who were there before that get an entry each; beyond, there are the counts.
const LOGGED: u32 = 1_000;

/// Everything was read and staged.
pub(super) async fn end(import: &Import, mut run: ImportRun) -> Result<()> {
    run.finished = Some(import.services.now());
    if run.dry_run {
        run.status = ImportStatus::Succeeded;
        close(import, &run, message(&run)).await?;
        return import.sweep(&import.stage).await;
    }
    if run.held.is_some() {
        run.status = ImportStatus::Held;
        return close(import, &run, message(&run)).await;
    }
    let before = import.services.store.entitlement_revision().await?;
    if let Err(error) = apply(import, run.clone()).await {
        return Err(not_stored(import, run, error).await);
    }
    afterwards(import, before).await
}

/// The environment refused to store it, and may refuse again: the run's end is tried all the same. It is not begun again at
/// once, as one that was cut off would be; the directory would be read for nothing, again and again. Answers the first error.
pub(super) async fn not_stored(import: &Import, run: ImportRun, error: Error) -> Error {
    let hint = "Nothing was changed. The server's log says more; most often the disk is full.";
    let told = DirectoryError::new(DirectoryStep::Read, "NOT_STORED", &error.to_string(), hint);
    if let Err(again) = fail(import, run, told).await {
        tracing::warn!(run.id = %import.stage.run, error = %again, "nor could the end of the import be stored");
    }
    error
}

/// It could not be read, was cut off or discarded.
pub(super) async fn fail(import: &Import, mut run: ImportRun, error: DirectoryError) -> Result<ImportRun> {
    run.finished = Some(import.services.now());
    run.status = ImportStatus::Failed;
    run.error = Some(error);
    close(import, &run, message(&run)).await?;
    import.sweep(&import.stage).await?;
    Ok(run)
}

/// Makes everything so.
pub(super) async fn apply(import: &Import, mut run: ImportRun) -> Result<ImportRun> {
    let services = &import.services;
    let mut unit = services.store.begin().await?;
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
async fn close(import: &Import, run: &ImportRun, message: EventDraft) -> Result<()> {
    let mut unit = import.services.store.begin().await?;
    finish(import, &mut *unit, run, message).await?;
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
