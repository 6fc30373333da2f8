//! Administrator rights, and the last who has them.

use domain::{UserStatus, user::AdminRole};
use rolegate_usecases::{
    Caller, Error,
    error::StateError,
    manage_users::{self, NewUser},
    user_lifecycle as cycle,
};

use crate::world::{PASSWORD, World, profile, secret};

fn is_last_admin_refusal<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::State(StateError::NotNow(why))) if why.contains("last active super administrator"))
}

#[tokio::test]
async fn the_last_super_administrator_cannot_be_taken_away() {
    let world = World::new().await;
    let (services, root, id) = (&world.services, &Caller::system(), &world.root.id);
    assert!(is_last_admin_refusal(cycle::deactivate(services, root, id).await));
    assert!(is_last_admin_refusal(cycle::suspend(services, root, id).await));
    assert!(is_last_admin_refusal(cycle::reset_password(services, root, id).await));
    assert!(is_last_admin_refusal(cycle::expire_password(services, root, id).await));
    assert!(is_last_admin_refusal(manage_users::delete(services, root, id).await));
    assert!(is_last_admin_refusal(manage_users::set_admin_role(services, root, id, None).await));
    let demoted = manage_users::set_admin_role(services, root, id, Some(AdminRole::ReadOnlyAdmin)).await;
    assert!(is_last_admin_refusal(demoted));
    let unchanged = world.user(id).await;
    assert_eq!((unchanged.status, unchanged.admin_role), (UserStatus::Active, Some(AdminRole::SuperAdmin)));
    assert!(world.store().password_hash(id).await.unwrap().is_some(), "a refused step leaves the password");
}

#[tokio::test]
async fn with_a_second_one_the_first_may_go() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let root = world.as_root();
    manage_users::set_admin_role(&world.services, &root, &ann.id, Some(AdminRole::SuperAdmin)).await.unwrap();
    cycle::suspend(&world.services, &root, &world.root.id).await.unwrap();
    assert!(is_last_admin_refusal(cycle::suspend(&world.services, &root, &ann.id).await));
    let granted = world.events("user.account.privilege.grant").await;
    assert_eq!(granted.len(), 2);
    assert_eq!(granted[1].debug_data["formerRole"], "none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_super_administrators_who_suspend_each_other_at_once_leave_one() {
    let world = World::new().await;
    let other = world
        .make(NewUser {
            admin_role: Some(AdminRole::SuperAdmin),
            ..NewUser::new(profile("other@example.com"), Some(secret(PASSWORD)))
        })
        .await;
    let (services, caller) = (&world.services, &Caller::system());
    let (one, two) =
        tokio::join!(cycle::suspend(services, caller, &world.root.id), cycle::suspend(services, caller, &other.id));
    assert_ne!(one.is_ok(), two.is_ok());
    assert_eq!(world.store().count_super_admins().await.unwrap(), 1);
}

#[tokio::test]
async fn a_read_only_administrator_changes_nothing() {
    let world = World::new().await;
    let ann = world.active("ann@example.com").await;
    let auditor = world.read_only().await;
    let services = &world.services;
    assert!(manage_users::find(services, &auditor, ann.id.as_str()).await.is_ok());
    let new = NewUser::new(profile("new@example.com"), None);
    assert!(matches!(manage_users::create(services, &auditor, new).await, Err(Error::Forbidden)));
    assert!(matches!(manage_users::delete(services, &auditor, &ann.id).await, Err(Error::Forbidden)));
    assert!(matches!(cycle::suspend(services, &auditor, &ann.id).await, Err(Error::Forbidden)));
    assert!(matches!(manage_users::clear_sessions(services, &auditor, &ann.id).await, Err(Error::Forbidden)));
    let auditors_own = auditor.user.clone().unwrap();
    let raised = manage_users::set_admin_role(services, &auditor, &auditors_own, Some(AdminRole::SuperAdmin)).await;
    assert!(matches!(raised, Err(Error::Forbidden)));
}
