//! Writes until it is killed: for `tests/crash.rs`. Every acknowledged write is printed after its commit.
//!
//! Each unit adds a user, a group and the membership between them with an event; beside it events are appended alone.
#![expect(clippy::print_stdout, reason = "its output is the record of what was acknowledged")]

use std::io::Write as _;

use ports::{Store as _, StoreResult};
use rolegate_store::{SqliteOptions, SqliteStore};
use testkit::sample;

#[tokio::main(flavor = "current_thread")]
async fn main() -> StoreResult<()> {
    let mut arguments = std::env::args().skip(1);
    let (path, round) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let round: u32 = round.parse().unwrap_or(0);
    let store = SqliteStore::open(&SqliteOptions::file(path)).await?;
    for number in 0.. {
        let name = format!("r{round}n{number}");
        let (user, group) = (sample::user(&format!("{name}@example.com")), sample::group(&name));
        let stamp = round * 1_000_000 + number * 2;
        let mut unit = store.begin().await?;
        unit.insert_user(&user, None).await?;
        unit.insert_group(&group).await?;
        unit.add_member(&group.id, &user.id, sample::NOW).await?;
        unit.append_event(&sample::event(stamp, "user.lifecycle.create")).await?;
        unit.commit().await?;
        acknowledge("unit", &name);
        store.append_events(vec![sample::event(stamp + 1, "user.authentication.sso")]).await?;
        acknowledge("event", &(stamp + 1).to_string());
    }
    Ok(())
}

fn acknowledge(kind: &str, name: &str) {
    println!("{kind} {name}");
    // A reader that went away means that the test is over.
    std::io::stdout().flush().ok();
}
