use domain::{AppStatus, aws::Trust, key::KeyAlgorithm, key::KeyState};
use ports::RoleFilter;
use rolegate_usecases::{
    Caller, Error, Rights,
    error::StateError,
    manage_apps::{self, AppFilter, AppProfile, AppReplacement},
    signing_keys,
};
use serde_json::json;
use testkit::sample;

use crate::world::{World, arn, causes, page};

fn same(world: &World) -> AppReplacement {
    AppReplacement {
        label: world.app.label.clone(),
        settings: Some(world.app.settings.clone()),
        user_name_template: None,
        document: world.app.document.clone(),
        signing_key: None,
    }
}

#[tokio::test]
async fn a_new_app_signs_with_one_key_and_publishes_the_next() {
    let world = World::new().await;
    assert_eq!(world.app.issuer, format!("https://id.example.com/app/{}", world.app.id));
    let keys = world.services.store.signing_keys(&world.app.id).await.unwrap();
    let states: Vec<KeyState> = keys.iter().map(|key| key.state).collect();
    assert!(states.contains(&KeyState::Active) && states.contains(&KeyState::Next) && states.len() == 2);
    let active = keys.iter().find(|key| key.state == KeyState::Active).unwrap();
    assert_eq!(active.id, world.app.signing_key);
    assert_eq!(world.event_types().await[0], "application.lifecycle.create");
}

#[tokio::test]
async fn a_label_is_taken_once() {
    let world = World::new().await;
    let again = AppProfile::labelled("AWS");
    let made =
        manage_apps::create(&world.services, &world.admin, again, AppStatus::Active, KeyAlgorithm::Rsa2048).await;
    assert!(matches!(made, Err(Error::Invalid { field, .. }) if field == "label"));
    let left = manage_apps::list(&world.services, &world.admin, &AppFilter::default(), &page(10)).await.unwrap();
    assert_eq!(left.items.len(), 1, "nothing half-stored");
}

#[tokio::test]
async fn a_put_that_changes_nothing_writes_nothing() {
    let world = World::new().await;
    let before = world.events().await.len();
    world.clock.advance_seconds(60);
    let app = manage_apps::replace(&world.services, &world.admin, &world.app.id, same(&world)).await.unwrap();
    assert_eq!(app, world.app);
    assert_eq!(world.events().await.len(), before);
}

#[tokio::test]
async fn settings_that_are_left_out_stay_and_the_log_says_what_changed() {
    let world = World::new().await;
    world.clock.advance_seconds(60);
    let document = json!({ "visibility": { "autoLaunch": true } }).as_object().unwrap().clone();
    let with = AppReplacement { label: "Amazon".to_owned(), settings: None, document, ..same(&world) };
    let app = manage_apps::replace(&world.services, &world.admin, &world.app.id, with).await.unwrap();
    assert_eq!(app.settings, world.app.settings);
    assert_eq!(app.last_updated, world.app.last_updated.plus_seconds(60));
    let event = world.events().await.pop().unwrap();
    assert_eq!(event.event_type, "application.lifecycle.update");
    assert_eq!(event.debug_data["changed"], "label document");
}

#[tokio::test]
async fn another_signing_key_is_not_set_by_writing_the_app() {
    let world = World::new().await;
    let with = AppReplacement { signing_key: Some("0sk00000000000000000".to_owned()), ..same(&world) };
    let error = manage_apps::replace(&world.services, &world.admin, &world.app.id, with).await.unwrap_err();
    assert!(causes(error)[0].contains(world.app.signing_key.as_str()));
    let with = AppReplacement { signing_key: Some(world.app.signing_key.to_string()), ..same(&world) };
    manage_apps::replace(&world.services, &world.admin, &world.app.id, with).await.unwrap();
}

#[tokio::test]
async fn a_changed_provider_judges_every_role_again_without_asking_aws() {
    let world = World::new().await;
    let many: Vec<String> = (0..1_200).map(|number| format!("Role{number}")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    world.discovered(3, true, &names).await;
    // The samples' trust policy has no statement, and was stored as trusted.
    let mut settings = world.app.settings.clone();
    settings.identity_provider_arn = "arn:aws:iam::000000000001:saml-provider/Other".parse().ok();
    let with = AppReplacement { settings: Some(settings), ..same(&world) };
    manage_apps::replace(&world.services, &world.admin, &world.app.id, with).await.unwrap();
    let trusted = RoleFilter { trust: Some(Trust::Allowed), ..RoleFilter::default() };
    assert!(world.services.store.aws_roles(&world.app.id, &trusted, &page(10)).await.unwrap().items.is_empty());
    let event = world.events().await.pop().unwrap();
    assert_eq!((event.debug_data["roles"].as_str(), event.debug_data["verdictsChanged"].as_str()), ("1205", "1205"));
}

#[tokio::test]
async fn with_group_mapping_roles_are_judged_for_the_patterns_provider() {
    let world = World::new().await;
    world.discovered(3, true, &["Admin"]).await;
    let verdicts = async || {
        let filter = RoleFilter { account: Some(sample::account_id(3)), ..RoleFilter::default() };
        let roles = world.services.store.aws_roles(&world.app.id, &filter, &page(10)).await.unwrap().items;
        roles.into_iter().map(|role| role.verdict.code).collect::<Vec<_>>()
    };
    let replace = async |change: fn(&mut domain::AwsAppSettings)| {
        let mut settings = world.services.store.app(&world.app.id).await.unwrap().unwrap().settings;
        change(&mut settings);
        let with = AppReplacement { settings: Some(settings), ..same(&world) };
        manage_apps::replace(&world.services, &world.admin, &world.app.id, with).await.unwrap();
    };
    replace(|settings| settings.role_value_pattern = settings.role_value_pattern.replace("OKTA", "Else")).await;
    assert_eq!(verdicts().await, ["trusted"], "as it was stored: nothing is sent by the pattern yet");
    replace(|settings| settings.use_group_mapping = true).await;
    assert_eq!(verdicts().await, ["no_federated_principal"]);
    replace(|settings| {
        settings.group_filter = r"(?{{idp}}\w+)_(?{{accountid}}\d+)_(?{{role}}\w+)".to_owned();
        settings.role_value_pattern = settings.role_value_pattern.replace("Else", "${idp}");
    })
    .await;
    assert_eq!(verdicts().await, ["provider_varies"]);
}

#[tokio::test]
async fn only_an_inactive_app_is_deleted_with_everything_it_has() {
    let world = World::new().await;
    let id = &world.app.id;
    let error = manage_apps::delete(&world.services, &world.admin, id).await.unwrap_err();
    assert!(matches!(error, Error::State(StateError::NotNow(why)) if why.contains("deactivated first")));
    manage_apps::deactivate(&world.services, &world.admin, id).await.unwrap();
    manage_apps::deactivate(&world.services, &world.admin, id).await.unwrap();
    manage_apps::delete(&world.services, &world.admin, id).await.unwrap();
    assert!(matches!(manage_apps::read(&world.services, &world.admin, id).await, Err(Error::NotFound { .. })));
    assert!(world.services.store.signing_keys(id).await.unwrap().is_empty());
    let types = world.event_types().await;
    assert_eq!(
        types,
        ["application.lifecycle.create", "application.lifecycle.deactivate", "application.lifecycle.delete"],
        "a needless deactivation is not logged"
    );
}

#[tokio::test]
async fn apps_are_found_by_state_label_person_and_group() {
    let world = World::new().await;
    let off = AppProfile::labelled("Backup");
    manage_apps::create(&world.services, &world.admin, off, AppStatus::Inactive, KeyAlgorithm::Rsa2048).await.unwrap();
    let labels = async |filter: AppFilter| {
        let found = manage_apps::list(&world.services, &world.admin, &filter, &page(10)).await.unwrap();
        found.items.into_iter().map(|app| app.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(AppFilter { status: Some(AppStatus::Inactive), ..AppFilter::default() }).await, ["Backup"]);
    assert_eq!(labels(AppFilter { q: Some("aW".to_owned()), ..AppFilter::default() }).await, ["AWS"]);
    let of_ann = AppFilter { user: Some(world.ann.id.clone()), ..AppFilter::default() };
    assert!(labels(of_ann.clone()).await.is_empty());
    let profile = rolegate_usecases::assign_users::UserAssignmentProfile::saml_roles([arn(1, "Admin")]);
    rolegate_usecases::assign_users::put(&world.services, &world.admin, &world.app.id, &world.ann.id, profile)
        .await
        .unwrap();
    assert_eq!(labels(of_ann).await, ["AWS"]);
    let of_ops = AppFilter { group: Some(world.ops.id.clone()), ..AppFilter::default() };
    assert!(labels(of_ops).await.is_empty());
}

#[tokio::test]
async fn metadata_never_holds_more_certificates_than_iam_takes() {
    let world = World::new().await;
    let generate =
        async |years| signing_keys::generate(&world.services, &world.admin, &world.app.id, years, None).await;
    assert!(matches!(generate(Some(1)).await, Err(Error::Invalid { field, .. }) if field == "validityYears"));
    let mut unit = world.services.store.begin().await.unwrap();
    for number in 0..8 {
        let key = testkit::sample::signing_key(&world.app, &format!("next {number}"));
        unit.insert_signing_key(&domain::key::SigningKey { state: KeyState::Next, ..key }).await.unwrap();
    }
    unit.commit().await.unwrap();
    assert!(matches!(generate(None).await, Err(Error::State(StateError::NotNow(why))) if why.contains("10")));
    assert_eq!(world.services.store.signing_keys(&world.app.id).await.unwrap().len(), 10);
}

#[tokio::test]
async fn nobody_but_a_super_administrator_changes_an_app() {
    let world = World::new().await;
    let nobody = Caller { rights: Rights::Own, ..Caller::system() };
    let reader = Caller { rights: Rights::Admin(domain::user::AdminRole::ReadOnlyAdmin), ..Caller::system() };
    let id = &world.app.id;
    assert!(matches!(manage_apps::read(&world.services, &nobody, id).await, Err(Error::Forbidden)));
    assert!(manage_apps::read(&world.services, &reader, id).await.is_ok());
    for caller in [&nobody, &reader] {
        let replaced = manage_apps::replace(&world.services, caller, id, same(&world)).await;
        assert!(matches!(replaced, Err(Error::Forbidden)));
        assert!(matches!(manage_apps::deactivate(&world.services, caller, id).await, Err(Error::Forbidden)));
        assert!(matches!(manage_apps::delete(&world.services, caller, id).await, Err(Error::Forbidden)));
    }
}
