//! Set, changed, guessed.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Secret, UserStatus, event::Origin};
use ports::{PasswordError, PasswordVerdict, Passwords};
use rolegate_usecases::{
    Caller, Error,
    error::StateError,
    manage_users::{self, NewUser, UserChange},
};
use testkit::{CountingEntropy, FakePasswords};
use tokio::sync::{Barrier, Semaphore};

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

/// Compares like [`FakePasswords`], but wrong guesses wait for each other, and the right one until it is let go.
struct Gate {
    together: Barrier,
    right_waits: Semaphore,
    let_go: Semaphore,
}

#[async_trait]
impl Passwords for Gate {
    fn check_strength(&self, password: &Secret<String>, inputs: &[&str]) -> Result<(), PasswordError> {
        FakePasswords.check_strength(password, inputs)
    }

    async fn hash(&self, password: &Secret<String>) -> Result<String, PasswordError> {
        FakePasswords.hash(password).await
    }

    async fn verify(&self, password: &Secret<String>, hash: Option<&str>) -> Result<PasswordVerdict, PasswordError> {
        let verdict = FakePasswords.verify(password, hash).await?;
        if verdict == PasswordVerdict::Wrong {
            self.together.wait().await;
        } else {
            self.right_waits.add_permits(1);
            self.let_go.acquire().await.unwrap().forget();
        }
        Ok(verdict)
    }
}

#[tokio::test]
async fn old_passwords_that_are_guessed_at_the_same_time_do_not_outrun_the_lock() {
    const GUESSES: usize = 40;
    let closed = || Semaphore::new(0);
    let gate = Arc::new(Gate { together: Barrier::new(GUESSES), right_waits: closed(), let_go: closed() });
    let world = World::with(Arc::new(CountingEntropy::new()), gate.clone()).await;
    let ann = world.active("ann@example.com").await;
    let caller = Caller::person(&ann, Origin::default());
    let attempt = async |old: &str| {
        manage_users::change_password(&world.services, &caller, &ann.id, &secret(old), &secret(NEW)).await
    };
    // All were let in before the first was counted, and the right one before all of them.
    let guesses = async {
        gate.right_waits.acquire().await.unwrap().forget();
        let wrong = futures_util::future::join_all((0..GUESSES).map(|_| attempt("wrong wrong wrong"))).await;
        gate.let_go.add_permits(1);
        wrong
    };
    let (right, wrong) = tokio::join!(attempt(PASSWORD), guesses);
    assert!(wrong.iter().chain([&right]).all(|ended| ended.as_ref().is_err_and(is_credentials)), "{right:?}");
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), Some(FakePasswords::hash_of(PASSWORD)));
    assert_eq!(world.events("user.account.lock").await.len(), 1);
    let counted = world.events("user.account.update_password").await;
    let failures = counted.iter().filter(|event| event.reason.as_deref() == Some("INVALID_CREDENTIALS")).count();
    assert_eq!(failures, world.services.settings.lockout.failures as usize, "none is judged once it is locked");
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
