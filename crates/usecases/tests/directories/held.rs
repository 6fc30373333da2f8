//! Imports that would take too much away, and those that only show what they would do.

use domain::{
    Directory, UserStatus,
    directory::{ImportKind, ImportRun, ImportStatus},
    user::AdminRole,
};
use rolegate_usecases::{Caller, Error, error::StateError, import_directory, import_schedule};
use testkit::sample;

use crate::world::{World, login};

/// Ten people, five of them in a team.
async fn ten() -> World {
    let world = World::new().await;
    let names: Vec<String> = (0..10).map(|number| format!("p{number}")).collect();
    for name in &names {
        world.add_person(name);
    }
    let half: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    world.fake.add_group("team", &half);
    world.full().await;
    world
}

async fn lose_three(world: &World) -> ImportRun {
    for name in ["p0", "p1", "p2"] {
        world.fake.delete(name);
    }
    let run = world.import(ImportKind::Full).await;
    assert_eq!(run.status, ImportStatus::Held);
    run
}

fn not_now(result: Result<ImportRun, Error>) -> String {
    match result {
        Err(Error::State(StateError::NotNow(why))) => why,
        other => panic!("a refusal is expected, got {other:?}"),
    }
}

#[tokio::test]
async fn what_would_take_too_much_is_held_and_shows_what_it_would_do() {
    let world = ten().await;
    let revision = world.store().entitlement_revision().await.unwrap();
    let run = lose_three(&world).await;
    let held = run.held.clone().unwrap();
    assert_eq!((held.limit_percent, held.people, held.memberships), (20, (3, 10), (3, 5)));
    let examples: std::collections::BTreeSet<String> = held.examples.into_iter().collect();
    assert_eq!(examples, ["p0", "p1", "p2"].map(login).into());
    assert_eq!((run.people.suspended, run.memberships.removed), (3, 3));
    assert_eq!(world.store().entitlement_revision().await.unwrap(), revision, "nothing changed");
    assert_eq!(world.status("p0").await, UserStatus::Active);
    let last = world.events().await.pop().unwrap();
    assert_eq!((last.event_type.as_str(), last.reason.as_deref()), ("system.import.complete", Some("HELD")));
}

#[tokio::test]
async fn released_it_does_what_it_showed_once() {
    let world = ten().await;
    let run = lose_three(&world).await;
    let ann = world.add_session("p1").await;
    let released = world.release(&run).await.unwrap();
    assert_eq!((released.status, released.people), (ImportStatus::Succeeded, run.people));
    assert_eq!(world.ended(&run).await.status, ImportStatus::Succeeded);
    for name in ["p0", "p1", "p2"] {
        assert_eq!(world.status(name).await, UserStatus::Suspended);
        assert!(world.groups(name).await.is_empty());
    }
    assert_eq!(world.sessions(&ann).await, 0);
    assert_eq!(world.status("p3").await, UserStatus::Active);
    assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    assert!(not_now(world.release(&run).await).contains("not held"));
    world.full().await;
}

#[tokio::test]
async fn discarded_it_leaves_everything_and_the_next_one_asks_again() {
    let world = ten().await;
    let run = lose_three(&world).await;
    let discarded =
        import_directory::discard(&world.services, &Caller::system(), &world.corp.id, &run.id).await.unwrap();
    assert_eq!((discarded.status, discarded.error.unwrap().code.as_str()), (ImportStatus::Failed, "DISCARDED"));
    assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    assert_eq!(world.status("p0").await, UserStatus::Active);
    assert!(not_now(world.release(&run).await).contains("not held"));
    assert_eq!(world.import(ImportKind::Full).await.status, ImportStatus::Held);
}

#[tokio::test]
async fn a_newer_import_replaces_a_held_one() {
    let world = ten().await;
    let run = lose_three(&world).await;
    for name in ["p0", "p1", "p2"] {
        world.add_person(name);
    }
    // The same logins, other people: they have to be confirmed, and nobody is gone before that is decided.
    let newer = world.import(ImportKind::Full).await;
    assert_eq!(world.run(&run.id).await.error.unwrap().code, "SUPERSEDED");
    assert!(not_now(world.release(&run).await).contains("not held"));
    assert_ne!(newer.id, run.id);
}

#[tokio::test]
async fn nothing_is_scheduled_and_nothing_is_only_shown_while_a_run_is_held() {
    let world = ten().await;
    world.clock.advance_seconds(100_000);
    assert_eq!(import_schedule::run_due(&world.services).await.unwrap(), 1);
    let runs = world.store().import_runs(&world.corp.id, 1).await.unwrap();
    world.ended(&runs[0]).await;
    lose_three(&world).await;
    world.clock.advance_seconds(1_000_000);
    assert_eq!(import_schedule::run_due(&world.services).await.unwrap(), 0);
    let refused = world.start(ImportKind::Full, true).await.unwrap_err();
    assert!(refused.to_string().contains("waits for a decision"), "{refused}");
}

#[tokio::test]
async fn a_dry_run_shows_and_leaves_nothing() {
    let world = World::new().await;
    for name in ["ann", "bob"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann"]);
    let run = world.dry_run().await;
    assert_eq!(run.status, ImportStatus::Succeeded);
    assert_eq!((run.people.created, run.groups.created, run.memberships.added), (2, 1, 1));
    assert!(world.logins().await.is_empty());
    assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    assert_eq!(world.store().import_cursor(&world.corp.id).await.unwrap(), None);

    world.full().await;
    world.fake.delete("bob");
    let run = world.dry_run().await;
    assert_eq!((run.status, run.people.suspended), (ImportStatus::Succeeded, 1));
    assert!(run.held.is_some(), "it says that it would be held");
    assert_eq!(world.status("bob").await, UserStatus::Active);
}

#[tokio::test]
async fn a_first_import_that_links_everybody_is_not_held() {
    let world = World::new().await;
    for number in 0..5 {
        let name = format!("p{number}");
        world.local_user(&name).await;
        world.add_person(&name);
    }
    let run = world.full().await;
    assert_eq!((run.people.matched, run.people.created), (5, 0));
}

#[tokio::test]
async fn a_sign_in_after_the_reading_counts_more_than_what_was_held() {
    let world = ten().await;
    let run = lose_three(&world).await;
    // Meanwhile the directory has another word on somebody, and a sign-in brought it.
    world.fake.add_group("new", &["p4"]);
    world.fake.replace_members("team", &["p3"]);
    world.clock.advance_seconds(60);
    world.arrive("p4").await;
    assert_eq!(world.groups("p4").await, ["new"]);
    world.release(&run).await.unwrap();
    assert_eq!(world.groups("p4").await, ["new"]);
    assert_eq!(world.groups("p3").await, ["team"]);
    assert_eq!(world.status("p0").await, UserStatus::Suspended);
}

#[tokio::test]
async fn the_last_super_administrator_is_not_lost_by_an_import() {
    let world = World::with(Directory { safeguard_percent: 100, ..sample::directory("corp") }).await;
    for name in ["ann", "bob"] {
        world.add_person(name);
    }
    world.full().await;
    let ann = domain::User { admin_role: Some(AdminRole::SuperAdmin), ..world.user("ann").await };
    world.write(async |unit| unit.update_user(&ann).await.unwrap()).await;
    world.fake.delete("ann");
    let run = world.import(ImportKind::Full).await;
    assert_eq!(run.status, ImportStatus::Held);
    assert!(not_now(world.release(&run).await).contains("super administrator"));
    let bob = domain::User { admin_role: Some(AdminRole::SuperAdmin), ..world.user("bob").await };
    world.write(async |unit| unit.update_user(&bob).await.unwrap()).await;
    world.release(&run).await.unwrap();
    assert_eq!(world.status("ann").await, UserStatus::Suspended);
}

#[tokio::test]
async fn of_those_who_decide_at_once_one_decides() {
    for discards in [false, true] {
        let world = ten().await;
        let run = lose_three(&world).await;
        let other = async {
            if discards {
                import_directory::discard(&world.services, &Caller::system(), &world.corp.id, &run.id).await
            } else {
                world.release(&run).await
            }
        };
        let (one, other) = tokio::join!(world.release(&run), other);
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let applied = one.is_ok() || !discards;
        let ended = world.ended(&run).await;
        assert_eq!(ended.status, if applied { ImportStatus::Succeeded } else { ImportStatus::Failed });
        for name in ["p0", "p1", "p2"] {
            assert_eq!(world.status(name).await == UserStatus::Suspended, applied);
            assert_eq!(world.groups(name).await.is_empty(), applied);
        }
    }
}
