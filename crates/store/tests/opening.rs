//! Opening: files and rights, schema versions, other processes, what is no database.
#![expect(clippy::expect_used, clippy::panic, reason = "a test")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use domain::{
    Clock as _, User, UserStatus,
    aws::{AwsRole, Trust},
};
use ports::{
    AssignmentReader as _, AwsReader as _, EventReader as _, GroupReader as _, SessionReader as _, Store as _,
    StoreError, UserReader as _,
};
use rolegate_store::{SqliteOptions, SqliteStore};
use sqlx::{Connection as _, SqliteConnection};
use testkit::{FixedClock, sample};

async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(&SqliteOptions::file(path)).await
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.expect("the file opens")
}

async fn change(path: &Path, sql: &'static str) {
    let mut connection = raw(path).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statement works");
    connection.close().await.expect("the file closes");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn message(result: Result<SqliteStore, StoreError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(_) => panic!("opened what should not open"),
    }
}

#[tokio::test]
async fn the_file_is_for_its_owner_alone_and_so_is_a_directory_made_for_it() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("data/deep/rolegate.db");
    let store = open(&path).await.expect("opens");
    store.ping().await.expect("works");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("a parent")), 0o700);
    assert_eq!(mode(&home.path().join("data")), 0o700);
    for beside in ["-wal", "-shm"] {
        let beside = home.path().join(format!("data/deep/rolegate.db{beside}"));
        assert_eq!(mode(&beside), 0o600, "{}", beside.display());
    }
}

#[tokio::test]
async fn what_was_committed_is_there_after_closing_and_opening_again() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let ann = sample::user("ann@example.com");
    let store = open(&path).await.expect("opens");
    let mut unit = store.begin().await.expect("begins");
    unit.insert_user(&ann, None).await.expect("writes");
    unit.commit().await.expect("commits");
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(store.session_by_hash(&sample::hash("s")).await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(store.append_events(vec![sample::event(1, "x")]).await, Err(StoreError::Unavailable { .. })));
    assert!(!home.path().join("rolegate.db-wal").exists(), "an orderly end leaves one file");

    let store = open(&path).await.expect("opens again");
    assert_eq!(store.user(&ann.id).await.expect("reads"), Some(ann));
    assert_eq!(store.integrity_errors().await.expect("reads"), [""; 0]);
}

/// What a person's roles are decided by, read as another process reads it: through a store of its own on the same file.
#[tokio::test]
async fn what_another_process_commits_is_seen_by_the_next_read() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let (here, there) = (open(&path).await.expect("opens"), open(&path).await.expect("opens twice"));
    let (ann, app, team) = (sample::user("ann@example.com"), sample::app("AWS"), sample::group("Team"));
    let role = sample::aws_role(&sample::aws_account(&app, 1), "Admin");
    let mut unit = there.begin().await.expect("begins");
    unit.insert_user(&ann, None).await.expect("writes");
    unit.insert_app(&app).await.expect("writes");
    unit.insert_group(&team).await.expect("writes");
    unit.add_member(&team.id, &ann.id, sample::NOW).await.expect("writes");
    unit.put_user_assignment(&sample::user_assignment(&app, &ann, &[])).await.expect("writes");
    unit.put_group_assignment(&sample::group_assignment(&app, &team, 0, &[])).await.expect("writes");
    let account = sample::aws_account(&app, 1);
    unit.put_account_reading(&account, std::slice::from_ref(&role), sample::NOW).await.expect("writes");
    unit.commit().await.expect("commits");

    let asked = [(account.id, role.arn.name().clone())];
    let trusted = |roles: Vec<AwsRole>| roles.iter().map(|role| role.verdict.trust).collect::<Vec<_>>();
    let before = here.entitlement_revision().await.expect("reads");
    assert_eq!(here.user(&ann.id).await.expect("reads").map(|user| user.status), Some(ann.status));
    assert!(here.user_assignment(&app.id, &ann.id).await.expect("reads").is_some());
    assert!(here.some_group_assignment_of_user(&app.id, &ann.id).await.expect("reads").is_some());
    assert_eq!(here.group_assignments_of_user(&app.id, &ann.id).await.expect("reads").len(), 1);
    assert_eq!(here.user_groups_graph(&ann.id).await.expect("reads").direct, std::slice::from_ref(&team.id));
    assert_eq!(trusted(here.aws_roles_in_accounts(&app.id, &asked).await.expect("reads")), [Trust::Allowed]);

    let mut unit = there.begin().await.expect("begins");
    let suspended = User { status: UserStatus::Suspended, ..ann.clone() };
    unit.update_user(&suspended).await.expect("writes");
    unit.delete_user_assignment(&app.id, &ann.id).await.expect("writes");
    unit.remove_member(&team.id, &ann.id, sample::NOW).await.expect("writes");
    unit.set_role_verdict(&app.id, &role.arn, &sample::refused()).await.expect("writes");
    unit.commit().await.expect("commits");
    assert!(here.entitlement_revision().await.expect("reads") > before);
    assert_eq!(here.user(&ann.id).await.expect("reads").map(|user| user.status), Some(UserStatus::Suspended));
    assert!(here.user_assignment(&app.id, &ann.id).await.expect("reads").is_none());
    assert!(here.some_group_assignment_of_user(&app.id, &ann.id).await.expect("reads").is_none());
    assert!(here.group_assignments_of_user(&app.id, &ann.id).await.expect("reads").is_empty());
    assert!(here.user_groups_graph(&ann.id).await.expect("reads").groups.is_empty());
    assert_eq!(trusted(here.aws_roles_in_accounts(&app.id, &asked).await.expect("reads")), [Trust::Refused]);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let known = open(&path).await.expect("opens").schema_state().await.expect("reads").known;
    change(&path, "INSERT INTO schema_migrations VALUES (900, 'of tomorrow', 'x')").await;
    match open(&path).await {
        Err(StoreError::NewerSchema { found: 900, known: told }) => assert_eq!(told, known),
        other => panic!("{other:?}"),
    }
    let inspected = SqliteStore::inspect(&SqliteOptions::file(&path)).await;
    assert!(matches!(inspected, Err(StoreError::NewerSchema { .. })), "{inspected:?}");
}

#[tokio::test]
async fn a_migration_that_ran_with_another_text_is_refused_by_name() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    open(&path).await.expect("opens").close().await;
    change(&path, "UPDATE schema_migrations SET checksum = 'other' WHERE version = 1").await;
    let message = message(open(&path).await);
    assert!(message.contains("`0001 initial`") && message.contains("hint:"), "{message}");
}

#[tokio::test]
async fn inspecting_says_what_is_to_run_and_changes_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let options = SqliteOptions::file(&path);
    let before = SqliteStore::inspect(&options).await.expect("inspects");
    assert_eq!((before.found, before.pending.first().map(String::as_str)), (0, Some("0001 initial")));
    assert!(before.pending.last().is_some_and(|last| last.starts_with(&format!("{:04} ", before.known))));
    assert!(!path.exists());
    let store = open(&path).await.expect("opens");
    let after = SqliteStore::inspect(&options).await.expect("inspects");
    assert_eq!((after.found, after.pending.len()), (after.known, 0));
    assert_eq!(store.schema_version().await.expect("reads"), after.known);
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused_with_the_path_and_a_hint() {
    let home = tempfile::tempdir().expect("a directory");
    let text = home.path().join("notes.txt");
    fs::write(&text, "These are notes, and long enough to be read as a header. ".repeat(100)).expect("writes");
    let refused = message(open(&text).await);
    assert!(refused.contains("notes.txt") && refused.contains("hint:"), "{refused}");
    assert!(fs::read_to_string(&text).expect("reads").starts_with("These are notes"), "left alone");

    let foreign = home.path().join("foreign.db");
    fs::write(&foreign, "").expect("writes");
    change(&foreign, "CREATE TABLE recipes (id INTEGER)").await;
    let refused = message(open(&foreign).await);
    assert!(refused.contains("`recipes`") && refused.contains("foreign.db"), "{refused}");

    let directory = message(open(home.path()).await);
    assert!(directory.contains("hint:"), "{directory}");
    let below_a_file = message(open(&text.join("x/rolegate.db")).await);
    assert!(below_a_file.contains("notes.txt") && below_a_file.contains("hint:"), "{below_a_file}");
}

#[tokio::test]
async fn stores_that_open_together_share_one_schema() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let openers: Vec<_> = (0..12)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { open(&path).await })
        })
        .collect();
    let mut stores = Vec::new();
    for opener in openers {
        stores.push(opener.await.expect("ends").expect("opens"));
    }
    for (number, store) in (0..).zip(&stores) {
        store.append_events(vec![sample::event(number, "user.session.start")]).await.expect("writes");
    }
    let (filter, page) = (ports::EventFilter::default(), ports::PageRequest { after: None, limit: 100 });
    let listed = stores.first().expect("one").events(&filter, &page);
    assert_eq!(listed.await.expect("reads").items.len(), stores.len());
}

#[tokio::test]
async fn a_lock_that_another_process_holds_is_named_after_five_seconds() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let store = open(&path).await.expect("opens");
    let mut other = raw(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("takes the lock");
    let began = std::time::Instant::now();
    let refused = store.append_events(vec![sample::event(1, "user.session.start")]).await;
    assert!(began.elapsed() < Duration::from_secs(30), "waiting is bounded");
    match refused {
        Err(StoreError::Unavailable { message }) => assert!(message.contains("another process"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.entitlement_revision().await.expect("reading goes on"), 1);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("gives it back");
    store.append_events(vec![sample::event(1, "user.session.start")]).await.expect("work goes on");
}

#[tokio::test]
async fn a_value_that_this_version_cannot_read_is_named_by_its_column() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let store = open(&path).await.expect("opens");
    let ann = sample::user("ann@example.com");
    let mut unit = store.begin().await.expect("begins");
    unit.insert_user(&ann, None).await.expect("writes");
    unit.note_sign_in(&ann.id, FixedClock::default().now()).await.expect("writes");
    unit.commit().await.expect("commits");
    change(&path, "UPDATE user_records SET status = 'ASLEEP'").await;
    match store.user(&ann.id).await {
        Err(StoreError::Corrupt { what: "users.status", message }) => assert!(message.contains("`ASLEEP`")),
        other => panic!("{other:?}"),
    }
}
