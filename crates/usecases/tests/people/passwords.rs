//! Set, changed, guessed.

use domain::{UserStatus, event::Origin};
use rolegate_usecases::{
    Caller, Error,
    error::StateError,
    manage_users::{self, NewUser, UserChange},
};
use testkit::FakePasswords;

use crate::world::{PASSWORD, World, invalid_field, profile, secret};

const NEW: &str = "another long password";

fn is_credentials(error: &Error) -> bool {
    matches!(error, Error::State(StateError::Credentials(_)))
}

#[tokio::test]
async fn a_weak_password_is_refused_and_leaves_nothing_behind() {
    let world = World::new().await;
    for weak in ["short", "ann.lee@example.com"] {
        let new = NewUser::new(profile("ann.lee@example.com"), Some(secret(weak)));
        let error = manage_users::create(&world.services, &world.as_root(), new).await.unwrap_err();
        assert_eq!(invalid_field(&error), "password");
    }
    assert!(world.store().user_by_login(&"ann.lee@example.com".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_changed_password_ends_every_session() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    world.add_session(&ann, "one").await;
    world.add_session(&ann, "two").await;
    let caller = Caller::person(&ann, Origin::default());
    manage_users::change_password(&world.services, &caller, &ann.id, &secret(PASSWORD), &secret(NEW)).await.unwrap();
    assert_eq!(world.sessions(&ann.id).await, 0);
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), Some(FakePasswords::hash_of(NEW)));
    let event = world.events("user.account.update_password").await.pop().unwrap();
    assert_eq!(event.debug_data["sessionsEnded"], "2");
    assert_eq!(event.actor.id, ann.id.to_string());
}

#[tokio::test]
async fn wrong_old_passwords_are_counted_and_lock() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    world.add_session(&ann, "one").await;
    let caller = Caller::person(&ann, Origin::default());
    let attempt = |old: &str| {
        let (old, new) = (secret(old), secret(NEW));
        let (services, caller, id) = (&world.services, &caller, &ann.id);
        async move { manage_users::change_password(services, caller, id, &old, &new).await }
    };
    for _ in 0..world.services.settings.lockout.failures {
        assert!(is_credentials(&attempt("wrong wrong wrong").await.unwrap_err()));
    }
    assert_eq!(manage_users::status_now(&world.services, &ann).await.unwrap(), UserStatus::LockedOut);
    assert_eq!(world.sessions(&ann.id).await, 0, "whoever was guessing is out");
    assert!(is_credentials(&attempt(PASSWORD).await.unwrap_err()), "the lock holds against the right one too");
    assert_eq!(world.events("user.account.lock").await.len(), 1);
    world.clock.advance_seconds(901);
    assert!(attempt(PASSWORD).await.is_ok());
}

#[tokio::test]
async fn nobody_changes_the_password_of_somebody_else() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let bob = Caller::person(&world.active("bob@example.com").await, Origin::default());
    let auditor = world.read_only().await;
    for caller in [bob, auditor] {
        let changed =
            manage_users::change_password(&world.services, &caller, &ann.id, &secret(PASSWORD), &secret(NEW)).await;
        assert!(matches!(changed, Err(Error::Forbidden)));
        let set = manage_users::set_password(&world.services, &caller, &ann.id, secret(NEW)).await;
        assert!(matches!(set, Err(Error::Forbidden)));
    }
}

#[tokio::test]
async fn the_same_password_again_is_no_change() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let caller = Caller::person(&ann, Origin::default());
    let old = secret(PASSWORD);
    let error = manage_users::change_password(&world.services, &caller, &ann.id, &old, &old).await.unwrap_err();
    assert_eq!(invalid_field(&error), "password");
}

#[tokio::test]
async fn who_is_deactivated_gets_no_password() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    manage_users::delete(&world.services, &world.as_root(), &ann.id).await.unwrap();
    let change = UserChange { profile: None, password: Some(secret(NEW)) };
    let error = manage_users::update(&world.services, &world.as_root(), &ann.id, change).await.unwrap_err();
    assert!(crate::world::is_status_refusal(&error));
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), None);
}
