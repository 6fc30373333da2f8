//! `kill -9` in the middle of writing: what was acknowledged is there, nothing is there by half, work goes on.
#![expect(clippy::expect_used, reason = "a test")]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ports::{EventFilter, EventReader as _, GroupReader as _, PageRequest, Store as _, UserReader as _};
use rolegate_store::{SqliteOptions, SqliteStore};
use testkit::sample;

/// Cargo builds examples beside tests: `target/debug/deps/crash-… → target/debug/examples/crash_writer`.
fn writer() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.parent().and_then(Path::parent).expect("a test lies in deps/");
    let writer = profile.join("examples/crash_writer");
    assert!(writer.exists(), "`{}` is missing: run `cargo test -p rolegate-store`", writer.display());
    writer
}

/// Runs a writer until it has acknowledged so much, kills it, and answers everything it acknowledged.
fn write_and_kill(path: &Path, round: u32, acknowledged: usize) -> Vec<String> {
    let mut child = Command::new(writer())
        .args([path.as_os_str(), round.to_string().as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the writer starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut lines = Vec::new();
    for _ in 0..acknowledged {
        let mut line = String::new();
        output.read_line(&mut line).expect("the writer writes");
        lines.push(line.trim().to_owned());
    }
    // SIGKILL: no destructor, no flush, no rollback.
    child.kill().expect("the writer is killed");
    lines.extend(output.lines().map_while(Result::ok));
    child.wait().expect("the writer has ended");
    lines
}

/// Runs a writer that may not write a file larger than this (as on a full disk, `write` fails), and answers what it
/// acknowledged and what it said at its end.
fn write_until_full(path: &Path, kilobytes: u32) -> (Vec<String>, String) {
    // Without SIGXFSZ the system call fails instead of killing the process. The unit of `ulimit -f` is 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$1\" 99", kilobytes * 2);
    let run = Command::new("sh").arg("-c").arg(script).arg(writer()).arg(path).output().expect("the writer runs");
    assert!(!run.status.success(), "the disk was not full");
    let lines = String::from_utf8_lossy(&run.stdout).lines().map(str::to_owned).collect();
    (lines, String::from_utf8_lossy(&run.stderr).into_owned())
}

async fn events(store: &SqliteStore) -> Vec<String> {
    let mut uuids = Vec::new();
    let mut page = PageRequest { after: None, limit: 1_000 };
    loop {
        let found = store.events(&EventFilter::default(), &page).await.expect("reads");
        if found.items.is_empty() {
            return uuids;
        }
        uuids.extend(found.items.into_iter().map(|event| event.uuid));
        page.after = found.next;
    }
}

async fn users(store: &SqliteStore) -> Vec<domain::User> {
    let mut users = Vec::new();
    let mut page = PageRequest { after: None, limit: 1_000 };
    loop {
        let found = store.users(&ports::UserFilter::default(), &page).await.expect("reads");
        users.extend(found.items);
        match found.next {
            Some(next) => page.after = Some(next),
            None => return users,
        }
    }
}

/// Nothing acknowledged is missing, and no unit is there by half.
async fn assert_whole(store: &SqliteStore, acknowledged: &[String]) {
    assert_eq!(store.integrity_errors().await.expect("reads"), [""; 0]);
    let events = events(store).await;
    let users = users(store).await;
    for line in acknowledged {
        match line.split_once(' ') {
            Some(("unit", name)) => {
                let id = sample::user_id(&format!("{name}@example.com"));
                assert!(users.iter().any(|user| user.id == id), "{line} was acknowledged and is gone");
            }
            Some(("event", number)) => {
                let uuid = sample::event(number.parse().expect("a number"), "x").uuid;
                assert!(events.contains(&uuid), "{line} was acknowledged and is gone");
            }
            // The last line may be cut off: then it acknowledges nothing.
            _ => {}
        }
    }
    for user in &users {
        let groups = store.groups_of_user(&user.id).await.expect("reads");
        assert_eq!(groups.len(), 1, "a unit is there by half: {}", user.profile.login);
    }
    let groups = store.groups(None, &PageRequest { after: None, limit: 1_000 }).await.expect("reads");
    assert!(groups.next.is_some() || groups.items.len() == users.len(), "as many groups as users");
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_it_acknowledged_and_leaves_nothing_by_half() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        acknowledged.extend(write_and_kill(&path, round, 40 + 37 * round as usize));
        let store = SqliteStore::open(&SqliteOptions::file(&path)).await.expect("opens after a crash");
        assert_whole(&store, &acknowledged).await;
        store.append_events(vec![sample::event(900_000 + round, "user.session.start")]).await.expect("work goes on");
        store.close().await;
    }
}

#[tokio::test]
async fn a_full_disk_is_named_and_leaves_nothing_by_half() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let (acknowledged, said) = write_until_full(&path, 1_500);
    assert!(acknowledged.len() > 10, "{said}");
    assert!(said.contains("disk") && said.contains("hint:"), "{said}");
    let store = SqliteStore::open(&SqliteOptions::file(&path)).await.expect("opens when there is room again");
    assert_whole(&store, &acknowledged).await;
    store.append_events(vec![sample::event(1, "user.session.start")]).await.expect("work goes on");
}
