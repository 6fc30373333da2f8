//! Somebody whom the directory let in.

use domain::{
    Directory, UserStatus,
    directory::{MatchBy, PersonNow, PersonState},
};
use ports::{MatchDecision, MatchDoubt};
use rolegate_usecases::directory_person::{Arrival, NotHere};
use testkit::sample;

use crate::world::{World, login, trusting};

fn here(arrival: Arrival) -> domain::User {
    match arrival {
        Arrival::Here(user) => *user,
        Arrival::NotHere(why) => panic!("not here: {}", why.code()),
    }
}

fn not_here(arrival: Arrival) -> NotHere {
    match arrival {
        Arrival::NotHere(why) => why,
        Arrival::Here(user) => panic!("{} is here", user.profile.login),
    }
}

#[tokio::test]
async fn somebody_new_is_made_with_profile_and_groups_through_any_nesting() {
    let world = World::new().await;
    world.add_person("ann");
    world.fake.add_group("team", &["ann"]);
    world.fake.add_group("role", &["team"]);
    world.fake.add_group("other", &[]);
    let user = here(world.arrive("ann").await);
    assert_eq!(user.status, UserStatus::Active);
    assert_eq!(user.directory.as_ref(), Some(&world.corp.id));
    assert_eq!(user.profile.extra["department"], "Research");
    assert_eq!(world.store().password_hash(&user.id).await.unwrap(), None);
    assert_eq!(world.groups("ann").await, ["role", "team"]);
    let logged = world.logged().await;
    for event in ["user.lifecycle.create", "group.lifecycle.create", "group.nesting.add", "group.user_membership.add"] {
        assert!(logged.iter().any(|logged| logged == event), "{event}");
    }
    assert!(world.events().await.iter().all(|event| event.debug_data["directory"] == "corp"));
}

#[tokio::test]
async fn what_the_directory_took_counts_at_once() {
    let world = World::new().await;
    for name in ["ann", "bob"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann", "bob"]);
    world.fake.add_group("desk", &["ann"]);
    world.fake.add_group("role", &["team"]);
    here(world.arrive("ann").await);
    here(world.arrive("bob").await);
    world.fake.replace_members("team", &["bob"]);
    here(world.arrive("ann").await);
    assert_eq!(world.groups("ann").await, ["desk"]);
    assert_eq!(world.groups("bob").await, ["role", "team"]);

    // The management group leaves the role group: known by whoever comes next.
    world.fake.replace_members("role", &[]);
    here(world.arrive("bob").await);
    assert_eq!(world.groups("bob").await, ["team"]);
    let logged = world.logged().await;
    assert!(logged.contains(&"group.user_membership.remove".to_owned()));
    assert!(logged.contains(&"group.nesting.remove".to_owned()));
}

#[tokio::test]
async fn nothing_is_logged_when_nothing_changed() {
    let world = World::new().await;
    world.add_person("ann");
    world.fake.add_group("one", &["two", "ann"]);
    world.fake.add_group("two", &["one"]);
    world.fake.replace_members("one", &["two", "ann"]);
    here(world.arrive("ann").await);
    let before = world.logged().await.len();
    let revision = world.store().entitlement_revision().await.unwrap();
    here(world.arrive("ann").await);
    assert_eq!(world.logged().await.len(), before);
    assert_eq!(world.store().entitlement_revision().await.unwrap(), revision);
    assert_eq!(world.groups("ann").await, ["one", "two"]);
}

#[tokio::test]
async fn a_rename_is_no_new_person_and_no_new_group() {
    let world = World::new().await;
    world.add_person("ann");
    world.fake.add_group("team", &["ann"]);
    let before = here(world.arrive("ann").await);
    world.fake.set("ann", "mail", &["anna@example.com"]);
    let mut now = world.told("anna").await;
    now.groups[0].0.name = "squad".to_owned();
    let after = here(world.arrive_as(&now).await);
    assert_eq!(after.id, before.id);
    assert_eq!(after.profile.login.as_str(), login("anna"));
    assert_eq!(world.groups("anna").await, ["squad"]);
}

#[tokio::test]
async fn who_is_not_imported_is_made_only_where_that_is_wanted() {
    let world = World::with(Directory { just_in_time: false, ..sample::directory("corp") }).await;
    world.add_person("ann");
    assert_eq!(not_here(world.arrive("ann").await), NotHere::NotImported);
    let local = world.local_user("bob").await;
    world.add_person("bob");
    assert_eq!(here(world.arrive("bob").await).id, local.id, "a user who exists already is not made");
}

#[tokio::test]
async fn a_user_who_matches_becomes_the_directorys_with_all_they_had() {
    let world = World::new().await;
    let local = world.local_user("ann").await;
    world.add_person("ann");
    let user = here(world.arrive("ann").await);
    assert_eq!(user.id, local.id);
    assert_eq!(user.directory.as_ref(), Some(&world.corp.id));
    assert_eq!(world.store().password_hash(&user.id).await.unwrap(), None, "the directory's counts now");
    assert!(world.logged().await.contains(&"user.account.update_profile".to_owned()));
}

#[tokio::test]
async fn nobody_is_taken_over_before_an_administrator_says_so() {
    let world = World::with(trusting(sample::directory("corp"), vec![MatchBy::Email])).await;
    let mut local = world.local_user("ann").await;
    local.profile.last_name = "Other".to_owned();
    let mut unit = world.store().begin().await.unwrap();
    unit.update_user(&local).await.unwrap();
    unit.commit().await.unwrap();
    world.add_person("ann");
    assert_eq!(not_here(world.arrive("ann").await), NotHere::Unconfirmed(MatchDoubt::NameDiffers));
    let entry = world.fake.id("ann");
    let pending = world.store().pending_match(&world.corp.id, &entry).await.unwrap().unwrap();
    assert_eq!(pending.candidates, [local.id.clone()]);
    assert_eq!(world.user("ann").await, local, "untouched");

    let say = async |decision: MatchDecision| {
        let mut unit = world.store().begin().await.unwrap();
        unit.set_match_decision(&world.corp.id, &entry, Some(&decision)).await.unwrap();
        unit.commit().await.unwrap();
    };
    say(MatchDecision::Ignore).await;
    assert_eq!(not_here(world.arrive("ann").await), NotHere::Ignored);
    say(MatchDecision::New).await;
    assert_eq!(not_here(world.arrive("ann").await), NotHere::Unconfirmed(MatchDoubt::LoginTaken));
    say(MatchDecision::Is(local.id.clone())).await;
    let user = here(world.arrive("ann").await);
    assert_eq!((user.id, user.profile.last_name.as_str()), (local.id, "Sample"));
    assert_eq!(world.store().pending_match(&world.corp.id, &entry).await.unwrap(), None);
}

#[tokio::test]
async fn a_login_that_somebody_else_has_is_not_taken_from_them() {
    let world = World::new().await;
    world.add_person("ann");
    let ann = here(world.arrive("ann").await);
    let local = world.local_user("anna").await;
    world.fake.set("ann", "mail", &["anna@example.com"]);
    let user = here(world.arrive("anna").await);
    assert_eq!((&user.id, user.profile.login.as_str()), (&ann.id, "ann@example.com"));
    assert_eq!(world.user("anna").await, local);
}

#[tokio::test]
async fn who_is_taken_over_keeps_their_login_where_the_directorys_is_somebody_elses() {
    let world = World::with(trusting(sample::directory("corp"), vec![MatchBy::Email])).await;
    let mut robert = world.local_user("robert").await;
    robert.profile.email = "ann@example.com".parse().unwrap();
    robert.profile.first_name = "ann".to_owned();
    let mut ann = world.local_user("ann").await;
    ann.profile.email = "other@example.com".parse().unwrap();
    world
        .write(async |unit| {
            unit.update_user(&robert).await.unwrap();
            unit.update_user(&ann).await.unwrap();
        })
        .await;
    world.add_person("ann");
    let taken = here(world.arrive("ann").await);
    assert_eq!((&taken.id, taken.directory.as_ref()), (&robert.id, Some(&world.corp.id)));
    assert_eq!(taken.profile.login.as_str(), login("robert"));
    assert_eq!(world.store().password_hash(&taken.id).await.unwrap(), None);
    assert_eq!(world.user("ann").await, ann, "untouched");
}

#[tokio::test]
async fn what_was_decided_of_somebody_does_not_push_out_who_took_their_place() {
    let world = World::new().await;
    let local = world.local_user("ann").await;
    world.add_person("ann");
    here(world.arrive("ann").await);
    world.add_person("cleo");
    let entry = world.fake.id("cleo");
    let is_ann = MatchDecision::Is(local.id.clone());
    world.write(async |unit| unit.set_match_decision(&world.corp.id, &entry, Some(&is_ann)).await.unwrap()).await;
    let cleo = here(world.arrive("cleo").await);
    assert_ne!(cleo.id, local.id);
    assert_eq!(here(world.arrive("ann").await).id, local.id);
}

#[tokio::test]
async fn a_hold_of_the_directory_ends_with_its_word_and_one_of_an_administrator_does_not() {
    let world = World::new().await;
    world.add_person("ann");
    let ann = here(world.arrive("ann").await);
    let mut now = world.told("ann").await;
    let arrive = async |now: &PersonNow| {
        let name = now.person.state.as_str();
        let mut unit = world.store().begin().await.unwrap();
        unit.insert_session(&sample::session(&ann, name), &sample::hash(name)).await.unwrap();
        unit.commit().await.unwrap();
        let user = here(world.arrive_as(now).await);
        let mut unit = world.store().begin().await.unwrap();
        let sessions = unit.delete_sessions_of_user(&user.id).await.unwrap();
        unit.commit().await.unwrap();
        (user.status, sessions)
    };
    now.person.state = PersonState::Disabled;
    assert_eq!(arrive(&now).await, (UserStatus::Suspended, 0), "sessions end");
    now.person.state = PersonState::Active;
    assert_eq!(arrive(&now).await, (UserStatus::Active, 1));

    let mut held = world.user("ann").await;
    held.status = UserStatus::Suspended;
    let mut unit = world.store().begin().await.unwrap();
    unit.update_user(&held).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(arrive(&now).await.0, UserStatus::Suspended);
}

#[tokio::test]
async fn an_entry_without_a_login_is_a_problem_with_a_name() {
    let world = World::new().await;
    world.add_person("ann");
    let mut now = world.told("ann").await;
    now.person.login = None;
    assert_eq!(not_here(world.arrive_as(&now).await).code(), "LOGIN_MISSING");
}
