//! What a person has: group rules, the cache and its revision, explain and preview.

use domain::{Group, User, event::Origin, user::AdminRole};
use rolegate_usecases::{Caller, entitlements, explain_role::explain_role, preview_launch::preview_launch};
use testkit::sample;

use crate::world::{World, arn};

async fn names(world: &World) -> Vec<String> {
    world.roles().await.access.launchable().map(|role| role.role.name().to_string()).collect()
}

fn admin() -> Caller {
    let user = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("admin@example.com") };
    Caller::person(&user, Origin::default())
}

#[tokio::test]
async fn a_direct_assignment_hides_group_roles_until_they_are_joined() {
    let world = World::new().await;
    world.account(1, &["Direct", "Grouped"]).await;
    world.assign_group("Developers", 0, &[&arn(1, "Grouped")]).await;
    assert_eq!(names(&world).await, ["Grouped"]);
    world.assign(&[&arn(1, "Direct")]).await;
    assert_eq!(names(&world).await, ["Direct"]);
    world.update_app(|app| app.settings.join_all_roles = true).await;
    assert_eq!(names(&world).await, ["Direct", "Grouped"]);
}

#[tokio::test]
async fn groups_are_combined_or_the_highest_priority_counts() {
    let world = World::new().await;
    world.account(1, &["High", "Low"]).await;
    world.assign_group("Low", 5, &[&arn(1, "Low")]).await;
    world.assign_group("High", 1, &[&arn(1, "High")]).await;
    assert_eq!(names(&world).await, ["High", "Low"]);
    world.update_app(|app| app.settings.combine_group_roles = false).await;
    assert_eq!(names(&world).await, ["High"]);
}

#[tokio::test]
async fn what_is_kept_follows_every_change_of_membership_assignment_and_discovery() {
    let world = World::new().await;
    let account = world.account(1, &["A", "B"]).await;
    world.assign_group("Developers", 0, &[&arn(1, "A"), &arn(1, "B")]).await;
    assert_eq!(names(&world).await, ["A", "B"]);
    world.discovered(&account, &[sample::aws_role(&account, "A")]).await;
    assert_eq!(names(&world).await, ["A"], "B vanished");
    let group: Group = sample::group("Developers");
    let mut unit = world.begin().await;
    unit.remove_member(&group.id, &world.ann.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    assert!(names(&world).await.is_empty());
}

#[tokio::test]
async fn an_unchanged_revision_answers_from_memory() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let live = world.live().await;
    let first = entitlements::roles_of(&world.services, &live, &world.app.id).await.unwrap();
    let again = entitlements::roles_of(&world.services, &live, &world.app.id).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.access, &again.access));
    let next = world.live().await;
    assert_eq!(next.revision, live.revision, "a sign-in is no change of entitlements");
    world.update_app(|app| app.settings.session_duration = 7_200).await;
    let changed = entitlements::roles_of(&world.services, &world.live().await, &world.app.id).await.unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first.access, &changed.access));
    assert_eq!(changed.app().settings.session_duration, 7_200);
}

#[tokio::test]
async fn people_see_their_own_apps_and_roles_and_nobody_elses() {
    let world = World::new().await;
    world.assign(&[]).await;
    let ann = Caller::person(&world.ann, Origin::default());
    let stranger = Caller::person(&sample::user("bob@example.com"), Origin::default());
    let apps = entitlements::apps_of(&world.services, &ann, &world.ann.id).await.unwrap();
    assert_eq!(apps.len(), 1);
    entitlements::apps_of(&world.services, &stranger, &world.ann.id).await.unwrap_err();
    let role = sample::role_arn(&arn(1, "A"));
    explain_role(&world.services, &stranger, &world.app.id, &world.ann.id, &role).await.unwrap_err();
    preview_launch(&world.services, &stranger, &world.app.id, &world.ann.id, None).await.unwrap_err();
    entitlements::roles_of_user(&world.services, &stranger, &world.app.id, &world.ann.id).await.unwrap_err();
    entitlements::roles_of_user(&world.services, &admin(), &world.app.id, &world.ann.id).await.unwrap();
}

#[tokio::test]
async fn explain_tells_administrators_which_group_would_give_the_role() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    let group = sample::group("Deployers");
    let mut unit = world.begin().await;
    unit.insert_group(&group).await.unwrap();
    unit.put_group_assignment(&sample::group_assignment(&world.app, &group, 0, &[&arn(1, "A")])).await.unwrap();
    unit.commit().await.unwrap();
    let role = sample::role_arn(&arn(1, "A"));
    let told = explain_role(&world.services, &admin(), &world.app.id, &world.ann.id, &role).await.unwrap();
    assert!(!told.granted);
    assert!(told.steps.iter().any(|step| step.fix.as_deref().is_some_and(|fix| fix.contains("`Deployers`"))));
    let ann = Caller::person(&world.ann, Origin::default());
    let own = explain_role(&world.services, &ann, &world.app.id, &world.ann.id, &role).await.unwrap();
    assert!(!own.steps.iter().any(|step| step.fix.as_deref().is_some_and(|fix| fix.contains("Deployers"))));
}

#[tokio::test]
async fn a_preview_shows_what_would_be_said_and_cannot_be_used() {
    let world = World::new().await;
    world.account(1, &["A", "B"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let preview = |role: &str| {
        let role = sample::role_arn(role);
        let (services, app, user) = (&world.services, world.app.id.clone(), world.ann.id.clone());
        async move { preview_launch(services, &admin(), &app, &user, Some(&role)).await.unwrap() }
    };
    let fine = preview(&arn(1, "A")).await;
    assert!(fine.would_launch, "{:?}", fine.findings);
    let xml = fine.xml.unwrap();
    assert!(xml.contains("role/A") && !xml.contains("Signature"), "{xml}");
    assert_eq!(fine.role_session_name, "ann@example.com");
    let not_theirs = preview(&arn(1, "B")).await;
    assert!(!not_theirs.would_launch);
    assert_eq!(not_theirs.findings[0].code, "role_not_assigned");
    assert!(not_theirs.xml.unwrap().contains("role/B"), "any role can be looked at");
}
