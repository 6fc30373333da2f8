use domain::{RoleArn, UserStatus};
use rolegate_usecases::{
    Error,
    assign_groups::{self, GroupAssignmentProfile},
    assign_users::{self, Scope, UserAssignmentProfile},
    error::StateError,
    role_values::{Change, WrittenRoles},
};
use testkit::sample;

use crate::world::{World, arn, page};

fn texts(roles: &[RoleArn]) -> Vec<String> {
    roles.iter().map(RoleArn::to_string).collect()
}

#[tokio::test]
async fn an_assignment_is_added_updated_and_removed_and_the_log_says_which_roles() {
    let world = World::new().await;
    let (services, admin, app, ann) = (&world.services, &world.admin, &world.app.id, &world.ann.id);
    let roles = |names: &[&str]| UserAssignmentProfile::saml_roles(names.iter().map(|name| arn(1, name)));
    assign_users::put(services, admin, app, ann, roles(&["Admin"])).await.unwrap();
    assign_users::put(services, admin, app, ann, roles(&["Admin"])).await.unwrap();
    assign_users::update(services, admin, app, ann, roles(&["Reader", "Reader"])).await.unwrap();
    assign_users::delete(services, admin, app, ann).await.unwrap();
    let events = world.events().await.split_off(1);
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(
        types,
        ["application.user_membership.add", "application.user_membership.update", "application.user_membership.remove"]
    );
    assert_eq!(events[1].debug_data["rolesAdded"], arn(1, "Reader"));
    assert_eq!(events[1].debug_data["rolesRemoved"], arn(1, "Admin"));
    assert_eq!(events[2].debug_data["rolesRemoved"], arn(1, "Reader"));
    assert!(matches!(assign_users::delete(services, admin, app, ann).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn what_a_change_leaves_out_stays() {
    let world = World::new().await;
    let (services, admin, app, ann) = (&world.services, &world.admin, &world.app.id, &world.ann.id);
    let mut profile = UserAssignmentProfile::saml_roles(["Reader"]);
    profile.user_name = Change::Set(Some("ann.at.aws".to_owned()));
    assign_users::put(services, admin, app, ann, profile).await.unwrap();
    let only_role = UserAssignmentProfile {
        roles: WrittenRoles { role: Change::Set(Some("Auditor".to_owned())), saml_roles: Change::Keep },
        ..UserAssignmentProfile::default()
    };
    let found = assign_users::update(services, admin, app, ann, only_role).await.unwrap();
    assert_eq!(found.user_name, "ann.at.aws");
    assert_eq!(found.roles.role.unwrap().to_string(), arn(2, "team/Auditor"));
    assert_eq!(texts(&found.roles.saml_roles), [arn(1, "Reader")]);
    let own_name = UserAssignmentProfile {
        user_name: Change::Set(Some(world.ann.profile.login.to_string())),
        ..UserAssignmentProfile::default()
    };
    assign_users::update(services, admin, app, ann, own_name).await.unwrap();
    let stored = services.store.user_assignment(app, ann).await.unwrap().unwrap();
    assert_eq!(stored.user_name, None, "the template's own result is not stored");
}

#[tokio::test]
async fn through_a_group_a_user_is_seen_but_not_written() {
    let world = World::new().await;
    let (services, admin, app, ann) = (&world.services, &world.admin, &world.app.id, &world.ann.id);
    assert!(matches!(assign_users::read(services, admin, app, ann).await, Err(Error::NotFound { .. })));
    world.join_ops().await;
    let profile = GroupAssignmentProfile::saml_roles(["Reader"]);
    assign_groups::put(services, admin, app, &world.ops.id, profile).await.unwrap();
    let found = assign_users::read(services, admin, app, ann).await.unwrap();
    assert_eq!(found.scope, Scope::Group(world.ops.clone()));
    assert_eq!(texts(&found.roles.saml_roles), [arn(1, "Reader")]);
    let page = assign_users::list(services, admin, app, None, &page(10)).await.unwrap();
    assert!(page.items.is_empty(), "direct assignments alone are listed");
    for refused in [
        assign_users::delete(services, admin, app, ann).await.unwrap_err(),
        assign_users::update(services, admin, app, ann, UserAssignmentProfile::default()).await.unwrap_err(),
    ] {
        assert!(matches!(refused, Error::State(StateError::NotNow(why)) if why.contains("`ops`")));
    }
}

#[tokio::test]
async fn a_deactivated_user_is_not_assigned() {
    let world = World::new().await;
    let gone = domain::User { status: UserStatus::Deprovisioned, ..sample::user("gone@example.com") };
    let mut unit = world.services.store.begin().await.unwrap();
    unit.insert_user(&gone, None).await.unwrap();
    unit.commit().await.unwrap();
    let profile = UserAssignmentProfile::saml_roles(["Reader"]);
    let put = assign_users::put(&world.services, &world.admin, &world.app.id, &gone.id, profile).await;
    assert!(matches!(put, Err(Error::State(StateError::UserStatus("DEPROVISIONED")))));
}

#[tokio::test]
async fn a_new_group_comes_behind_all_others_and_keeps_its_place() {
    let world = World::new().await;
    let (services, admin, app) = (&world.services, &world.admin, &world.app.id);
    let others = [sample::group("one"), sample::group("two")];
    let mut unit = services.store.begin().await.unwrap();
    for group in &others {
        unit.insert_group(group).await.unwrap();
    }
    unit.commit().await.unwrap();
    let put = |group: &domain::GroupId, priority| {
        let profile = GroupAssignmentProfile { priority, ..GroupAssignmentProfile::saml_roles(["Reader"]) };
        let group = group.clone();
        async move { assign_groups::put(services, admin, app, &group, profile).await.unwrap().assignment.priority }
    };
    assert_eq!(put(&world.ops.id, None).await, 0);
    assert_eq!(put(&others[0].id, Some(7)).await, 7);
    assert_eq!(put(&others[1].id, None).await, 8);
    assert_eq!(put(&others[0].id, None).await, 7, "a later PUT without priority keeps it");
    assert_eq!(put(&others[1].id, Some(3)).await, 3);
    let listed = assign_groups::list(services, admin, app, &page(2)).await.unwrap();
    let priorities: Vec<u32> = listed.items.iter().map(|one| one.assignment.priority).collect();
    assert_eq!(priorities, [0, 3]);
    assert!(listed.next.is_some());
    assign_groups::delete(services, admin, app, &world.ops.id).await.unwrap();
    let types = world.event_types().await;
    assert_eq!(types.last().unwrap(), "group.application_assignment.remove");
    assert!(types.contains(&"group.application_assignment.add".to_owned()));
    assert!(types.contains(&"group.application_assignment.update".to_owned()));
}
