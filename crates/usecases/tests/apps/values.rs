use domain::RoleArn;
use rolegate_usecases::{
    Error,
    assign_groups::{self, GroupAssignmentProfile},
    assign_users::{self, UserAssignmentProfile},
};

use crate::world::{World, arn, causes};

/// What Ann has after being assigned these values.
async fn assigned(world: &World, values: &[&str]) -> Result<Vec<String>, Error> {
    let profile = UserAssignmentProfile::saml_roles(values.iter().copied());
    let put = assign_users::put(&world.services, &world.admin, &world.app.id, &world.ann.id, profile).await?;
    Ok(put.roles.saml_roles.iter().map(RoleArn::to_string).collect())
}

#[tokio::test]
async fn every_form_of_a_role_value_becomes_its_arn() {
    let world = World::new().await;
    for (value, expected) in [
        ("Reader", arn(1, "Reader")),
        ("reader", arn(1, "Reader")),
        ("Auditor", arn(2, "team/Auditor")),
        ("team/Auditor", arn(2, "team/Auditor")),
        ("000000000002 -- Admin", arn(2, "Admin")),
        ("[alias-1] - Admin", arn(1, "Admin")),
        ("Account 2 - Auditor", arn(2, "team/Auditor")),
        (&arn(7, "never/Seen"), arn(7, "never/Seen")),
        (&format!("arn:aws:iam::000000000002:saml-provider/Okta,{}", arn(2, "Admin")), arn(2, "Admin")),
        (&format!("{},arn:aws:iam::000000000002:saml-provider/Okta", arn(2, "Admin")), arn(2, "Admin")),
    ] {
        assert_eq!(assigned(&world, &[value]).await.unwrap(), [expected], "{value}");
    }
}

#[tokio::test]
async fn a_name_in_several_accounts_is_the_provider_s_account_s_or_ambiguous() {
    let world = World::new().await;
    assert_eq!(assigned(&world, &["Admin"]).await.unwrap(), [arn(1, "Admin")], "as in Okta: the provider's account");
    world.discovered(3, true, &["Deploy"]).await;
    world.discovered(4, true, &["Deploy"]).await;
    let causes = causes(assigned(&world, &["Reader", "Deploy", "Nobody"]).await.unwrap_err());
    assert_eq!(causes.len(), 2, "{causes:#?}");
    assert!(causes[0].contains(&arn(3, "Deploy")) && causes[0].contains(&arn(4, "Deploy")), "{}", causes[0]);
    assert!(causes[0].contains("hint: ") && causes[1].contains("`Nobody`"), "{causes:#?}");
    let left = world.services.store.user_assignment(&world.app.id, &world.ann.id).await.unwrap().unwrap();
    assert_eq!(left.roles.saml_roles[0].to_string(), arn(1, "Admin"), "nothing of a refused list is stored");
}

#[tokio::test]
async fn a_renamed_alias_changes_the_label_and_not_the_role() {
    let world = World::new().await;
    assigned(&world, &["[alias-1] - Admin"]).await.unwrap();
    let mut account =
        world.services.store.aws_account(&world.app.id, testkit::sample::account_id(1)).await.unwrap().unwrap();
    account.alias = Some("renamed".to_owned());
    let roles = world.services.store.aws_roles_by_name(&world.app.id, "Admin").await.unwrap();
    let own: Vec<_> = roles.into_iter().filter(|role| role.arn.account() == account.id).collect();
    let mut unit = world.services.store.begin().await.unwrap();
    unit.put_account_reading(&account, &own, testkit::sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    let read = assign_users::read(&world.services, &world.admin, &world.app.id, &world.ann.id).await.unwrap();
    assert_eq!(read.roles.saml_roles[0].to_string(), arn(1, "Admin"));
    assert_eq!(read.labels, ["[renamed] - Admin"]);
}

#[tokio::test]
async fn five_thousand_roles_are_assigned_in_one_request_and_every_label_names_its_role() {
    let world = World::new().await;
    let many: Vec<String> = (0..5_000).map(|number| format!("Role-{number:04}")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    world.discovered(9, true, &names).await;
    let put = |values: Vec<String>| {
        let profile = GroupAssignmentProfile::saml_roles(values);
        assign_groups::put(&world.services, &world.admin, &world.app.id, &world.ops.id, profile)
    };
    let by_name = put(many.clone()).await.unwrap();
    assert_eq!(by_name.assignment.roles.saml_roles.len(), 5_000);
    let by_label = put(by_name.labels.clone()).await.unwrap();
    assert_eq!(by_label.assignment, by_name.assignment);
    let event = world.events().await.pop().unwrap();
    assert!(event.debug_data["rolesAdded"].ends_with("and 4950 more"), "the log entry stays small");
}

#[tokio::test]
async fn the_picker_offers_labels_of_roles_that_trust_us_and_they_resolve() {
    let world = World::new().await;
    let mut twin = world.discovered(5, false, &["Twin"]).await;
    twin.name = "Account 2".to_owned();
    let role = testkit::sample::aws_role(&twin, "Twin");
    let mut unit = world.services.store.begin().await.unwrap();
    unit.put_account_reading(&twin, &[role], testkit::sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    let labels = assign_groups::assignable_roles(&world.services, &world.admin, &world.app.id).await.unwrap();
    assert_eq!(
        labels,
        [
            "000000000002 -- Admin",
            "000000000002 -- Auditor",
            "000000000005 -- Twin",
            "[alias-1] - Admin",
            "[alias-1] - Reader",
        ],
        "two accounts of one name are told apart by id; `Closed` is not offered"
    );
    let values: Vec<&str> = labels.iter().map(String::as_str).collect();
    assert_eq!(assigned(&world, &values).await.unwrap().len(), 5);
}
