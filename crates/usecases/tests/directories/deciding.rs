//! An administrator's word on who somebody is who may be a user that exists already.

use domain::{
    User,
    directory::{DirectoryError, DirectoryStatus, DirectoryStep},
    event::Origin,
    user::AdminRole,
};
use ports::{MatchDecision, MatchDoubt, PageRequest};
use rolegate_usecases::{
    Caller, Error,
    decide_match::{self, Effect, Waiting},
};
use testkit::sample;

use crate::world::{World, login};

async fn decide(world: &World, name: &str, decision: MatchDecision) -> Result<Effect, Error> {
    decide_match::decide(&world.services, &Caller::system(), &world.corp.id, &world.fake.id(name), decision).await
}

async fn forget(world: &World, name: &str) -> Result<(), Error> {
    decide_match::forget(&world.services, &Caller::system(), &world.corp.id, &world.fake.id(name)).await
}

async fn waiting(world: &World) -> Vec<Waiting> {
    let page = PageRequest { after: None, limit: 100 };
    decide_match::list(&world.services, &Caller::system(), &world.corp.id, &page).await.unwrap().items
}

/// People of the directory in its group `team`; a user of each one's login has another name.
async fn doubtful(names: &[&str]) -> (World, Vec<User>) {
    let world = World::new().await;
    let mut users = Vec::new();
    for name in names {
        let mut user = world.local_user(name).await;
        "Other".clone_into(&mut user.profile.first_name);
        world.write(async |unit| unit.update_user(&user).await.unwrap()).await;
        world.add_person(name);
        users.push(user);
    }
    world.fake.add_group("team", names);
    assert_eq!(world.full().await.people.to_confirm, u64::try_from(names.len()).unwrap());
    (world, users)
}

fn refused(result: Result<Effect, Error>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_confirmed_user_has_the_directory_s_groups_at_once() {
    let (world, users) = doubtful(&["ann"]).await;
    let [ann] = users.as_slice() else { panic!("one user") };
    let found = waiting(&world).await;
    assert_eq!((found.len(), found[0].pending.why), (1, MatchDoubt::NameDiffers));
    assert_eq!(found[0].candidates, users);
    let Effect::Here(after) = decide(&world, "ann", MatchDecision::Is(ann.id.clone())).await.unwrap() else {
        panic!("not here")
    };
    assert_eq!((&after.id, after.directory.as_ref()), (&ann.id, Some(&world.corp.id)));
    assert_eq!(world.user("ann").await.profile.first_name, "ann");
    assert_eq!(world.groups("ann").await, ["team"]);
    assert_eq!(waiting(&world).await, []);
    let events = world.events().await;
    let said = events.iter().find(|event| event.event_type == "system.import.user_match.decide").unwrap();
    assert_eq!(said.debug_data["decision"], "EXISTING");
    assert_eq!(said.targets.iter().filter(|target| target.id == ann.id.as_str()).count(), 1);
    let run = world.full().await;
    assert_eq!((run.people.unchanged, run.people.to_confirm, run.memberships.added), (1, 0, 0));
}

#[tokio::test]
async fn somebody_new_needs_a_login_of_their_own() {
    let (world, _) = doubtful(&["ann"]).await;
    let why = refused(decide(&world, "ann", MatchDecision::New).await);
    assert!(why.contains(&format!("a user has the login `{}` already", login("ann"))), "{why}");
    world.fake.set("ann", "mail", &["ann.sample@example.com"]);
    let mut matched = world.user("ann").await;
    matched.profile.email = "ann.sample@example.com".parse().unwrap();
    matched.profile.login = "former@example.com".parse().unwrap();
    world.write(async |unit| unit.update_user(&matched).await.unwrap()).await;
    let Effect::Here(after) = decide(&world, "ann", MatchDecision::New).await.unwrap() else { panic!("not here") };
    assert_eq!(after.profile.login.as_str(), "ann.sample@example.com");
    assert_ne!(after.id, matched.id);
}

#[tokio::test]
async fn who_is_left_out_stays_out_until_it_is_taken_back() {
    let (world, users) = doubtful(&["ann"]).await;
    assert_eq!(decide(&world, "ann", MatchDecision::Ignore).await.unwrap(), Effect::LeftOut);
    assert_eq!(waiting(&world).await, []);
    let run = world.full().await;
    assert_eq!((run.people.skipped, run.people.to_confirm), (1, 0));
    assert_eq!(world.user("ann").await, users[0]);
    assert!(matches!(
        decide(&world, "ann", MatchDecision::New).await,
        Err(Error::NotFound { kind: "PendingMatch", .. })
    ));
    forget(&world, "ann").await.unwrap();
    assert!(matches!(forget(&world, "ann").await, Err(Error::NotFound { kind: "MatchDecision", .. })));
    assert_eq!(world.full().await.people.to_confirm, 1);
    assert_eq!(waiting(&world).await.len(), 1);
}

#[tokio::test]
async fn what_was_said_while_the_directory_is_away_counts_with_the_next_import() {
    let (world, users) = doubtful(&["ann", "bob"]).await;
    world.fake.fail(Some(DirectoryError::new(DirectoryStep::Connect, "TIMEOUT", "no answer", "wait")));
    let said = decide(&world, "ann", MatchDecision::Is(users[0].id.clone())).await.unwrap();
    assert_eq!(said, Effect::Later("TIMEOUT: no answer".to_owned()));
    world.fake.fail(None);
    let off = domain::Directory { status: DirectoryStatus::Inactive, ..world.corp.clone() };
    world.write(async |unit| unit.update_directory(&off).await.unwrap()).await;
    let said = decide(&world, "bob", MatchDecision::Is(users[1].id.clone())).await.unwrap();
    assert_eq!(said, Effect::Later("the directory `corp` is not in use".to_owned()));
    world.write(async |unit| unit.update_directory(&world.corp).await.unwrap()).await;
    assert_eq!(world.user("ann").await, users[0]);
    assert_eq!(world.full().await.people.matched, 2);
    assert_eq!(world.groups("bob").await, ["team"]);
}

#[tokio::test]
async fn nobody_becomes_two_people_of_one_directory_and_nobody_is_made_up() {
    let (world, users) = doubtful(&["ann", "bob"]).await;
    decide(&world, "ann", MatchDecision::Is(users[0].id.clone())).await.unwrap();
    let why = refused(decide(&world, "bob", MatchDecision::Is(users[0].id.clone())).await);
    assert!(why.contains("of this directory already"), "{why}");
    let nobody = sample::user_id("nobody");
    assert!(refused(decide(&world, "bob", MatchDecision::Is(nobody)).await).contains("there is no user"));
    assert_eq!(waiting(&world).await.len(), 1, "bob waits still");
    world.fake.delete("bob");
    world.add_person("cleo");
    assert!(matches!(decide(&world, "cleo", MatchDecision::Ignore).await, Err(Error::NotFound { .. })), "waits not");
}

#[tokio::test]
async fn who_waits_is_listed_in_pages_and_only_super_administrators_decide() {
    let (world, _) = doubtful(&["ann", "bob", "cleo"]).await;
    let reader = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("reader@example.com") };
    let reader = Caller::person(&reader, Origin::default());
    let page = |after| PageRequest { after, limit: 2 };
    let first = decide_match::list(&world.services, &reader, &world.corp.id, &page(None)).await.unwrap();
    let next = decide_match::list(&world.services, &reader, &world.corp.id, &page(first.next.clone())).await.unwrap();
    assert_eq!((first.items.len(), next.items.len(), next.next), (2, 1, None));
    let made_up = decide_match::list(&world.services, &reader, &world.corp.id, &page(Some("x".to_owned()))).await;
    assert!(matches!(made_up, Err(Error::Invalid { .. })));
    let entry = world.fake.id("ann");
    let said = decide_match::decide(&world.services, &reader, &world.corp.id, &entry, MatchDecision::Ignore).await;
    assert!(matches!(said, Err(Error::Forbidden)));
    let taken_back = decide_match::forget(&world.services, &reader, &world.corp.id, &entry).await;
    assert!(matches!(taken_back, Err(Error::Forbidden)));
}
