//! Roles by the names of groups, from membership to launch.

use domain::{
    App, AwsAppSettings, Group, User,
    aws::{AwsRole, Trust},
    directory::DirectoryStatus,
    event::Origin,
    user::AdminRole,
};
use entitlement::StepOutcome;
use rolegate_usecases::{
    Caller,
    entitlements::{self, AppRoles},
    explain_role::explain_role,
    launch_role::{LaunchOptions, Outcome},
    preview_launch::preview_launch,
};
use testkit::sample;

use crate::world::{World, arn, refused};

fn with_names(app: &mut App) {
    app.settings = AwsAppSettings {
        use_group_mapping: true,
        group_filter: r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$".to_owned(),
        role_value_pattern: "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}"
            .to_owned(),
        ..app.settings.clone()
    };
}

/// An app that reads names, an account with `Admin` and `team/Read`, and a management group that is assigned.
struct Mapped {
    world: World,
    management: Group,
}

impl Mapped {
    async fn new() -> Self {
        let world = World::with(|_| {}, with_names).await;
        world.account(1, &["Admin", "team/Read"]).await;
        let management = sample::group("Cloud Admins");
        let mut unit = world.begin().await;
        unit.insert_group(&management).await.unwrap();
        unit.add_member(&management.id, &world.ann.id, sample::NOW).await.unwrap();
        let assignment = sample::group_assignment(&world.app, &management, 0, &[]);
        unit.put_group_assignment(&assignment).await.unwrap();
        unit.commit().await.unwrap();
        Self { world, management }
    }

    /// Makes a role group and puts the management group into it.
    async fn nest(&self, group: &Group) {
        let mut unit = self.world.begin().await;
        unit.insert_group(group).await.unwrap();
        unit.add_nested(&group.id, &self.management.id, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
    }

    async fn role_group(&self, account: u64, role: &str) -> Group {
        let group = sample::group(&format!("aws#one#{role}#{account:012}"));
        self.nest(&group).await;
        group
    }

    async fn names(&self) -> Vec<String> {
        launchable(&self.world.roles().await)
    }
}

fn launchable(has: &AppRoles) -> Vec<String> {
    has.access.launchable().map(|role| role.role.to_string()).collect()
}

fn admin() -> Caller {
    let user = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("admin@example.com") };
    Caller::person(&user, Origin::default())
}

#[tokio::test]
async fn a_person_in_a_management_group_launches_the_role_and_the_log_names_the_way() {
    let mapped = Mapped::new().await;
    let read = mapped.role_group(1, "Read").await;
    assert_eq!(mapped.names().await, [arn(1, "team/Read")], "with the role's own path");
    let launch = mapped.world.launch(&arn(1, "team/Read")).await;
    assert_eq!(launch.roles, 1);
    let event = mapped.world.last_event().await;
    assert_eq!(event.event_type, "user.authentication.sso");
    assert_eq!(event.debug_data["grantedBy"], format!("group name (Cloud Admins > {})", read.name));
    assert_eq!(event.debug_data["roleArn"], arn(1, "team/Read"));
}

#[tokio::test]
async fn every_change_of_nesting_membership_and_settings_counts_at_once() {
    let mapped = Mapped::new().await;
    let (world, management) = (&mapped.world, &mapped.management);
    let group = mapped.role_group(1, "Admin").await;
    assert_eq!(mapped.names().await, [arn(1, "Admin")]);
    let mut unit = world.begin().await;
    unit.remove_nested(&group.id, &management.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    assert!(mapped.names().await.is_empty());
    let mut unit = world.begin().await;
    unit.add_member(&group.id, &world.ann.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(mapped.names().await, [arn(1, "Admin")], "directly in the role group");
    world.update_app(|app| app.settings.group_filter = r"iam\#(?{{role}}.*)\#(?{{accountid}}\d+)".to_owned()).await;
    assert!(mapped.names().await.is_empty());
    world.update_app(with_names).await;
    let mut unit = world.begin().await;
    unit.remove_member(&management.id, &world.ann.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    assert!(mapped.names().await.is_empty(), "in the role group, but not assigned to the app");
    assert!(!world.roles().await.access.assigned);
}

#[tokio::test]
async fn trust_that_is_taken_away_and_roles_and_assignments_that_go_count_at_once() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    mapped.role_group(1, "Admin").await;
    mapped.role_group(1, "Read").await;
    assert_eq!(mapped.names().await, [arn(1, "Admin"), arn(1, "team/Read")]);
    let mut unit = world.begin().await;
    let role = sample::role_arn(&arn(1, "Admin"));
    unit.set_role_verdict(&world.app.id, &role, &sample::refused()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(mapped.names().await, [arn(1, "team/Read")]);
    world.account(1, &["Admin"]).await;
    assert_eq!(mapped.names().await, [arn(1, "Admin")], "trusted again, and the other is gone");
    let mut unit = world.begin().await;
    unit.delete_group_assignment(&world.app.id, &mapped.management.id).await.unwrap();
    unit.commit().await.unwrap();
    assert!(mapped.names().await.is_empty());
    world.assign(&[]).await;
    assert_eq!(mapped.names().await, [arn(1, "Admin")], "a direct assignment is one as well");
}

#[tokio::test]
async fn assigned_roles_do_not_count_beside_names() {
    let mapped = Mapped::new().await;
    mapped.role_group(1, "Admin").await;
    mapped.world.assign(&[&arn(1, "team/Read")]).await;
    assert_eq!(mapped.names().await, [arn(1, "Admin")]);
    let world = &mapped.world;
    let role = sample::role_arn(&arn(1, "team/Read"));
    let explanation = explain_role(&world.services, &admin(), &world.app.id, &world.ann.id, &role).await.unwrap();
    assert!(!explanation.granted);
    assert!(explanation.conclusion.contains("assignments give no roles"), "{}", explanation.conclusion);
}

#[tokio::test]
async fn groups_of_a_directory_count_when_the_app_filter_names_it_and_it_is_in_use() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let mut corp = sample::directory("corp");
    let mut unit = world.begin().await;
    unit.insert_directory(&corp).await.unwrap();
    unit.commit().await.unwrap();
    mapped.nest(&sample::directory_group(&corp, "aws#one#Admin#000000000001")).await;
    assert!(mapped.names().await.is_empty());
    world.update_app(|app| app.settings.app_filter = "okta, Corp".to_owned()).await;
    assert_eq!(mapped.names().await, [arn(1, "Admin")]);
    corp.status = DirectoryStatus::Inactive;
    let mut unit = world.begin().await;
    unit.update_directory(&corp).await.unwrap();
    unit.commit().await.unwrap();
    assert!(mapped.names().await.is_empty());
}

#[tokio::test]
async fn apps_side_by_side_read_the_same_groups_each_by_its_own_rule() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let mut other = sample::app("AWS for operators");
    with_names(&mut other);
    other.settings.group_filter = r"(?{{role}}Ops\w*)-(?{{accountid}}\d+)".to_owned();
    other.settings.app_filter = "corp".to_owned();
    let corp = sample::directory("corp");
    let account = sample::aws_account(&other, 2);
    let mut unit = world.begin().await;
    unit.insert_directory(&corp).await.unwrap();
    unit.insert_app(&other).await.unwrap();
    unit.put_account_reading(&account, &[sample::aws_role(&account, "OpsRead")], sample::NOW).await.unwrap();
    unit.put_group_assignment(&sample::group_assignment(&other, &mapped.management, 0, &[])).await.unwrap();
    unit.commit().await.unwrap();
    mapped.role_group(1, "Admin").await;
    mapped.nest(&sample::directory_group(&corp, "OpsRead-000000000002")).await;
    // A local group of such a name is none of the directory's.
    mapped.nest(&sample::group("OpsAll-000000000002")).await;
    let live = world.live().await;
    let of_other = entitlements::roles_of(&world.services, &live, &other.id).await.unwrap();
    assert_eq!(launchable(&of_other), [arn(2, "OpsRead")]);
    assert_eq!(mapped.names().await, [arn(1, "Admin")]);
}

#[tokio::test]
async fn what_is_not_there_or_does_not_trust_us_is_shown_and_never_sent() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let account = sample::aws_account(&world.app, 2);
    let closed = AwsRole { verdict: sample::refused(), ..sample::aws_role(&account, "Closed") };
    assert_eq!(closed.verdict.trust, Trust::Refused);
    world.discovered(&account, &[closed]).await;
    for role in ["Closed", "Nobody"] {
        mapped.role_group(2, role).await;
    }
    mapped.role_group(9, "Far").await;
    assert_eq!(world.roles().await.access.roles.len(), 3);
    assert_eq!(mapped.names().await, [arn(9, "Far")], "an account that was never read is trusted as written");
    assert_eq!(world.refusal(&arn(2, "Nobody")).await.code, "role_not_discovered");
    assert_eq!(world.launch_all().await.roles, 1);
    let live = world.live().await;
    let other = refused(world.launch_as(&live, &arn(1, "Admin"), LaunchOptions::default()).await);
    assert_eq!(other.code, "role_not_assigned");
}

#[tokio::test]
async fn explain_tells_the_way_and_what_would_lead_there() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let explained = async |role: &str, caller: &Caller| {
        let role = sample::role_arn(&arn(1, role));
        explain_role(&world.services, caller, &world.app.id, &world.ann.id, &role).await.unwrap()
    };
    let admins = sample::group("aws#one#Admin#000000000001");
    let mut unit = world.begin().await;
    unit.insert_group(&admins).await.unwrap();
    unit.commit().await.unwrap();
    let explanation = explained("Admin", &admin()).await;
    let step = explanation.steps.iter().find(|step| step.code == "role_not_mapped").unwrap();
    assert!(step.fix.as_ref().unwrap().contains("`aws#one#Admin#000000000001`"), "{step:?}");
    let own = explained("Admin", &Caller::person(&world.ann, Origin::default())).await;
    let step = own.steps.iter().find(|step| step.code == "role_not_mapped").unwrap();
    assert!(!step.fix.as_ref().unwrap().contains("aws#one"), "people are not told other groups: {step:?}");

    mapped.nest(&sample::group("AWS#one#Read#000000000001")).await;
    let explanation = explained("team/Read", &admin()).await;
    assert!(explanation.steps.iter().any(|step| step.code == "near_miss_name_case"), "{explanation:?}");

    let mut unit = world.begin().await;
    unit.add_nested(&admins.id, &mapped.management.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    let explanation = explained("Admin", &admin()).await;
    assert!(explanation.granted && explanation.steps.iter().all(|step| step.outcome == StepOutcome::Passed));
    let step = explanation.steps.iter().find(|step| step.code == "mapped_by_group").unwrap();
    assert!(step.what.contains("`Cloud Admins`, which is in `aws#one#Admin#000000000001`"), "{step:?}");
}

#[tokio::test]
async fn the_provider_of_the_pattern_is_sent_and_previewed() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    mapped.role_group(9, "Far").await;
    world
        .update_app(|app| {
            app.settings.identity_provider_arn = None;
            app.settings.role_value_pattern = app.settings.role_value_pattern.replace("Rolegate", "OKTA");
        })
        .await;
    let role = sample::role_arn(&arn(9, "Far"));
    let preview =
        async |role| preview_launch(&world.services, &admin(), &world.app.id, &world.ann.id, Some(role)).await.unwrap();
    let sent = preview(&role).await;
    assert!(sent.would_launch, "{:?}", sent.findings);
    let pair = format!("arn:aws:iam::000000000009:saml-provider/OKTA,{role}");
    assert!(sent.xml.unwrap().contains(&pair));
    let not_hers = preview(&sample::role_arn(&arn(9, "Else"))).await;
    assert!(!not_hers.would_launch && not_hers.xml.unwrap().contains("saml-provider/OKTA,"));
}

#[tokio::test]
async fn settings_that_cannot_be_used_give_nothing_and_do_no_harm() {
    let mapped = Mapped::new().await;
    mapped.role_group(1, "Admin").await;
    mapped.world.update_app(|app| app.settings.group_filter = "(".to_owned()).await;
    assert!(mapped.names().await.is_empty());
    let Outcome::Refused(refusal) = mapped.world.all().await else { panic!("launched") };
    assert_eq!(refusal.code, "no_roles");
}
