//! Databases of earlier versions, opened by this one.
#![expect(clippy::expect_used, reason = "a test")]

use std::path::Path;

use domain::Event;
use ports::{EventFilter, EventReader as _, PageRequest, Store as _};
use rolegate_store::{SqliteOptions, SqliteStore};
use sqlx::{Connection as _, SqliteConnection};
use testkit::sample;

const FIRST: &str = include_str!("../migrations/sqlite/0001_initial.sql");

async fn raw(path: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}?mode=rwc", path.display());
    SqliteConnection::connect(&url).await.expect("the file opens")
}

/// A database as the first version left it, with these entries in its log.
async fn of_the_first_version(path: &Path, events: &[Event]) {
    // What the first migration is called and sums up to, this version knows.
    let known = path.with_extension("known");
    SqliteStore::open(&SqliteOptions::file(&known)).await.expect("opens").close().await;
    let query = "SELECT version, name, checksum FROM schema_migrations WHERE version = 1";
    let (version, name, checksum): (i64, String, String) =
        sqlx::query_as(query).fetch_one(&mut raw(&known).await).await.expect("reads");

    let mut database = raw(path).await;
    sqlx::raw_sql(FIRST).execute(&mut database).await.expect("the first schema");
    let table = "CREATE TABLE schema_migrations (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT";
    sqlx::raw_sql(table).execute(&mut database).await.expect("makes");
    let insert = sqlx::query("INSERT INTO schema_migrations VALUES ($1, $2, $3)").bind(version).bind(name);
    insert.bind(checksum).execute(&mut database).await.expect("writes");
    for event in events {
        sqlx::query("INSERT INTO events (published, uuid, event_type, search, body) VALUES ($1, $2, $3, '', $4)")
            .bind(event.published.millis())
            .bind(&event.uuid)
            .bind(&event.event_type)
            .bind(serde_json::to_string(event).expect("JSON"))
            .execute(&mut database)
            .await
            .expect("writes");
    }
    database.close().await.expect("closes");
}

async fn after(store: &SqliteStore, cursor: Option<String>) -> (Vec<Event>, Option<String>) {
    let found = store.events(&EventFilter::default(), &PageRequest { after: cursor, limit: 10 }).await;
    let found = found.expect("reads");
    (found.items, found.next)
}

#[tokio::test]
async fn who_followed_the_log_of_the_first_version_goes_on_where_they_stood() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let event = |number| sample::event(number, "user.session.start");
    of_the_first_version(&path, &[3, 1, 2].map(event)).await;

    let store = SqliteStore::open(&SqliteOptions::file(&path)).await.expect("opens and migrates");
    assert_eq!(store.integrity_errors().await.expect("reads"), [""; 0]);
    let (all, end) = after(&store, None).await;
    assert_eq!(all, [1, 2, 3].map(event), "in the order in which they were listed before");
    let stood = |event: &Event| Some(format!("{}_0_{}", event.published.millis(), event.uuid));
    assert_eq!(after(&store, stood(&event(2))).await.0, [event(3)]);
    assert_eq!(after(&store, stood(&event(3))).await.0, []);
    let waited_for_the_first = Some(format!("{}_0_", event(1).published.millis() - 1));
    assert_eq!(after(&store, waited_for_the_first).await.0, all);

    store.append_events(vec![event(0)]).await.expect("writes");
    assert_eq!(after(&store, end).await.0, [event(0)]);
}

#[tokio::test]
async fn a_number_of_the_log_is_never_given_again() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("rolegate.db");
    let store = SqliteStore::open(&SqliteOptions::file(&path)).await.expect("opens");
    store.append_events(vec![sample::event(1, "user.session.start")]).await.expect("writes");
    let (_, end) = after(&store, None).await;
    let mut database = raw(&path).await;
    sqlx::raw_sql("DELETE FROM events").execute(&mut database).await.expect("deletes");
    let later = sample::event(2, "user.session.start");
    store.append_events(vec![later.clone()]).await.expect("writes");
    assert_eq!(after(&store, end).await.0, [later]);
}
