//! Which step leads where, and from where none is allowed.

use UserStatus::{Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended};
use domain::{User, UserStatus};
use rolegate_usecases::{Error, Result, error::StateError, manage_users, user_lifecycle as cycle};

use crate::world::{PASSWORD, World, is_status_refusal, secret};

#[derive(Clone, Copy, Debug)]
enum Step {
    Activate,
    Deactivate,
    Reactivate,
    Suspend,
    Unsuspend,
    Unlock,
    Expire,
    Reset,
}

async fn take(world: &World, step: Step, user: &User) -> Result<User> {
    let (services, root) = (&world.services, &world.as_root());
    match step {
        Step::Activate => cycle::activate(services, root, &user.id).await,
        Step::Deactivate => cycle::deactivate(services, root, &user.id).await,
        Step::Reactivate => cycle::reactivate(services, root, &user.id).await,
        Step::Suspend => cycle::suspend(services, root, &user.id).await,
        Step::Unsuspend => cycle::unsuspend(services, root, &user.id).await,
        Step::Unlock => cycle::unlock(services, root, &user.id).await,
        Step::Expire => cycle::expire_password(services, root, &user.id).await,
        Step::Reset => cycle::reset_password(services, root, &user.id).await,
    }
}

/// A user who is in this status, with a password where the status has one.
async fn in_status(world: &World, status: UserStatus, number: usize) -> User {
    let login = format!("user{number}@example.com");
    let mut user = if status == Staged { world.staged(&login).await } else { world.active(&login).await };
    user.status = status;
    let mut unit = world.store().begin().await.unwrap();
    unit.update_user(&user).await.unwrap();
    unit.commit().await.unwrap();
    world.add_session(&user, &login).await;
    user
}

#[tokio::test]
async fn every_step_leads_where_okta_leads_or_is_refused() {
    let world = World::new().await;
    // Rows: steps. Columns: as in `UserStatus::ALL`. `None`: refused.
    let table: [(Step, [Option<UserStatus>; 8]); 8] = [
        (Step::Activate, [Some(Provisioned), None, None, None, None, None, None, Some(Provisioned)]),
        (
            Step::Deactivate,
            [
                Some(Deprovisioned),
                Some(Deprovisioned),
                Some(Deprovisioned),
                Some(Deprovisioned),
                Some(Deprovisioned),
                Some(Deprovisioned),
                Some(Deprovisioned),
                None,
            ],
        ),
        (Step::Reactivate, [None, Some(Provisioned), None, None, None, None, None, None]),
        (Step::Suspend, [None, None, Some(Suspended), None, None, None, None, None]),
        (Step::Unsuspend, [None, None, None, None, None, None, Some(Active), None]),
        (Step::Unlock, [None, None, None, None, None, Some(Active), None, None]),
        (
            Step::Expire,
            [None, None, Some(PasswordExpired), Some(PasswordExpired), Some(PasswordExpired), None, None, None],
        ),
        (
            Step::Reset,
            [None, Some(Recovery), Some(Recovery), Some(Recovery), Some(Recovery), Some(Recovery), None, None],
        ),
    ];
    let mut number = 0;
    for (step, row) in table {
        for (from, wanted) in UserStatus::ALL.into_iter().zip(row) {
            number += 1;
            let user = in_status(&world, from, number).await;
            let result = take(&world, step, &user).await;
            assert_eq!(result.as_ref().ok().map(|user| user.status), wanted, "{step:?} from {from}");
            let now = world.status(&user.id).await;
            assert_eq!(now, wanted.unwrap_or(from), "{step:?} from {from}");
            let left = usize::from(wanted.is_none_or(|status| status == Active));
            assert_eq!(world.sessions(&user.id).await, left, "sessions after {step:?} from {from}");
        }
    }
}

#[tokio::test]
async fn activating_who_is_active_has_an_error_of_its_own() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let error = cycle::activate(&world.services, &world.as_root(), &ann.id).await.unwrap_err();
    assert!(matches!(error, Error::State(StateError::AlreadyActive)));
    cycle::suspend(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert!(is_status_refusal(&cycle::activate(&world.services, &world.as_root(), &ann.id).await.unwrap_err()));
}

#[tokio::test]
async fn a_staged_user_with_a_password_is_active_once_activated() {
    let world = World::new().await;
    let ann = world.staged("ann@example.com").await;
    manage_users::set_password(&world.services, &world.as_root(), &ann.id, secret(PASSWORD)).await.unwrap();
    assert_eq!(world.status(&ann.id).await, Staged);
    let activated = cycle::activate(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert_eq!(activated.status, Active);
    assert_eq!(activated.activated, Some(world.services.now()));
}

#[tokio::test]
async fn who_comes_back_needs_a_new_password() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    cycle::deactivate(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert_eq!(world.store().password_hash(&ann.id).await.unwrap(), None);
    let back = cycle::activate(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert_eq!((back.status, back.password_changed), (Provisioned, None));
    manage_users::set_password(&world.services, &world.as_root(), &ann.id, secret(PASSWORD)).await.unwrap();
    assert_eq!(world.status(&ann.id).await, Active);
}

#[tokio::test]
async fn a_lock_that_wrong_passwords_made_shows_and_is_undone() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let mut unit = world.store().begin().await.unwrap();
    unit.set_lockout(&ann.id, Some(world.services.now().plus_seconds(900))).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(manage_users::status_now(&world.services, &ann).await.unwrap(), LockedOut);
    cycle::unlock(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert_eq!(manage_users::status_now(&world.services, &ann).await.unwrap(), Active);
    assert!(is_status_refusal(&cycle::unlock(&world.services, &world.as_root(), &ann.id).await.unwrap_err()));
}

#[tokio::test]
async fn a_temporary_password_works_for_choosing_a_new_one_only() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let (user, temporary) =
        cycle::expire_with_temporary_password(&world.services, &world.as_root(), &ann.id).await.unwrap();
    assert_eq!(user.status, PasswordExpired);
    let caller = rolegate_usecases::Caller::person(&user, domain::event::Origin::default());
    let new = secret("another long password");
    let changed = manage_users::change_password(&world.services, &caller, &ann.id, &temporary, &new).await.unwrap();
    assert_eq!(changed.status, Active);
}
