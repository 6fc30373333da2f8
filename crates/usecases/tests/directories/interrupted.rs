//! Imports that do not reach their end: everything stays as it was, and the next one is none the worse.

use domain::{
    Directory, UserStatus,
    directory::{DirectoryError, DirectoryStatus, DirectoryStep, ImportKind, ImportStatus},
};
use ports::{Members, Stage};
use rolegate_usecases::import_directory::Started;
use testkit::sample;

use crate::world::{World, login};

async fn staffed() -> World {
    let world = World::with(Directory { safeguard_percent: 100, ..sample::directory("corp") }).await;
    for name in ["ann", "bob"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann", "bob"]);
    world
}

#[tokio::test]
async fn a_reading_that_breaks_off_leaves_everything_as_it_was() {
    let world = staffed().await;
    world.full().await;
    world.add_person("cleo");
    world.fake.replace_members("team", &["cleo"]);
    let revision = world.store().entitlement_revision().await.unwrap();
    for entries in 0..4 {
        world.fake.break_off_after(Some(entries));
        let run = world.import(ImportKind::Full).await;
        assert_eq!((run.status, run.error.unwrap().code.as_str()), (ImportStatus::Failed, "TIMEOUT"));
        assert_eq!(world.logins().await, ["ann", "bob"].map(login));
        assert_eq!(world.groups("ann").await, ["team"]);
        assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    }
    assert_eq!(world.store().entitlement_revision().await.unwrap(), revision);
    let failed = world.events().await.pop().unwrap();
    assert_eq!((failed.reason.as_deref(), failed.debug_data["step"].as_str()), (Some("TIMEOUT"), "READ"));
    world.fake.break_off_after(None);
    // The cursor of before still leads on.
    assert_eq!(world.incremental().await.people.created, 1);
    assert_eq!(world.groups("cleo").await, ["team"]);
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_named_and_changes_nothing() {
    let world = staffed().await;
    let error = DirectoryError::new(DirectoryStep::Connect, "CONNECTION_REFUSED", "refused", "Start it.");
    world.fake.fail(Some(error.clone()));
    let run = world.import(ImportKind::Full).await;
    assert_eq!((run.status, run.error), (ImportStatus::Failed, Some(error)));
    assert!(world.logins().await.is_empty());
}

#[tokio::test]
async fn one_import_at_a_time_and_a_stop_ends_it() {
    let world = staffed().await;
    world.fake.hang_after(Some(1));
    let Ok(Started::Begun(run)) = world.start(ImportKind::Full, false).await else { panic!("begun") };
    world.clock.advance_seconds(-60);
    let Ok(Started::UnderWay(second)) = world.start(ImportKind::Full, false).await else { panic!("under way") };
    assert_eq!(second.id, run.id);
    world.services.stopping.cancel();
    let run = world.ended(&run).await;
    assert_eq!((run.status, run.error.unwrap().code.as_str()), (ImportStatus::Failed, "INTERRUPTED"));
    assert!(world.logins().await.is_empty());
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_by_the_next_run() {
    let world = staffed().await;
    world.full().await;
    let bob = world.user("bob").await;
    // As a process leaves it that died in the middle: the lease, a run that goes on, and half of what it staged.
    let dead = sample::import_run(&world.corp, "dead");
    let stage = Stage { run: dead.id.clone(), directory: world.corp.id.clone() };
    let hidden = domain::User { directory: Some(world.corp.id.clone()), ..sample::user(&login("cleo")) };
    let team = sample::directory_group(&world.corp, "hidden");
    world
        .write(async |unit| {
            let now = world.services.now();
            let lease = format!("import:{}", world.corp.id);
            assert!(unit.take_lease(&lease, dead.id.as_str(), now, now.plus_seconds(20)).await.unwrap());
            unit.insert_import_run(&dead).await.unwrap();
            unit.begin_stage(&stage, true).await.unwrap();
        })
        .await;
    let loader = world.store().loader(&stage).await.unwrap();
    loader.people(vec![(hidden.clone(), sample::person_entry(&hidden))]).await.unwrap();
    loader.groups(vec![(team.clone(), sample::group_entry(&team))]).await.unwrap();
    let members = Members { people: vec![(team.id.clone(), bob.id.clone())], ..Members::default() };
    loader.members(members).await.unwrap();
    assert_eq!(world.groups("bob").await, ["team"], "nobody sees it");
    world.add_person("cleo");
    let run = world.full().await;
    assert_eq!(run.people.created, 1);
    let died = world.run(&dead.id).await;
    assert_eq!((died.status, died.error.unwrap().code.as_str()), (ImportStatus::Failed, "INTERRUPTED"));
    assert_ne!(world.user("cleo").await.id, hidden.id);
    assert_eq!(world.groups("bob").await, ["team"]);
    assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    assert_eq!(world.status("cleo").await, UserStatus::Active);
}

/// An import that stands still after its first entry; later ones do not.
async fn hanging(world: &World) -> Started {
    let before = world.fake.readings().0;
    world.fake.hang_after(Some(1));
    let started = world.start(ImportKind::Full, false).await.unwrap();
    while world.fake.readings().0 == before {
        tokio::task::yield_now().await;
    }
    world.fake.hang_after(None);
    started
}

#[tokio::test]
async fn switching_a_directory_off_or_changing_what_is_read_stops_an_import() {
    let world = staffed().await;
    let inactive = Directory { status: DirectoryStatus::Inactive, ..world.corp.clone() };
    let mut elsewhere = world.corp.clone();
    elsewhere.people.bases = vec!["ou=away,dc=example,dc=com".to_owned()];
    for changed in [inactive, elsewhere] {
        let started = hanging(&world).await;
        world.write(async |unit| unit.update_directory(&changed).await.unwrap()).await;
        world.fake.go_on();
        let run = world.ended(started.run()).await;
        assert_eq!((run.status, run.error.unwrap().code.as_str()), (ImportStatus::Failed, "INTERRUPTED"));
        assert!(world.logins().await.is_empty());
        world.write(async |unit| unit.update_directory(&world.corp).await.unwrap()).await;
    }
    // What says nothing about the reading may change.
    let started = hanging(&world).await;
    let often = Directory { safeguard_percent: 7, ..world.corp.clone() };
    world.write(async |unit| unit.update_directory(&often).await.unwrap()).await;
    world.fake.go_on();
    assert_eq!(world.ended(started.run()).await.status, ImportStatus::Succeeded);
}

#[tokio::test]
async fn a_run_that_stood_still_while_another_went_ahead_changes_nothing() {
    let world = staffed().await;
    world.full().await;
    // As a machine that was put to sleep in the middle: its lease ends, and another import begins.
    world.fake.replace_members("team", &["bob"]);
    let asleep = hanging(&world).await;
    world.fake.replace_members("team", &["ann"]);
    world.add_person("cleo");
    let ahead = world.start(ImportKind::Full, false).await.unwrap();
    assert!(matches!(ahead, Started::Begun(_)));
    while world.run(&ahead.run().id).await.finished.is_none() {
        tokio::task::yield_now().await;
    }
    world.fake.go_on();
    let asleep = world.ended(asleep.run()).await;
    assert_eq!((asleep.status, asleep.error.unwrap().code.as_str()), (ImportStatus::Failed, "INTERRUPTED"));
    assert_eq!(world.run(&ahead.run().id).await.status, ImportStatus::Succeeded);
    assert_eq!((world.groups("ann").await, world.groups("bob").await), (vec!["team".to_owned()], vec![]));
    assert_eq!(world.logins().await, ["ann", "bob", "cleo"].map(login));
    assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty());
    assert_eq!(world.incremental().await.people.unchanged, 0);
}
