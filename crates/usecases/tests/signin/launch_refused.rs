//! Launches that are refused: nothing is sent, the words say why, the log keeps it.

use domain::{AppStatus, UserStatus, event::Outcome as Ended};
use rolegate_usecases::{
    Caller, Error,
    launch_role::{self, LaunchOptions, RoleChoice},
};
use testkit::sample;

use crate::world::{World, arn, refused};

#[tokio::test]
async fn a_role_that_was_not_assigned_is_refused_and_logged() {
    let world = World::new().await;
    world.account(1, &["A", "B"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let refusal = world.refusal(&arn(1, "B")).await;
    assert_eq!(refusal.code, "role_not_assigned");
    assert!(refusal.findings[0].what.contains(&arn(1, "B")));
    let event = world.last_event().await;
    assert_eq!(event.event_type, "app.generic.unauth_app_access_attempt");
    assert_eq!((event.outcome, event.reason.as_deref()), (Ended::Deny, Some("role_not_assigned")));
    assert!(event.debug_data["askedFor"].contains(&arn(1, "B")));
}

#[tokio::test]
async fn who_is_not_assigned_to_the_app_is_refused() {
    let world = World::new().await;
    assert_eq!(world.refusal(&arn(1, "A")).await.code, "not_assigned");
    assert_eq!(refused(world.all().await).code, "not_assigned");
    assert_eq!(world.last_event().await.event_type, "app.generic.unauth_app_access_attempt");
}

#[tokio::test]
async fn an_app_that_is_not_there_or_not_active_launches_nothing() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let live = world.live().await;
    let caller = Caller::person(&live.user, domain::event::Origin::default());
    let choice = RoleChoice::parse(None, &arn(1, "A")).unwrap();
    let nowhere = sample::app_id("nowhere");
    let missing = launch_role::one(&world.services, &caller, &live, &nowhere, &choice, LaunchOptions::default()).await;
    assert!(matches!(missing, Err(Error::NotFound { kind: "AppInstance", .. })));
    world.update_app(|app| app.status = AppStatus::Inactive).await;
    assert_eq!(world.refusal(&arn(1, "A")).await.code, "app_inactive");
    assert_eq!(refused(world.all().await).code, "app_inactive");
}

#[tokio::test]
async fn a_role_that_vanished_or_distrusts_us_is_refused_with_the_fix() {
    let world = World::new().await;
    let account = world.account(1, &["Gone", "Stays"]).await;
    let distrusting = domain::aws::AwsRole { verdict: sample::refused(), ..sample::aws_role(&account, "Distrusting") };
    world.discovered(&account, &[sample::aws_role(&account, "Stays"), distrusting]).await;
    world.assign(&[&arn(1, "Gone"), &arn(1, "Stays"), &arn(1, "Distrusting")]).await;
    for (role, code) in [("Gone", "role_vanished"), ("Distrusting", "other_provider")] {
        let refusal = world.refusal(&arn(1, role)).await;
        assert_eq!(refusal.code, code);
        assert!(refusal.findings[0].fix.is_some(), "{role}");
        let event = world.last_event().await;
        assert_eq!((event.event_type.as_str(), event.outcome), ("user.authentication.sso", Ended::Failure));
    }
    world.launch(&arn(1, "Stays")).await;
}

#[tokio::test]
async fn a_removed_assignment_counts_at_the_next_launch() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    world.launch(&arn(1, "A")).await;
    let mut unit = world.begin().await;
    assert!(unit.delete_user_assignment(&world.app.id, &world.ann.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(world.refusal(&arn(1, "A")).await.code, "not_assigned");
}

#[tokio::test]
async fn a_suspended_user_with_a_kept_answer_has_no_session_to_launch_with() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    world.launch(&arn(1, "A")).await;
    world.update_user(&domain::User { status: UserStatus::Suspended, ..world.ann.clone() }).await;
    let revision = world.store().entitlement_revision().await.unwrap();
    let suspended = world.store().user(&world.ann.id).await.unwrap().unwrap();
    let live = rolegate_usecases::sessions::LiveSession {
        session: sample::session(&suspended, "old"),
        user: suspended,
        revision,
    };
    let outcome = world.launch_as(&live, &arn(1, "A"), LaunchOptions::default()).await;
    refused(outcome);
}

#[tokio::test]
async fn no_provider_no_launch() {
    let world = World::with(|_| {}, |app| app.settings.identity_provider_arn = None).await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let refusal = world.refusal(&arn(1, "A")).await;
    assert!(refusal.code.contains("provider"), "{refusal:?}");
    assert_eq!(refused(world.all().await).code, refusal.code);
}

#[tokio::test]
async fn a_thousand_roles_are_too_many_for_one_response_and_none_for_one_role() {
    let world = World::new().await;
    let names: Vec<String> = (0..1_000).map(|number| format!("RoleWithAQuiteOrdinaryName{number:04}")).collect();
    world.account(1, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let arns: Vec<String> = names.iter().map(|name| arn(1, name)).collect();
    world.assign(&arns.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let refusal = refused(world.all().await);
    assert_eq!(refusal.code, "too_large");
    assert!(refusal.findings[0].what.contains("1000 roles"), "{}", refusal.findings[0].what);
    let event = world.last_event().await;
    assert_eq!((event.outcome, event.reason.as_deref()), (Ended::Failure, Some("too_large")));
    world.launch(&arns[999]).await;
}

#[tokio::test]
async fn a_template_that_nobody_understands_is_named() {
    let world = World::with(|_| {}, |app| app.settings.source_identity = Some("${manager.name}".to_owned())).await;
    let account = sample::aws_account(&world.app, 1);
    let mut role = sample::aws_role(&account, "A");
    role.verdict.set_source_identity = domain::aws::Trust::Allowed;
    world.discovered(&account, &[role]).await;
    world.assign(&[&arn(1, "A")]).await;
    let refusal = world.refusal(&arn(1, "A")).await;
    assert!(refusal.findings.iter().any(|finding| finding.code == "template" && finding.what.contains("manager.name")));
}
