//! The end of a directory: what goes is said first, and everything is in the log.

use domain::{User, UserStatus, user::AdminRole};
use rolegate_usecases::{Caller, Error, error::StateError, manage_directories};
use testkit::sample;

use crate::world::World;

#[tokio::test]
async fn a_directory_goes_with_its_groups_and_leaves_people_who_cannot_sign_in() {
    let world = World::new().await;
    let corp = world.corp().await;
    let ann = User { directory: Some(corp.id.clone()), ..sample::user("ann@example.com") };
    let (group, app) = (sample::directory_group(&corp, "Operators"), sample::app("AWS"));
    let mut unit = world.store().begin().await.unwrap();
    unit.insert_user(&ann, None).await.unwrap();
    unit.insert_group(&group).await.unwrap();
    unit.insert_app(&app).await.unwrap();
    unit.put_group_assignment(&sample::group_assignment(&app, &group, 0, &[])).await.unwrap();
    unit.insert_session(&sample::session(&ann, "s"), &sample::hash("s")).await.unwrap();
    unit.commit().await.unwrap();
    let delete = |confirm| {
        let (services, id) = (&world.services, corp.id.clone());
        async move { manage_directories::delete(services, &Caller::system(), &id, confirm).await }
    };
    for wrong in [None, Some("Corp"), Some("")] {
        let Err(Error::Invalid { field, causes }) = delete(wrong).await else { panic!("{wrong:?}") };
        assert_eq!(field, "confirm");
        assert!(causes[0].contains("1 groups along (1 of them") && causes[0].contains("1 people"), "{causes:?}");
        assert!(causes[0].contains("?confirm=corp"), "{causes:?}");
    }
    let before = world.events().await.len();
    delete(Some("corp")).await.unwrap();
    assert_eq!(world.store().directory(&corp.id).await.unwrap(), None);
    assert_eq!(world.store().group(&group.id).await.unwrap(), None);
    let left = world.store().user(&ann.id).await.unwrap().unwrap();
    assert_eq!((left.status, left.directory), (UserStatus::Deprovisioned, None));
    assert!(world.store().sessions_of_user(&ann.id, sample::NOW).await.unwrap().is_empty());
    let events: Vec<_> = world.events().await.drain(before..).collect();
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["user.lifecycle.deactivate", "application.lifecycle.delete"]);
    assert_eq!(events[1].debug_data["people"], "1");
    assert!(matches!(delete(Some("corp")).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn the_last_administrators_do_not_go_with_their_directory() {
    let world = World::new().await;
    let corp = world.corp().await;
    let mut root = world.store().user_by_login(&"root@example.com".parse().unwrap()).await.unwrap().unwrap();
    root.status = UserStatus::Suspended;
    let admin = |login: &str| User {
        directory: Some(corp.id.clone()),
        admin_role: Some(AdminRole::SuperAdmin),
        ..sample::user(login)
    };
    let mut unit = world.store().begin().await.unwrap();
    unit.update_user(&root).await.unwrap();
    unit.insert_user(&admin("ann@example.com"), None).await.unwrap();
    unit.insert_user(&admin("bob@example.com"), None).await.unwrap();
    unit.commit().await.unwrap();
    let refused = manage_directories::delete(&world.services, &Caller::system(), &corp.id, Some("corp")).await;
    assert!(matches!(refused, Err(Error::State(StateError::NotNow(_)))), "{refused:?}");
    assert!(world.store().directory(&corp.id).await.unwrap().is_some(), "nothing happened");
}
