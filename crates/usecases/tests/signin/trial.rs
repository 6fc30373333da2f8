//! Settings of group mapping that are tried before they are saved.

use domain::{AwsAppSettings, User, UserStatus, aws::AwsRole, event::Origin, user::AdminRole};
use rolegate_usecases::{
    Caller, Error,
    test_mapping::{Tested, Trial, test_mapping},
};
use testkit::sample;

use crate::world::{World, arn};

const STORED: &str = r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)";
const PATTERN: &str = "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}";

/// Ann and Bob in `Management`, which is assigned; it is in role groups of two naming schemes.
async fn world() -> World {
    let world = World::new().await;
    let account = sample::aws_account(&world.app, 1);
    let policy = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithSAML",
        "Principal":{"Federated":"arn:aws:iam::000000000001:saml-provider/Rolegate"}}]}"#;
    let roles =
        ["Admin", "Read"].map(|name| AwsRole { trust_policy: policy.to_owned(), ..sample::aws_role(&account, name) });
    world.discovered(&account, &roles).await;
    let bob = sample::user("bob@example.com");
    let gone = User { status: UserStatus::Deprovisioned, ..sample::user("gone@example.com") };
    for user in [&bob, &gone] {
        world.add_user(user).await;
    }
    let management = sample::group("Management");
    let role_groups =
        ["aws_000000000001_Admin", "iam_000000000001_Read", "AWS_000000000001_Read", "Everyone"].map(sample::group);
    let mut unit = world.begin().await;
    unit.insert_group(&management).await.unwrap();
    for user in [&world.ann, &bob, &gone] {
        unit.add_member(&management.id, &user.id, sample::NOW).await.unwrap();
    }
    for group in &role_groups {
        unit.insert_group(group).await.unwrap();
        unit.add_nested(&group.id, &management.id, sample::NOW).await.unwrap();
    }
    let assignment = sample::group_assignment(&world.app, &management, 0, &[&arn(1, "Read")]);
    unit.put_group_assignment(&assignment).await.unwrap();
    unit.commit().await.unwrap();
    world
}

fn settings(world: &World, filter: &str) -> AwsAppSettings {
    AwsAppSettings {
        use_group_mapping: true,
        group_filter: filter.to_owned(),
        role_value_pattern: PATTERN.to_owned(),
        ..world.app.settings.clone()
    }
}

fn trial(settings: AwsAppSettings) -> Trial {
    Trial { settings, sample_groups: Vec::new(), user: None, limit: 100, after: None }
}

fn admin() -> Caller {
    let user = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("admin@example.com") };
    Caller::person(&user, Origin::default())
}

async fn tried(world: &World, trial: &Trial) -> Tested {
    test_mapping(&world.services, &admin(), &world.app.id, trial).await.unwrap()
}

#[tokio::test]
async fn turning_it_on_shows_matches_misses_and_what_people_gain_and_lose() {
    let world = world().await;
    let tested = tried(&world, &trial(settings(&world, STORED))).await;
    let matches: Vec<&str> = tested.matches.iter().map(|outcome| outcome.group_name.as_str()).collect();
    assert_eq!(matches, ["aws_000000000001_Admin"]);
    let misses: Vec<(&str, &str)> = tested
        .near_misses
        .iter()
        .map(|outcome| (outcome.group_name.as_str(), outcome.miss.as_ref().unwrap().code.as_str()))
        .collect();
    assert_eq!(misses, [("AWS_000000000001_Read", "name_case")]);
    assert_eq!(tested.people.len(), 2, "only the active ones");
    for change in &tested.people {
        assert_eq!(change.gains, [sample::role_arn(&arn(1, "Admin"))]);
        assert_eq!(change.losses, [sample::role_arn(&arn(1, "Read"))], "assigned roles do not count any more");
    }
    let totals = &tested.totals;
    assert_eq!((totals.groups, totals.matches, totals.near_misses), (5, 1, 1));
    assert_eq!((totals.people, totals.people_gaining, totals.people_losing), (2, 2, 2));
    assert_eq!((totals.roles_gained, totals.roles_lost), (2, 2));
    assert!(tested.lint.is_empty() && tested.errors.is_empty(), "{:?}", tested.lint);
    assert!(world.events().await.is_empty(), "nothing was written");
}

#[tokio::test]
async fn a_change_of_the_filter_is_compared_with_what_is_saved() {
    let world = world().await;
    world.update_app(|app| app.settings = settings(&world, STORED)).await;
    let same = tried(&world, &trial(settings(&world, STORED))).await;
    assert!(same.people.is_empty());
    let other = tried(&world, &trial(settings(&world, r"iam_(?{{accountid}}\d+)_(?{{role}}\w+)"))).await;
    assert_eq!(other.people[0].gains, [sample::role_arn(&arn(1, "Read"))]);
    assert_eq!(other.people[0].losses, [sample::role_arn(&arn(1, "Admin"))]);
    let off = AwsAppSettings { use_group_mapping: false, ..settings(&world, STORED) };
    assert_eq!(tried(&world, &trial(off)).await.people[0].gains, [sample::role_arn(&arn(1, "Read"))]);
}

#[tokio::test]
async fn roles_are_judged_for_the_provider_that_is_tried() {
    let world = world().await;
    world.update_app(|app| app.settings = settings(&world, STORED)).await;
    let other = AwsAppSettings { role_value_pattern: PATTERN.replace("Rolegate", "Else"), ..settings(&world, STORED) };
    let tested = tried(&world, &trial(other)).await;
    assert_eq!(tested.near_misses[1].miss.as_ref().unwrap().code.as_str(), "role_not_trusted");
    assert_eq!(tested.people[0].losses, [sample::role_arn(&arn(1, "Admin"))]);
    assert_eq!(tested.lint[0].code, "provider_unknown");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_answered_with_their_mistakes() {
    let world = world().await;
    let broken = AwsAppSettings { app_filter: String::new(), ..settings(&world, r"(?{{role}}\w+)") };
    let tested = tried(&world, &trial(broken)).await;
    let codes: Vec<&str> = tested.errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["app_filter_empty", "role_value_unknown_part"]);
    assert_eq!(tested.totals.groups, 0);
}

#[tokio::test]
async fn names_are_tried_that_are_not_there() {
    let world = world().await;
    let names = ["aws_000000000001_Read", "aws_000000000001_read", "aws_1_Read", "aws_000000000007_Any"];
    let sample_groups = names.map(str::to_owned).to_vec();
    let tested = tried(&world, &Trial { sample_groups, ..trial(settings(&world, STORED)) }).await;
    let codes: Vec<Option<&str>> =
        tested.samples.iter().map(|outcome| outcome.miss.as_ref().map(|miss| miss.code.as_str())).collect();
    assert_eq!(codes, [None, Some("role_case"), Some("account_id"), Some("account_unknown")]);
    let many = Trial { sample_groups: vec![String::new(); 1_001], ..trial(settings(&world, STORED)) };
    let refused = test_mapping(&world.services, &admin(), &world.app.id, &many).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "sampleGroups"));
}

#[tokio::test]
async fn one_person_is_shown_with_everything_before_and_after() {
    let world = world().await;
    let user = Some(world.ann.id.clone());
    let tested = tried(&world, &Trial { user, ..trial(settings(&world, STORED)) }).await;
    assert_eq!((tested.people.len(), tested.totals.people), (1, 1));
    let person = tested.person.unwrap();
    assert_eq!(person.user.id, world.ann.id);
    assert_eq!(person.before[0].role, sample::role_arn(&arn(1, "Read")));
    assert_eq!(person.after[0].role, sample::role_arn(&arn(1, "Admin")));
    assert!(serde_json::to_value(&person.after[0].reasons).unwrap()[0]["path"][0]["name"] == "Management");
    let nobody = Trial { user: Some(sample::user_id("x")), ..trial(settings(&world, STORED)) };
    let missing = test_mapping(&world.services, &admin(), &world.app.id, &nobody).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn lists_are_bounded_and_people_come_in_pages() {
    let world = world().await;
    let first = tried(&world, &Trial { limit: 1, ..trial(settings(&world, STORED)) }).await;
    assert_eq!((first.people.len(), first.totals.people_gaining), (1, 2));
    let after = first.next.clone();
    assert_eq!(after.as_ref(), Some(&first.people[0].user.id));
    let second = tried(&world, &Trial { limit: 1, after, ..trial(settings(&world, STORED)) }).await;
    assert_ne!(second.people[0].user.id, first.people[0].user.id);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn only_administrators_try() {
    let world = world().await;
    let ann = Caller::person(&world.ann, Origin::default());
    let refused = test_mapping(&world.services, &ann, &world.app.id, &trial(settings(&world, STORED))).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
}
