//! Runs of imports and cursors.

use domain::directory::{
    DirectoryError, DirectoryStep, EntryProblem, HeldBack, ImportKind, ImportProgress, ImportStatus, ImportTrigger,
};
use ports::{ImportCursor, StoreError, StoreResult};

use super::{Subject, begin, refused};
use crate::sample;

/// Every field; newest first.
pub async fn an_import_run_reads_back_and_changes(store: Subject) -> StoreResult<()> {
    let (corp, other) = (sample::directory("corp"), sample::directory("other"));
    let mut run = sample::import_run(&corp, "first");
    let mut later = sample::import_run(&corp, "later");
    later.started = sample::NOW.plus_seconds(60);
    later.kind = ImportKind::Incremental;
    later.trigger = ImportTrigger::Schedule;
    later.dry_run = true;
    let mut unit = begin(&store).await;
    refused!(unit.insert_import_run(&run).await, StoreError::Missing { entity: "directory", .. });
    unit.insert_directory(&corp).await?;
    unit.insert_directory(&other).await?;
    unit.insert_import_run(&run).await?;
    unit.insert_import_run(&later).await?;
    unit.commit().await?;
    assert_eq!(store.import_runs(&corp.id, 10).await?, [later.clone(), run.clone()]);
    assert_eq!(store.import_runs(&corp.id, 1).await?, [later]);
    assert!(store.import_runs(&other.id, 10).await?.is_empty());
    assert_eq!(store.import_run(&other.id, &run.id).await?, None);

    run.status = ImportStatus::Held;
    run.finished = Some(sample::NOW.plus_seconds(5));
    run.progress = ImportProgress { people_read: 3, people_expected: Some(9), ..ImportProgress::default() };
    run.people.suspended = 2;
    run.groups.removed = 1;
    run.memberships.unresolved = 4;
    run.problems = vec![EntryProblem {
        dn: "uid=x".to_owned(),
        code: "LOGIN_MISSING".to_owned(),
        what: "It has no login.".to_owned(),
        fix: "Give it one.".to_owned(),
    }];
    run.held = Some(HeldBack {
        limit_percent: 20,
        people: (2, 3),
        memberships: (0, 9),
        examples: vec!["ann@example.com".to_owned()],
    });
    run.error = Some(DirectoryError {
        step: DirectoryStep::Read,
        code: "TIMEOUT".to_owned(),
        message: "no answer".to_owned(),
        hint: "Ask again.".to_owned(),
    });
    let mut unit = begin(&store).await;
    unit.update_import_run(&run).await?;
    refused!(
        unit.update_import_run(&sample::import_run(&corp, "x")).await,
        StoreError::Missing { entity: "import run", .. }
    );
    unit.commit().await?;
    assert_eq!(store.import_run(&corp.id, &run.id).await?.as_ref(), Some(&run));
    let again = domain::directory::ImportRun { status: ImportStatus::Running, finished: None, ..run.clone() };
    let mut unit = begin(&store).await;
    refused!(unit.update_import_run(&again).await, StoreError::Missing { entity: "import run", .. });
    run.status = ImportStatus::Succeeded;
    unit.update_import_run(&run).await?;
    unit.commit().await?;
    assert_eq!(store.import_run(&corp.id, &run.id).await?, Some(run));
    Ok(())
}

/// Hundreds of incremental runs do not push the last full one out.
pub async fn old_import_runs_are_forgotten_by_kind(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let full = sample::import_run(&corp, "full");
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.insert_import_run(&full).await?;
    for number in 1..=205 {
        let mut run = sample::import_run(&corp, &format!("run {number}"));
        run.kind = ImportKind::Incremental;
        run.started = sample::NOW.plus_seconds(number);
        unit.insert_import_run(&run).await?;
    }
    unit.commit().await?;
    let kept = store.import_runs(&corp.id, 1_000).await?;
    assert_eq!(kept.len(), 201);
    assert_eq!(kept[0].id, sample::import_run_id("run 205"));
    assert_eq!(kept[200], full);
    Ok(())
}

/// One for each directory; it goes with it.
pub async fn a_cursor_is_kept_replaced_and_forgotten(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let cursor = |text: &str| ImportCursor(text.to_owned());
    let mut unit = begin(&store).await;
    refused!(
        unit.set_import_cursor(&corp.id, Some(&cursor("a"))).await,
        StoreError::Missing { entity: "directory", .. }
    );
    unit.insert_directory(&corp).await?;
    unit.set_import_cursor(&corp.id, Some(&cursor("a"))).await?;
    unit.set_import_cursor(&corp.id, Some(&cursor("b"))).await?;
    unit.commit().await?;
    assert_eq!(store.import_cursor(&corp.id).await?, Some(cursor("b")));
    let mut unit = begin(&store).await;
    unit.set_import_cursor(&corp.id, None).await?;
    unit.commit().await?;
    assert_eq!(store.import_cursor(&corp.id).await?, None);
    Ok(())
}
