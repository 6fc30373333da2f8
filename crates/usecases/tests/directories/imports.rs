//! What imports bring, change and take.

use domain::{
    Directory, UserStatus,
    directory::{ImportKind, PersonState},
};
use testkit::sample;

use crate::world::{World, login};

/// People who have left are there but not imported.
async fn with_leavers() -> World {
    let mut corp = sample::directory("corp");
    "(&(objectClass=inetOrgPerson)(!(employeeType=left)))".clone_into(&mut corp.people.filter);
    corp.safeguard_percent = 100;
    World::with(corp).await
}

async fn staffed() -> World {
    let world = with_leavers().await;
    for name in ["ann", "bob", "cleo"] {
        world.add_person(name);
    }
    world.fake.add_group("team", &["ann", "bob"]);
    world.fake.add_group("role", &["team", "cleo"]);
    world
}

#[tokio::test]
async fn a_full_import_brings_people_groups_and_nesting() {
    let world = staffed().await;
    world.fake.add_group("loop", &["role", "uid=stranger,dc=example,dc=org"]);
    world.fake.replace_members("team", &["ann", "bob", "loop"]);
    let run = world.full().await;
    assert_eq!((run.progress.people_read, run.progress.groups_read, run.progress.memberships_read), (3, 3, 7));
    assert_eq!((run.people.created, run.groups.created), (3, 3));
    assert_eq!((run.memberships.added, run.memberships.unresolved), (6, 1));
    assert!(run.problems.is_empty());
    for name in ["ann", "cleo"] {
        assert_eq!(world.groups(name).await, ["loop", "role", "team"]);
    }
    let ann = world.user("ann").await;
    assert_eq!((ann.status, ann.directory.as_ref()), (UserStatus::Active, Some(&world.corp.id)));
    assert_eq!(ann.profile.extra["department"], "Research");
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), None);
    assert!(world.store().import_cursor(&world.corp.id).await.unwrap().is_some());
    assert_eq!(world.logged().await, ["system.import.start", "system.import.complete"], "a first import is counts");
    let end = world.events().await.pop().unwrap();
    assert_eq!(end.debug_data["peopleCreated"], "3");
    assert_eq!(end.targets[0].alternate_id, "corp");
}

#[tokio::test]
async fn importing_again_changes_nothing() {
    let world = staffed().await;
    world.full().await;
    let revision = world.store().entitlement_revision().await.unwrap();
    for kind in [ImportKind::Full, ImportKind::Incremental] {
        let run = world.import(kind).await;
        assert_eq!((run.kind, run.people.created, run.people.updated, run.groups.updated), (kind, 0, 0, 0));
        assert_eq!((run.memberships.added, run.memberships.removed), (0, 0));
        assert_eq!(world.store().entitlement_revision().await.unwrap(), revision);
    }
    let run = world.full().await;
    assert_eq!((run.people.unchanged, run.groups.unchanged), (3, 2));
    assert_eq!((run.progress.people_expected, run.progress.groups_expected), (Some(3), Some(2)));
}

#[tokio::test]
async fn an_incremental_import_costs_what_changed_and_says_so() {
    let world = staffed().await;
    world.full().await;
    world.fake.set("ann", "givenName", &["Anna"]);
    world.add_person("dan");
    world.fake.replace_members("team", &["ann", "dan", "cleo"]);
    let run = world.incremental().await;
    assert_eq!((run.progress.people_read, run.progress.groups_read), (2, 1));
    assert_eq!((run.people.created, run.people.updated), (1, 1));
    assert_eq!((run.memberships.added, run.memberships.removed), (2, 1));
    assert_eq!(world.user("ann").await.profile.first_name, "Anna");
    assert_eq!(world.groups("dan").await, ["role", "team"]);
    assert_eq!(world.groups("bob").await, [""; 0]);
    assert_eq!(world.fake.readings(), (1, 1));
    let moved: Vec<(String, String)> = world
        .events()
        .await
        .into_iter()
        .filter(|event| event.event_type.starts_with("group.user_membership"))
        .map(|event| (event.event_type, event.targets[0].alternate_id.clone()))
        .collect();
    let entry = |event: &str, name: &str| (event.to_owned(), login(name));
    let expected = [entry("group.user_membership.add", "cleo"), entry("group.user_membership.remove", "bob")];
    assert_eq!(moved, expected, "somebody new is no change of somebody");
}

#[tokio::test]
async fn an_incremental_import_that_cannot_go_on_becomes_a_full_one() {
    let world = staffed().await;
    assert_eq!(world.import(ImportKind::Incremental).await.kind, ImportKind::Full, "the first");
    world.fake.forget_cursors();
    world.add_person("dan");
    let run = world.import(ImportKind::Incremental).await;
    assert_eq!((run.kind, run.people.created), (ImportKind::Full, 1));
    assert_eq!(world.logins().await, ["ann", "bob", "cleo", "dan"].map(login));
}

#[tokio::test]
async fn renamed_and_moved_people_and_groups_are_the_same() {
    use testkit::directory::DirectoryScenario as _;
    let world = staffed().await;
    world.full().await;
    let before = (world.user("ann").await.id, world.store().groups_of_user(&world.user("ann").await.id).await.unwrap());
    world.fake.rename("ann", "anna").await;
    world.fake.rename("team", "squad").await;
    world.fake.rename_container().await;
    let run = world.import(ImportKind::Incremental).await;
    assert_eq!((run.kind, run.people.created, run.groups.created), (ImportKind::Full, 0, 0));
    assert_eq!((run.groups.updated, run.memberships.added, run.memberships.removed), (1, 0, 0));
    assert_eq!(world.user("ann").await.id, before.0);
    assert_eq!(world.groups("ann").await, ["role", "squad"]);
    let ids: std::collections::BTreeSet<_> = before.1.into_iter().map(|group| group.id).collect();
    let after = world.store().groups_of_user(&before.0).await.unwrap();
    assert!(after.iter().all(|group| ids.contains(&group.id)));
    // The new names are known to what comes next.
    world.fake.replace_members("squad", &["bob"]);
    world.incremental().await;
    assert!(world.groups("ann").await.is_empty());
    assert_eq!(world.groups("bob").await, ["role", "squad"]);
}

#[tokio::test]
async fn who_is_switched_off_is_put_on_hold_and_comes_back() {
    let world = staffed().await;
    world.full().await;
    let ann = world.add_session("ann").await;
    world.fake.set_state("ann", PersonState::Disabled);
    let run = world.incremental().await;
    assert_eq!((run.people.suspended, run.people.updated), (1, 0));
    assert_eq!((world.status("ann").await, world.sessions(&ann).await), (UserStatus::Suspended, 0));
    let suspended =
        world.events().await.into_iter().find(|event| event.event_type == "user.lifecycle.suspend").unwrap();
    assert_eq!((suspended.debug_data["state"].as_str(), suspended.targets[0].id.as_str()), ("DISABLED", ann.as_str()));
    assert_eq!(world.groups("ann").await, ["role", "team"], "what they have waits for them");

    world.fake.set_state("ann", PersonState::Active);
    world.incremental().await;
    assert_eq!(world.status("ann").await, UserStatus::Active);
    assert!(world.logged().await.contains(&"user.lifecycle.unsuspend".to_owned()));
}

#[tokio::test]
async fn what_an_administrator_decided_stays() {
    let world = staffed().await;
    world.full().await;
    let held = domain::User { status: UserStatus::Suspended, ..world.user("ann").await };
    let gone = domain::User { status: UserStatus::Deprovisioned, ..world.user("bob").await };
    world
        .write(async |unit| {
            unit.update_user(&held).await.unwrap();
            unit.update_user(&gone).await.unwrap();
        })
        .await;
    for state in [PersonState::Expired, PersonState::Active] {
        world.fake.set_state("ann", state);
        world.fake.set_state("bob", state);
        world.full().await;
        assert_eq!(world.status("ann").await, UserStatus::Suspended);
        assert_eq!(world.status("bob").await, UserStatus::Deprovisioned);
    }
}

#[tokio::test]
async fn a_hold_that_somebody_lifted_by_hand_is_put_again() {
    let world = staffed().await;
    world.fake.set_state("ann", PersonState::Disabled);
    world.full().await;
    assert_eq!(world.status("ann").await, UserStatus::Suspended, "somebody new who is switched off is not let in");
    let lifted = domain::User { status: UserStatus::Active, ..world.user("ann").await };
    world.write(async |unit| unit.update_user(&lifted).await.unwrap()).await;
    world.full().await;
    assert_eq!(world.status("ann").await, UserStatus::Suspended);
    world.fake.set_state("ann", PersonState::Active);
    world.full().await;
    assert_eq!(world.status("ann").await, UserStatus::Active);
}

#[tokio::test]
async fn who_is_gone_is_put_on_hold_and_is_the_same_when_they_come_back() {
    for kind in [ImportKind::Full, ImportKind::Incremental] {
        let world = staffed().await;
        world.full().await;
        let ann = world.add_session("ann").await;
        world.fake.set("ann", "employeeType", &["left"]);
        let run = world.import(kind).await;
        assert_eq!((run.kind, run.people.suspended), (kind, 1));
        assert_eq!((world.status("ann").await, world.sessions(&ann).await), (UserStatus::Suspended, 0));
        assert_eq!(world.import(kind).await.people.suspended, 0, "once");
        world.fake.set("ann", "employeeType", &[]);
        let run = world.import(kind).await;
        assert_eq!((run.people.created, run.people.updated), (0, 1));
        assert_eq!((world.user("ann").await.id, world.status("ann").await), (ann, UserStatus::Active));
        assert_eq!(world.groups("ann").await, ["role", "team"]);
    }
}

#[tokio::test]
async fn a_group_that_is_gone_gives_nothing_any_more() {
    for kind in [ImportKind::Full, ImportKind::Incremental] {
        let world = staffed().await;
        world.full().await;
        world.fake.delete("team");
        let run = world.import(kind).await;
        assert_eq!((run.groups.removed, run.memberships.removed), (1, 3));
        assert!(world.groups("ann").await.is_empty());
        assert_eq!(world.groups("cleo").await, ["role"]);
        assert!(world.store().stages(&world.corp.id).await.unwrap().is_empty(), "nothing is left over");
    }
}

#[tokio::test]
async fn a_member_who_is_not_known_yet_is_one_when_they_come() {
    let world = with_leavers().await;
    world.add_person("ann");
    world.fake.set("ann", "employeeType", &["left"]);
    world.fake.add_group("team", &["ann", "role"]);
    let run = world.full().await;
    assert_eq!((run.people.created, run.memberships.unresolved), (0, 2));
    world.fake.set("ann", "employeeType", &[]);
    let run = world.incremental().await;
    assert_eq!((run.people.created, run.progress.groups_read, run.memberships.added), (1, 0, 1));
    assert_eq!(world.groups("ann").await, ["team"]);
}

#[tokio::test]
async fn an_entry_that_cannot_be_taken_is_named_and_nobody_else_suffers() {
    let world = staffed().await;
    world.fake.set("bob", "mail", &[]);
    world.fake.set("team", "description", &["of two"]);
    let run = world.full().await;
    assert_eq!((run.people.created, run.people.skipped), (2, 1));
    assert_eq!(run.problems[0].code, "LOGIN_MISSING");
    assert!(run.problems[0].dn.contains("bob") && run.problems[0].what.contains("`mail`"));
    assert_eq!(run.memberships.unresolved, 1);

    world.fake.set("bob", "mail", &["bob@example.com"]);
    world.full().await;
    assert_eq!(world.groups("bob").await, ["role", "team"]);
    // Who is known stays as they are when their entry cannot be taken any more.
    world.fake.set("bob", "mail", &[]);
    let run = world.full().await;
    assert_eq!((run.people.skipped, run.people.suspended, run.problems.len()), (0, 0, 1));
    assert_eq!(world.status("bob").await, UserStatus::Active);
    assert_eq!(world.groups("bob").await, ["role", "team"]);
}

#[tokio::test]
async fn a_value_that_is_no_text_saves_nobody_from_a_hold_and_takes_no_membership() {
    let world = staffed().await;
    world.full().await;
    let bob = world.add_session("bob").await;
    world.fake.set("bob", "sn", &["M\u{fffd}ller"]);
    let run = world.full().await;
    assert_eq!((run.problems[0].code.as_str(), run.people.suspended), ("NOT_UTF8", 0));
    assert_eq!((world.status("bob").await, world.sessions(&bob).await), (UserStatus::Active, 1));
    assert_eq!(world.groups("bob").await, ["role", "team"]);

    world.fake.set_state("bob", PersonState::Disabled);
    assert_eq!(world.incremental().await.people.suspended, 1);
    assert_eq!((world.status("bob").await, world.sessions(&bob).await), (UserStatus::Suspended, 0));
    // Somebody new of whom nothing can be read is left out, and named.
    world.fake.add_person("dan", &[("mail", "dan@example.com"), ("sn", "\u{fffd}")]);
    let run = world.full().await;
    assert_eq!((run.people.skipped, run.people.created), (1, 0));
    assert!(run.problems.iter().any(|problem| problem.dn.contains("dan") && problem.code == "NOT_UTF8"));
}

#[tokio::test]
async fn group_rules_look_at_everybody_after_an_import() {
    let world = staffed().await;
    let research = sample::group("research");
    let rule = domain::GroupRule {
        expression: "user.department == \"Research\"".to_owned(),
        ..sample::group_rule("researchers", &[&research])
    };
    world
        .write(async |unit| {
            unit.insert_group(&research).await.unwrap();
            unit.insert_group_rule(&rule).await.unwrap();
        })
        .await;
    world.full().await;
    assert_eq!(world.groups("cleo").await, ["research", "role"]);
    world.fake.set("cleo", "ou", &["Sales"]);
    world.incremental().await;
    assert_eq!(world.groups("cleo").await, ["role"]);
}

#[tokio::test]
async fn an_import_of_a_directory_that_is_not_in_use_is_refused() {
    let world =
        World::with(Directory { status: domain::directory::DirectoryStatus::Inactive, ..sample::directory("corp") })
            .await;
    let error = world.start(ImportKind::Full, false).await.unwrap_err();
    assert!(error.to_string().contains("`corp`"), "{error}");
}
