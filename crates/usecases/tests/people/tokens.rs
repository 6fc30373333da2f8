//! API tokens.

use domain::{UserStatus, event::Origin, user::AdminRole};
use rolegate_usecases::{
    Caller, Error, Rights, manage_users,
    tokens::{self, CreatedToken, NewToken},
    user_lifecycle,
};

use crate::world::{World, invalid_field, secret};

fn named(name: &str) -> NewToken {
    NewToken { name: name.to_owned(), role: AdminRole::SuperAdmin, expires: None }
}

async fn authenticate(world: &World, made: &CreatedToken) -> Option<Caller> {
    tokens::authenticate(&world.services, made.secret.expose(), Origin::default()).await.unwrap()
}

#[tokio::test]
async fn a_token_is_shown_once_recognised_and_revoked() {
    let world = World::new().await;
    let made = tokens::create(&world.services, &Caller::system(), named("deploy")).await.unwrap();
    let secret = made.secret.expose();
    assert!(secret.len() == 42 && secret.starts_with("00"), "{}", secret.len());
    let caller = authenticate(&world, &made).await.unwrap();
    assert_eq!((caller.actor.kind.as_str(), caller.user), ("ApiToken", None));
    let listed = tokens::list(&world.services, &world.as_root()).await.unwrap();
    assert_eq!(listed[0].last_used, Some(world.services.now()));
    tokens::revoke(&world.services, &world.as_root(), &made.token.id).await.unwrap();
    assert!(authenticate(&world, &made).await.is_none());
    let again = tokens::revoke(&world.services, &world.as_root(), &made.token.id).await.unwrap_err();
    assert!(matches!(again, Error::NotFound { .. }));
    for event in world.events("system.api_token.create").await {
        assert!(!format!("{event:?}").contains(secret), "the log holds no secret");
    }
    assert_eq!(world.events("system.api_token.revoke").await.len(), 1);
}

#[tokio::test]
async fn a_persons_token_ends_with_their_rights() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let root = world.as_root();
    let ann = manage_users::set_admin_role(&world.services, &root, &ann.id, Some(AdminRole::SuperAdmin)).await.unwrap();
    let caller = Caller::person(&ann, Origin::default());
    let made = tokens::create(&world.services, &caller, named("anns")).await.unwrap();
    assert_eq!(authenticate(&world, &made).await.unwrap().actor.id, ann.id.to_string());
    manage_users::set_admin_role(&world.services, &root, &ann.id, Some(AdminRole::ReadOnlyAdmin)).await.unwrap();
    let rights = authenticate(&world, &made).await.unwrap().rights;
    assert_eq!(rights, Rights::Admin(AdminRole::ReadOnlyAdmin));
    user_lifecycle::suspend(&world.services, &root, &ann.id).await.unwrap();
    assert!(authenticate(&world, &made).await.is_none());
}

#[tokio::test]
async fn who_is_deactivated_comes_back_without_tokens_and_rights() {
    let world = World::new().await;
    let root = world.as_root();
    let ann = world.active("ann@example.com").await;
    let ann = manage_users::set_admin_role(&world.services, &root, &ann.id, Some(AdminRole::SuperAdmin)).await.unwrap();
    let of_root = tokens::create(&world.services, &root, named("roots")).await.unwrap();
    let made = tokens::create(&world.services, &Caller::person(&ann, Origin::default()), named("anns")).await.unwrap();
    user_lifecycle::deactivate(&world.services, &root, &ann.id).await.unwrap();
    assert!(authenticate(&world, &made).await.is_none());
    assert_eq!(world.user(&ann.id).await.admin_role, None);

    let new = secret("another long password");
    user_lifecycle::activate(&world.services, &root, &ann.id).await.unwrap();
    manage_users::set_password(&world.services, &root, &ann.id, new).await.unwrap();
    assert_eq!(world.status(&ann.id).await, UserStatus::Active);
    assert!(authenticate(&world, &made).await.is_none(), "yesterday's token");
    let left: Vec<_> = tokens::list(&world.services, &root).await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(left, [of_root.token.id]);
    let ann = world.user(&ann.id).await;
    assert!(matches!(Caller::person(&ann, Origin::default()).must_read(), Err(Error::Forbidden)));
}

#[tokio::test]
async fn a_token_may_do_less_than_its_maker() {
    let world = World::new().await;
    let new = NewToken { role: AdminRole::ReadOnlyAdmin, ..named("reader") };
    let made = tokens::create(&world.services, &world.as_root(), new).await.unwrap();
    let caller = authenticate(&world, &made).await.unwrap();
    assert!(matches!(caller.must_manage(), Err(Error::Forbidden)));
    assert!(matches!(tokens::create(&world.services, &caller, named("more")).await, Err(Error::Forbidden)));
}

#[tokio::test]
async fn a_token_ends_when_it_was_meant_to() {
    let world = World::new().await;
    let expires = Some(world.services.now().plus_seconds(60));
    let made = tokens::create(&world.services, &world.as_root(), NewToken { expires, ..named("short") }).await.unwrap();
    assert!(authenticate(&world, &made).await.is_some());
    world.clock.advance_seconds(60);
    assert!(authenticate(&world, &made).await.is_none());
    let error = tokens::create(&world.services, &world.as_root(), NewToken { expires, ..named("past") }).await;
    assert_eq!(invalid_field(&error.unwrap_err()), "expiresAt");
}

#[tokio::test]
async fn a_name_that_is_none_or_taken_is_refused() {
    let world = World::new().await;
    tokens::create(&world.services, &world.as_root(), named("deploy")).await.unwrap();
    for name in ["", " x", "deploy", &"x".repeat(101)] {
        let error = tokens::create(&world.services, &world.as_root(), named(name)).await.unwrap_err();
        assert_eq!(invalid_field(&error), "name", "{name:?}");
    }
}
