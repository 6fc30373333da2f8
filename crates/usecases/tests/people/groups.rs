//! Groups and who is in them.

use rolegate_usecases::{
    Error,
    error::StateError,
    manage_groups::{self, GroupProfile},
    manage_users::{self, NewUser},
    sift::all,
};
use testkit::sample;

use crate::world::{World, invalid_field, is_status_refusal, page, profile};

fn called(name: &str) -> GroupProfile {
    GroupProfile { name: name.to_owned(), description: String::new() }
}

async fn create(world: &World, name: &str) -> Result<domain::Group, Error> {
    manage_groups::create(&world.services, &world.as_root(), called(name)).await
}

#[tokio::test]
async fn a_group_is_made_renamed_and_removed() {
    let world = World::new().await;
    let root = world.as_root();
    let group = create(&world, "Operators").await.unwrap();
    assert_eq!(invalid_field(&create(&world, "Operators").await.unwrap_err()), "name");
    world.clock.advance_seconds(5);
    let renamed = manage_groups::update(&world.services, &root, &group.id, called("Operations")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.created), ("Operations", group.created));
    assert!(renamed.last_updated > group.last_updated);
    assert!(manage_groups::find_by_name(&world.services, &root, "Operations").await.unwrap().is_some());
    manage_groups::delete(&world.services, &root, &group.id).await.unwrap();
    let gone = manage_groups::read(&world.services, &root, &group.id).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { kind: "UserGroup", .. }));
    for (event_type, count) in
        [("group.lifecycle.create", 1), ("group.profile.update", 1), ("group.lifecycle.delete", 1)]
    {
        assert_eq!(world.events(event_type).await.len(), count, "{event_type}");
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let world = World::new().await;
    for name in ["", "  ", " x", "x\ny", &"x".repeat(256)] {
        assert_eq!(invalid_field(&create(&world, name).await.unwrap_err()), "name", "{name:?}");
    }
    assert!(create(&world, &"😀".repeat(255)).await.is_ok());
}

#[tokio::test]
async fn joining_twice_is_joining_once() {
    let world = World::new().await;
    let root = world.as_root();
    let group = create(&world, "Operators").await.unwrap();
    let ann = world.active("ann@example.com").await;
    for _ in 0..2 {
        manage_groups::add_member(&world.services, &root, &group.id, &ann.id).await.unwrap();
    }
    let members = manage_groups::members(&world.services, &root, &group.id, &page(10)).await.unwrap();
    assert_eq!(members.items.len(), 1);
    assert_eq!(manage_users::groups(&world.services, &root, &ann.id).await.unwrap().len(), 1);
    for _ in 0..2 {
        manage_groups::remove_member(&world.services, &root, &group.id, &ann.id).await.unwrap();
    }
    assert!(manage_users::groups(&world.services, &root, &ann.id).await.unwrap().is_empty());
    assert_eq!(world.events("group.user_membership.add").await.len(), 1);
    let removed = world.events("group.user_membership.remove").await;
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].targets.iter().map(|target| target.kind.as_str()).collect::<Vec<_>>(), ["User", "UserGroup"]);
}

#[tokio::test]
async fn who_is_deactivated_or_unknown_joins_nothing() {
    let world = World::new().await;
    let root = world.as_root();
    let group = create(&world, "Operators").await.unwrap();
    let ann = world.active("ann@example.com").await;
    manage_users::delete(&world.services, &root, &ann.id).await.unwrap();
    let error = manage_groups::add_member(&world.services, &root, &group.id, &ann.id).await.unwrap_err();
    assert!(is_status_refusal(&error));
    let nobody = sample::user_id("nobody");
    let error = manage_groups::add_member(&world.services, &root, &group.id, &nobody).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { kind: "User", .. }));
}

#[tokio::test]
async fn a_directorys_group_is_read_only() {
    let world = World::new().await;
    let root = world.as_root();
    let corp = sample::directory("Corp");
    let group = sample::directory_group(&corp, "aws#x");
    let mut unit = world.store().begin().await.unwrap();
    unit.insert_directory(&corp).await.unwrap();
    unit.insert_group(&group).await.unwrap();
    unit.commit().await.unwrap();
    let ann = world.active("ann@example.com").await;
    let services = &world.services;
    for error in [
        manage_groups::update(services, &root, &group.id, called("y")).await.unwrap_err(),
        manage_groups::delete(services, &root, &group.id).await.unwrap_err(),
        manage_groups::add_member(services, &root, &group.id, &ann.id).await.unwrap_err(),
        manage_groups::remove_member(services, &root, &group.id, &ann.id).await.unwrap_err(),
        manage_users::create(services, &root, NewUser { groups: vec![group.id.clone()], ..joiner() })
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(&error, Error::State(StateError::NotNow(why)) if why.contains("`Corp`")), "{error}");
    }
    let listed = manage_groups::list(services, &root, Some("AWS#"), &page(10), &all).await.unwrap();
    assert_eq!(listed.items.len(), 1);
}

fn joiner() -> NewUser {
    NewUser::new(profile("joiner@example.com"), None)
}

#[tokio::test]
async fn a_new_user_joins_groups_in_the_same_step() {
    let world = World::new().await;
    let group = create(&world, "Operators").await.unwrap();
    let user = world.make(NewUser { groups: vec![group.id.clone()], ..joiner() }).await;
    let groups = manage_users::groups(&world.services, &world.as_root(), &user.id).await.unwrap();
    assert_eq!(groups[0].id, group.id);
    let unknown = NewUser { groups: vec![sample::group_id("none")], ..NewUser::new(profile("x@example.com"), None) };
    let error = manage_users::create(&world.services, &world.as_root(), unknown).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { kind: "UserGroup", .. }));
    assert!(world.store().user_by_login(&"x@example.com".parse().unwrap()).await.unwrap().is_none());
}
