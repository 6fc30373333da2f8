//! Which existing users imported people are.

use domain::{
    Directory, User, UserStatus,
    directory::{ImportKind, ImportStatus, ImportTrigger, MatchBy},
};
use ports::{MatchDecision, MatchDoubt};
use rolegate_usecases::{
    Caller,
    import_directory::{self, Request},
};
use testkit::sample;

use crate::world::{World, login, trusting};

async fn say(world: &World, name: &str, decision: MatchDecision) {
    let entry = world.fake.id(name);
    world.write(async |unit| unit.set_match_decision(&world.corp.id, &entry, Some(&decision)).await.unwrap()).await;
}

async fn doubt(world: &World, name: &str) -> Option<MatchDoubt> {
    let pending = world.store().pending_match(&world.corp.id, &world.fake.id(name)).await.unwrap();
    pending.map(|pending| pending.why)
}

#[tokio::test]
async fn a_user_who_matches_is_the_person_from_now_on() {
    let world = World::new().await;
    let local = world.local_user("ann").await;
    world.add_person("ann");
    world.fake.add_group("team", &["ann"]);
    let run = world.full().await;
    assert_eq!((run.people.matched, run.people.created), (1, 0));
    let ann = world.user("ann").await;
    assert_eq!((&ann.id, ann.directory.as_ref()), (&local.id, Some(&world.corp.id)));
    assert_eq!(world.groups("ann").await, ["team"]);
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), None);
    assert_eq!(world.full().await.people.unchanged, 1);
}

#[tokio::test]
async fn who_is_unsure_waits_until_an_administrator_says_so() {
    let world = World::new().await;
    let mut local = world.local_user("ann").await;
    local.profile.first_name = "Other".to_owned();
    world.write(async |unit| unit.update_user(&local).await.unwrap()).await;
    world.add_person("ann");
    world.fake.add_group("team", &["ann"]);
    let run = world.full().await;
    assert_eq!((run.people.to_confirm, run.people.created, run.memberships.unresolved), (1, 0, 1));
    assert_eq!(doubt(&world, "ann").await, Some(MatchDoubt::NameDiffers));
    assert_eq!(world.user("ann").await, local);

    say(&world, "ann", MatchDecision::Ignore).await;
    assert_eq!(world.full().await.people.skipped, 1);
    assert_eq!(doubt(&world, "ann").await, None, "it was said");
    say(&world, "ann", MatchDecision::Is(local.id.clone())).await;
    assert_eq!(world.full().await.people.matched, 1);
    assert_eq!(world.user("ann").await.profile.first_name, "ann");
    assert_eq!(world.groups("ann").await, ["team"]);
}

#[tokio::test]
async fn a_login_of_somebody_who_does_not_match_is_never_taken() {
    let world = World::with(trusting(sample::directory("corp"), vec![MatchBy::Attribute("badge".to_owned())])).await;
    let local = world.local_user("ann").await;
    world.add_person("ann");
    let run = world.full().await;
    assert_eq!((run.status, run.people.to_confirm), (ImportStatus::Succeeded, 1));
    assert_eq!(doubt(&world, "ann").await, Some(MatchDoubt::LoginTaken));
    assert_eq!(world.user("ann").await, local);
}

#[tokio::test]
async fn somebody_is_found_by_an_attribute_or_address_whatever_their_login() {
    let mut corp = trusting(sample::directory("corp"), vec![MatchBy::Attribute("badge".to_owned()), MatchBy::Email]);
    corp.people.attributes.login = "uid".to_owned();
    corp.people.attributes.further.insert("badge".to_owned(), "employeeNumber".to_owned());
    let world = World::with(corp).await;
    let mut by_badge = world.local_user("ann").await;
    by_badge.profile.extra.insert("badge".to_owned(), 7.into());
    let by_email = world.local_user("bob").await;
    world.write(async |unit| unit.update_user(&by_badge).await.unwrap()).await;
    for name in ["ann", "bob"] {
        world.add_person(name);
        world.fake.set(name, "uid", &[&format!("{name}.sample")]);
    }
    world.fake.set("ann", "employeeNumber", &["7"]);
    world.fake.set("ann", "mail", &["new.address@example.com"]);
    let run = world.full().await;
    assert_eq!((run.people.matched, run.people.created, run.people.to_confirm), (2, 0, 0));
    for (user, name) in [(by_badge, "ann"), (by_email, "bob")] {
        let after = world.store().user(&user.id).await.unwrap().unwrap();
        assert_eq!(after.profile.login.as_str(), format!("{name}.sample"));
    }
}

#[tokio::test]
async fn of_two_with_one_login_one_is_taken_and_stays_the_one() {
    let world = World::new().await;
    for name in ["ann", "bob", "cleo"] {
        world.add_person(name);
    }
    for name in ["bob", "cleo"] {
        world.fake.set(name, "mail", &["Ann@Example.com"]);
    }
    world.fake.add_group("team", &["ann", "bob", "cleo"]);
    let run = world.full().await;
    assert_eq!((run.people.created, run.people.skipped, run.memberships.unresolved), (1, 2, 2));
    assert!(run.problems.iter().all(|problem| problem.code == "LOGIN_TAKEN"));
    let first = ["ann", "bob", "cleo"].into_iter().min_by_key(|name| world.fake.id(name)).unwrap();
    let user = world.user("ann").await;
    assert_eq!(user.profile.first_name, first, "the lowest id");
    assert_eq!(world.groups("ann").await, ["team"]);
    let again = world.full().await;
    assert_eq!((again.people.unchanged, again.people.to_confirm + again.people.skipped), (1, 2));
    assert_eq!(world.user("ann").await, user);
}

#[tokio::test]
async fn a_login_that_changes_hands_goes_with_the_person() {
    let world = World::new().await;
    for name in ["ann", "bob", "cleo"] {
        world.add_person(name);
    }
    world.full().await;
    let (ann, bob) = (world.user("ann").await.id, world.user("bob").await.id);
    world.fake.set("ann", "mail", &[&login("bob")]);
    world.fake.set("bob", "mail", &[&login("ann")]);
    world.incremental().await;
    assert_eq!((world.user("bob").await.id, world.user("ann").await.id), (ann.clone(), bob));
    // What somebody else keeps is not taken.
    world.fake.set("ann", "mail", &[&login("cleo")]);
    let run = world.full().await;
    assert_eq!(run.problems[0].code, "LOGIN_TAKEN");
    assert_eq!(world.user("bob").await.id, ann);
}

#[tokio::test]
async fn whoever_is_made_again_in_the_directory_is_the_same_user() {
    let world = World::new().await;
    for name in ["ann", "bob", "cleo", "dan", "eve", "fay"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann"]);
    world.full().await;
    let ann = world.user("ann").await.id;
    world.fake.delete("ann");
    world.add_person("ann");
    world.fake.replace_members("team", &["ann"]);
    let run = world.full().await;
    assert_eq!((run.people.matched, run.people.suspended), (1, 0));
    let after = world.user("ann").await;
    assert_eq!((after.id, after.status), (ann, UserStatus::Active));
    assert_eq!(world.groups("ann").await, ["team"]);
}

#[tokio::test]
async fn administrators_are_asked_about_and_other_directories_people_too() {
    let world = World::with(Directory { safeguard_percent: 100, ..sample::directory("corp") }).await;
    let root = User { admin_role: Some(domain::user::AdminRole::SuperAdmin), ..world.local_user("ann").await };
    let other = sample::directory("other");
    let theirs = User { directory: Some(other.id.clone()), ..world.local_user("bob").await };
    world
        .write(async |unit| {
            unit.insert_directory(&other).await.unwrap();
            unit.update_user(&root).await.unwrap();
            unit.update_user(&theirs).await.unwrap();
            unit.put_person_entry(&other.id, &sample::person_entry(&theirs)).await.unwrap();
        })
        .await;
    for name in ["ann", "bob"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["bob"]);
    assert_eq!(world.full().await.people.to_confirm, 2);
    assert_eq!(doubt(&world, "ann").await, Some(MatchDoubt::NotAutomatic));
    assert_eq!(doubt(&world, "bob").await, Some(MatchDoubt::OfADirectory));
    // Confirmed, they get our groups; profile and sign-in stay the other directory's.
    say(&world, "bob", MatchDecision::Is(theirs.id.clone())).await;
    world.fake.set("bob", "givenName", &["Robert"]);
    world.full().await;
    let bob = world.user("bob").await;
    assert_eq!((bob.directory, bob.profile.first_name.as_str()), (Some(other.id), "bob"));
    assert_eq!(world.groups("bob").await, ["team"]);
    world.fake.delete("bob");
    world.add_person("filler");
    world.full().await;
    assert_eq!(world.status("bob").await, UserStatus::Active, "not ours to put on hold");
}

#[tokio::test]
async fn of_two_directories_with_the_same_logins_each_login_is_one_person_s() {
    let world = World::new().await;
    let other = sample::directory("other");
    world.write(async |unit| unit.insert_directory(&other).await.unwrap()).await;
    for name in ["ann", "bob", "cleo"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann", "bob", "cleo"]);
    // Both at once: whoever comes second waits for a word, or is left out for this time.
    let first = world.start(ImportKind::Full, false).await.unwrap();
    let request = Request { kind: ImportKind::Full, dry_run: false, trigger: ImportTrigger::Request };
    let second = import_directory::start(&world.services, &Caller::system(), &other.id, request).await.unwrap();
    world.ended(first.run()).await;
    let runs = [(&world.corp.id, first.run()), (&other.id, second.run())];
    let mut people = 0;
    for (directory, run) in runs {
        let run = import_directory::run(&world.services, &Caller::system(), directory, &run.id).await.unwrap();
        assert_eq!(run.status, ImportStatus::Succeeded, "{:?}", run.error);
        assert_eq!(run.people.created + run.people.to_confirm + run.people.skipped, 3, "{run:?}");
        people += run.people.created;
    }
    assert_eq!(people, 3);
    assert_eq!(world.logins().await, ["ann", "bob", "cleo"].map(login));
    for name in ["ann", "bob", "cleo"] {
        assert_eq!(world.groups(name).await, ["team"], "in the group of their own directory alone");
    }
}
