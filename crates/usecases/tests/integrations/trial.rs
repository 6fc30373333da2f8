//! "Test connection": before and after settings are saved.

use domain::{Secret, directory::DirectoryEntry, event::Outcome};
use rolegate_usecases::{
    Caller,
    manage_directories::{self, BindPassword},
};

use crate::world::{World, given, mistakes, settings};

#[tokio::test]
async fn settings_are_tried_before_they_are_saved() {
    let world = World::new().await;
    world.ldap.add_person("Ann", &[("mail", "ann@example.com"), ("sn", "Arrow"), ("ou", "R&D")]);
    world.ldap.add_group("Operators", &["Ann"]);
    let caller = Caller::system();
    let report = manage_directories::test(&world.services, &caller, None, settings("corp"), given()).await.unwrap();
    assert!(report.ok(), "{report:?}");
    let people: Vec<_> = report
        .sample
        .iter()
        .filter_map(|entry| match entry {
            DirectoryEntry::Person(person) => Some((person.login.as_deref(), person.further.get("department"))),
            _ => None,
        })
        .collect();
    assert_eq!(people, [(Some("ann@example.com"), Some(&"R&D".to_owned()))]);
    assert!(world.store().directories().await.unwrap().is_empty());
    let event = world.last_event().await;
    assert_eq!((event.event_type.as_str(), event.outcome), ("application.integration.api_query", Outcome::Success));
}

#[tokio::test]
async fn the_step_that_failed_is_told_and_logged() {
    let world = World::new().await;
    let corp = world.corp().await;
    let mut wrong = settings("corp");
    wrong.people.bases = vec!["ou=nowhere,dc=example,dc=com".to_owned()];
    let caller = Caller::system();
    let report =
        manage_directories::test(&world.services, &caller, Some(&corp.id), wrong, BindPassword::Keep).await.unwrap();
    let failed = report.steps.last().unwrap();
    assert!(!failed.ok && failed.hint.is_some(), "{report:?}");
    let event = world.last_event().await;
    assert_eq!(event.event_type, "application.integration.general_failure");
    assert_eq!(event.debug_data["step"], failed.name);

    let bad = BindPassword::Give(Secret::from("wrong"));
    let report =
        manage_directories::test(&world.services, &caller, Some(&corp.id), settings("corp"), bad).await.unwrap();
    assert_eq!(report.steps.last().unwrap().name, "bind");
    assert!(
        manage_directories::test_saved(&world.services, &caller, &corp.id).await.unwrap().steps[0].ok,
        "still kept"
    );
}

#[tokio::test]
async fn a_trial_does_not_send_a_kept_password_elsewhere() {
    let world = World::new().await;
    let corp = world.corp().await;
    let mut thief = settings("corp");
    thief.connection.urls = vec!["ldaps://thief.example.net".to_owned()];
    let tried =
        manage_directories::test(&world.services, &Caller::system(), Some(&corp.id), thief, BindPassword::Keep).await;
    let found = mistakes(tried);
    assert_eq!(found[0].0, "bindPassword");
}
