//! How fast the store is on this machine, as JSON on stdout: `cargo run --release -p rolegate-store --example throughput`.
//!
//! On a file, durable as in production. Figures are per second, or milliseconds where the name says so.
#![expect(clippy::print_stdout, reason = "its figures are its output")]

use std::{sync::Arc, time::Instant};

use domain::aws::AwsAccount;
use ports::{AssignmentReader as _, SessionReader as _, Store, StoreError, StoreResult};
use rolegate_store::{SqliteOptions, SqliteStore};
use testkit::sample;

#[tokio::main]
async fn main() -> StoreResult<()> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let path = std::path::Path::new(&directory).join("throughput.db");
    if path.exists() {
        return Err(StoreError::Unavailable { message: format!("`{}` exists already", path.display()) });
    }
    let began = Instant::now();
    let store = Arc::new(SqliteStore::open(&SqliteOptions::file(&path)).await?);
    report("open_new_ms", began.elapsed().as_secs_f64() * 1e3);
    launches(&store).await?;
    discovery(&store).await?;
    store.close().await;
    let began = Instant::now();
    SqliteStore::open(&SqliteOptions::file(&path)).await?.close().await;
    report("open_existing_ms", began.elapsed().as_secs_f64() * 1e3);
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", path.display())).ok();
    }
    Ok(())
}

fn report(name: &str, figure: f64) {
    println!("{{\"{name}\": {figure:.1}}}");
}

/// What a launch asks of the store, one by one and from 64 callers at once.
async fn launches(store: &Arc<SqliteStore>) -> StoreResult<()> {
    let (ann, app) = (sample::user("ann@example.com"), sample::app("AWS"));
    let mut unit = store.begin().await?;
    unit.insert_user(&ann, None).await?;
    unit.insert_app(&app).await?;
    unit.insert_session(&sample::session(&ann, "s"), &sample::hash("s")).await?;
    unit.put_user_assignment(&sample::user_assignment(&app, &ann, &[])).await?;
    unit.commit().await?;

    let began = Instant::now();
    for _ in 0..2_000 {
        store.session_by_hash(&sample::hash("s")).await?;
    }
    report("session_by_hash_1", 2e3 / began.elapsed().as_secs_f64());
    let began = Instant::now();
    for number in 0..500 {
        store.append_events(vec![sample::event(number, "user.authentication.sso")]).await?;
    }
    report("append_events_1", 500.0 / began.elapsed().as_secs_f64());

    let began = Instant::now();
    let callers: Vec<_> = (0..64_u32)
        .map(|caller| {
            let (store, app, user) = (store.clone(), app.id.clone(), ann.id.clone());
            tokio::spawn(async move {
                for number in 0..250 {
                    store.session_by_hash(&sample::hash("s")).await?;
                    store.user_assignment(&app, &user).await?;
                    let stamp = 10_000 + caller * 1_000 + number;
                    store.append_events(vec![sample::event(stamp, "user.authentication.sso")]).await?;
                }
                StoreResult::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await.map_err(|error| StoreError::Unavailable { message: error.to_string() })??;
    }
    report("launches_64", 64.0 * 250.0 / began.elapsed().as_secs_f64());
    Ok(())
}

/// 1,000 accounts of 50 roles: the first reading, and the same again.
async fn discovery(store: &Arc<SqliteStore>) -> StoreResult<()> {
    let app = sample::app("AWS");
    for name in ["discovery_first_ms", "discovery_again_ms"] {
        let began = Instant::now();
        for number in 0..1_000 {
            let account: AwsAccount = sample::aws_account(&app, number);
            let roles: Vec<_> = (0..50).map(|role| sample::aws_role(&account, &format!("Role{role}"))).collect();
            let mut unit = store.begin().await?;
            unit.put_account_reading(&account, &roles, sample::NOW).await?;
            unit.commit().await?;
        }
        report(name, began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
