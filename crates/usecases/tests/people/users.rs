//! Made, found, listed, changed, deleted.

use std::collections::BTreeMap;

use domain::{UserId, UserStatus};
use rolegate_usecases::{
    Caller, Error,
    manage_users::{self, Deletion, NewUser, ProfileChange, ProfileUpdate, UserChange, UserFilter},
    sift::all,
};
use serde_json::json;

use crate::world::{PASSWORD, World, invalid_field, page, profile, secret};

#[tokio::test]
async fn a_new_user_is_active_with_a_password_and_provisioned_without() {
    let world = World::new().await;
    assert_eq!(world.active("a@example.com").await.status, UserStatus::Active);
    let without = world.make(NewUser::new(profile("b@example.com"), None)).await;
    assert_eq!(without.status, UserStatus::Provisioned);
    assert_eq!(world.staged("c@example.com").await.status, UserStatus::Staged);
    assert_eq!(world.events("user.lifecycle.create").await.len(), 4, "the administrator is one of them");
    assert_eq!(world.events("user.lifecycle.activate").await.len(), 3);
}

#[tokio::test]
async fn a_login_in_another_case_is_taken() {
    let world = World::new().await;
    world.active("Ann@Example.com").await;
    let new = NewUser::new(profile("aNN@example.COM"), None);
    let error = manage_users::create(&world.services, &world.as_root(), new).await.unwrap_err();
    assert_eq!(invalid_field(&error), "login");
    let found = manage_users::find(&world.services, &world.as_root(), "ANN@EXAMPLE.COM").await.unwrap();
    assert_eq!(found.profile.login.as_str(), "Ann@Example.com", "it keeps the case it was given");
}

#[tokio::test]
async fn a_name_or_attributes_out_of_bounds_are_refused() {
    let world = World::new().await;
    let mut long = profile("a@example.com");
    long.first_name = "é".repeat(51);
    let error = manage_users::create(&world.services, &world.as_root(), NewUser::new(long, None)).await.unwrap_err();
    assert_eq!(invalid_field(&error), "firstName");
    let mut heavy = profile("a@example.com");
    heavy.extra = BTreeMap::from([("notes".to_owned(), json!("x".repeat(40_000)))]);
    let error = manage_users::create(&world.services, &world.as_root(), NewUser::new(heavy, None)).await.unwrap_err();
    assert_eq!(invalid_field(&error), "profile");
}

#[tokio::test]
async fn who_is_no_administrator_sees_only_themself() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let bob = world.active("bob@example.com").await;
    let caller = Caller::person(&ann, domain::event::Origin::default());
    assert!(manage_users::find(&world.services, &caller, ann.id.as_str()).await.is_ok());
    for somebody in [bob.id.as_str(), "bob@example.com", "nobody@example.com"] {
        let error = manage_users::find(&world.services, &caller, somebody).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden), "{somebody}: {error}");
    }
    let error = manage_users::list(&world.services, &caller, &UserFilter::default(), &page(10), &all).await;
    assert!(matches!(error, Err(Error::Forbidden)));
}

#[tokio::test]
async fn a_search_reads_on_until_something_matches() {
    let world = World::new().await;
    for number in 0..9 {
        world.active(&format!("u{number}@example.com")).await;
    }
    let keep = |user: &domain::User| user.profile.login.as_str() == "u7@example.com";
    let filter = UserFilter::default();
    let found = manage_users::list(&world.services, &world.as_root(), &filter, &page(2), &keep).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let nothing = manage_users::list(&world.services, &world.as_root(), &filter, &page(2), &|_| false).await.unwrap();
    assert_eq!((nothing.items.len(), nothing.next), (0, None));
}

#[tokio::test]
async fn a_change_merges_and_a_replacement_drops_what_it_does_not_name() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let change = ProfileChange {
        first_name: Some("Ann".to_owned()),
        extra: BTreeMap::from([("team".to_owned(), Some(json!("x"))), ("department".to_owned(), None)]),
        ..ProfileChange::default()
    };
    let change = UserChange { profile: Some(ProfileUpdate::Merge(change)), password: None };
    let changed = manage_users::update(&world.services, &world.as_root(), &ann.id, change).await.unwrap();
    assert_eq!(changed.profile.first_name, "Ann");
    assert_eq!(changed.profile.extra, BTreeMap::from([("team".to_owned(), json!("x"))]));
    let event = world.events("user.account.update_profile").await.pop().unwrap();
    assert_eq!(event.debug_data["changedAttributes"], "firstName,department,team");

    let mut whole = profile("ann@example.com");
    whole.extra = BTreeMap::new();
    let change = UserChange { profile: Some(ProfileUpdate::Replace(whole)), password: None };
    let replaced = manage_users::update(&world.services, &world.as_root(), &ann.id, change).await.unwrap();
    assert!(replaced.profile.extra.is_empty());
    assert_eq!(world.user(&ann.id).await, replaced);
}

#[tokio::test]
async fn the_first_deletion_deactivates_and_the_second_removes_with_sessions() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    world.add_session(&ann, "one").await;
    let root = world.as_root();
    let delete = || manage_users::delete(&world.services, &root, &ann.id);
    assert_eq!(delete().await.unwrap(), Deletion::Deactivated);
    assert_eq!(world.status(&ann.id).await, UserStatus::Deprovisioned);
    assert_eq!(world.sessions(&ann.id).await, 0);
    assert_eq!(delete().await.unwrap(), Deletion::Deleted);
    assert!(matches!(delete().await.unwrap_err(), Error::NotFound { .. }));
    assert!(world.store().session_by_hash(&testkit::sample::hash("one")).await.unwrap().is_none());
    assert_eq!(world.events("user.lifecycle.delete.completed").await.len(), 1);
}

#[tokio::test]
async fn somebody_who_does_not_exist_is_named() {
    let world = World::new().await;
    let nobody = UserId::parse("00uAAAAAAAAAAAAAAAAA").unwrap();
    let change = UserChange { profile: None, password: Some(secret(PASSWORD)) };
    for error in [
        manage_users::update(&world.services, &world.as_root(), &nobody, change).await.unwrap_err(),
        manage_users::clear_sessions(&world.services, &world.as_root(), &nobody).await.unwrap_err(),
        manage_users::groups(&world.services, &world.as_root(), &nobody).await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "User `00uAAAAAAAAAAAAAAAAA` was not found");
    }
}
