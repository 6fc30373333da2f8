//! When imports run by themselves: full and incremental ones, each at its interval. The lease decides between nodes; nothing
//! is kept in memory, so a restart neither skips nor repeats.
//!
//! A new directory is left alone for one interval, so that an administrator can look before anything is imported. While an
//! import is held, none begins: it would meet what the held one met. A full import that failed is tried again after the
//! shorter interval, in turn with incremental ones: a directory that was away at night is not left alone for a day.

use std::sync::Arc;

use domain::{
    Directory, Timestamp,
    directory::{ImportKind, ImportRun, ImportStatus, ImportTrigger},
};

use crate::{
    caller::Caller,
    error::Result,
    import_directory::{self, Request, Started},
    schedule,
    services::Services,
};

/// Runs that are looked through: far more than one interval of full imports holds incremental ones.
const RUNS: u32 = 1_000;

/// Begins an import of every directory whose time has come; answers how many.
pub async fn run_due(services: &Arc<Services>) -> Result<u32> {
    let mut begun = 0;
    for directory in services.store.directories().await? {
        let Some(kind) = due(services, &directory).await? else { continue };
        let request = Request { kind, dry_run: false, trigger: ImportTrigger::Schedule };
        match import_directory::start(services, &Caller::system(), &directory.id, request).await {
            Ok(Started::Begun(_)) => begun += 1,
            Ok(Started::UnderWay(_)) => {}
            Err(error) => tracing::warn!(directory.id = %directory.id, %error, "a scheduled import did not begin"),
        }
    }
    Ok(begun)
}

async fn due(services: &Services, directory: &Directory) -> Result<Option<ImportKind>> {
    let schedule = directory.schedule;
    if !directory.is_active() || (schedule.full_seconds.is_none() && schedule.incremental_seconds.is_none()) {
        return Ok(None);
    }
    let runs = services.store.import_runs(&directory.id, RUNS).await?;
    let can_go_on = services.store.import_cursor(&directory.id).await?.is_some();
    Ok(kind_due(directory, &runs, can_go_on, services.now()))
}

/// What is due; `runs` are the latest ones, newest first. An incremental import that has nothing to go on from would be a
/// full one: it waits for the full one's time.
fn kind_due(directory: &Directory, runs: &[ImportRun], can_go_on: bool, now: Timestamp) -> Option<ImportKind> {
    let runs: Vec<&ImportRun> = runs.iter().filter(|run| !run.dry_run).collect();
    if runs.first().is_some_and(|run| run.status == ImportStatus::Held) {
        return None;
    }
    let schedule = directory.schedule;
    let full = schedule.full_seconds.filter(|interval| {
        let last = runs.iter().find(|run| run.kind == ImportKind::Full);
        let soon = schedule.incremental_seconds.map_or(*interval, |often| often.min(*interval));
        let due = match last {
            None => directory.last_updated.plus_seconds(soon.into()),
            Some(run) if failed(run) => next(run, soon),
            Some(run) => next(run, *interval),
        };
        now >= due
    });
    let incremental = schedule
        .incremental_seconds
        .filter(|interval| can_go_on && now >= runs.first().map_or(directory.last_updated, |run| next(run, *interval)));
    let full = full.map(|_| ImportKind::Full);
    let incremental = incremental.map(|_| ImportKind::Incremental);
    match runs.first() {
        Some(last) if last.kind == ImportKind::Full && failed(last) => incremental.or(full),
        _ => full.or(incremental),
    }
}

/// Whether something went wrong that may be right the next time; not what was cut off, or an administrator's decision.
fn failed(run: &ImportRun) -> bool {
    run.error.as_ref().is_some_and(|error| !["INTERRUPTED", "DISCARDED", "SUPERSEDED"].contains(&error.code.as_str()))
}

/// When the run after this one is due: at once, if it was cut off.
fn next(run: &ImportRun, interval: domain::Seconds) -> Timestamp {
    let cut_off = run.error.as_ref().is_some_and(|error| error.code == "INTERRUPTED");
    // Running: the lease tells whether it lives; if not, it is taken over.
    if cut_off || matches!(run.status, ImportStatus::Pending | ImportStatus::Running) {
        return run.started;
    }
    schedule::after(run.id.as_str(), run.started, interval)
}

#[cfg(test)]
mod tests {
    use domain::directory::{DirectoryError, DirectoryStep, ImportSchedule};
    use testkit::sample;

    use super::*;

    const NOW: Timestamp = sample::NOW;

    fn corp() -> Directory {
        sample::directory("corp")
    }

    fn run(kind: ImportKind, seconds_ago: i64) -> ImportRun {
        ImportRun {
            kind,
            status: ImportStatus::Succeeded,
            started: NOW.plus_seconds(-seconds_ago),
            ..sample::import_run(&corp(), &format!("{kind:?}{seconds_ago}"))
        }
    }

    fn due(runs: &[ImportRun]) -> Option<ImportKind> {
        kind_due(&corp(), runs, true, NOW)
    }

    #[test]
    fn a_new_directory_is_left_alone_for_one_interval() {
        let at = |seconds| kind_due(&corp(), &[], false, NOW.plus_seconds(seconds));
        assert_eq!(at(899), None);
        assert_eq!(at(900), Some(ImportKind::Full));
    }

    #[test]
    fn each_kind_has_its_own_interval_and_the_full_one_comes_first() {
        use ImportKind::{Full, Incremental};
        assert_eq!(due(&[run(Incremental, 800), run(Full, 40_000)]), None);
        assert_eq!(due(&[run(Incremental, 1_000), run(Full, 40_000)]), Some(Incremental));
        assert_eq!(due(&[run(Full, 1_000)]), Some(Incremental));
        assert_eq!(due(&[run(Incremental, 10), run(Full, 100_000)]), Some(Full));
        assert_eq!(kind_due(&corp(), &[run(Full, 1_000)], false, NOW), None, "nothing to go on from");
        let mut off = corp();
        off.schedule = ImportSchedule { incremental_seconds: None, full_seconds: None };
        assert_eq!(kind_due(&off, &[], true, NOW.plus_seconds(1_000_000)), None);
    }

    #[test]
    fn nothing_begins_while_an_import_is_held_and_a_dry_run_does_not_count() {
        let held = ImportRun { status: ImportStatus::Held, ..run(ImportKind::Full, 500_000) };
        let shown = ImportRun { dry_run: true, ..run(ImportKind::Full, 10) };
        assert_eq!(due(&[shown.clone(), held]), None);
        assert_eq!(due(&[shown, run(ImportKind::Full, 500_000)]), Some(ImportKind::Full));
    }

    fn failing(code: &str, seconds_ago: i64) -> ImportRun {
        let error = Some(DirectoryError::new(DirectoryStep::Read, code, "", ""));
        ImportRun { status: ImportStatus::Failed, error, ..run(ImportKind::Full, seconds_ago) }
    }

    #[test]
    fn a_full_import_that_failed_is_tried_again_soon_and_keeps_no_incremental_one_from_running() {
        use ImportKind::{Full, Incremental};
        let first = [failing("TIMEOUT", 1_000)];
        assert_eq!(kind_due(&corp(), &first, false, NOW), Some(Full));
        assert_eq!(kind_due(&corp(), &first, false, NOW.plus_seconds(-500)), None);
        assert_eq!(due(&first), Some(Incremental));
        assert_eq!(due(&[run(Incremental, 1_000), failing("TIMEOUT", 2_000)]), Some(Full));
        assert_eq!(kind_due(&corp(), &[failing("DISCARDED", 1_000)], false, NOW), None);
    }

    #[test]
    fn what_was_cut_off_is_begun_again_at_once() {
        assert_eq!(due(&[failing("INTERRUPTED", 10)]), Some(ImportKind::Full));
        assert_eq!(due(&[failing("TIMEOUT", 10)]), None);
        let running = ImportRun { status: ImportStatus::Running, ..run(ImportKind::Full, 10) };
        assert_eq!(due(&[running]), Some(ImportKind::Full));
    }
}
