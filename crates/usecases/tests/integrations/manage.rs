//! Settings are judged as a whole, and the bind password stays where it was meant for.

use domain::{
    Directory, DirectoryKind, Secret, User,
    directory::{DirectoryStatus, ImportSchedule, MatchBy, Reach},
    event::{Origin, Outcome},
    user::AdminRole,
};
use ports::SealedPurpose;
use rolegate_usecases::{
    Caller, Error,
    manage_directories::{self, BindPassword, DirectorySettings},
};
use testkit::{directory::fake::BIND_PASSWORD, sample};

use crate::world::{World, given, mistakes, settings};

type Change = fn(&mut DirectorySettings);

#[tokio::test]
async fn a_directory_is_kept_with_its_password_sealed_and_both_are_logged_without_it() {
    let world = World::new().await;
    let corp = world.corp().await;
    let read = manage_directories::read(&world.services, &Caller::system(), &corp.id).await.unwrap();
    assert_eq!((&read.directory, read.has_bind_password), (&corp, true));
    let sealed = world.store().bind_secret(&corp.id).await.unwrap().unwrap();
    let opened = world.services.keys.open(&sealed, &SealedPurpose::DirectoryBind(corp.id.clone())).unwrap();
    assert_eq!(opened.expose(), BIND_PASSWORD.as_bytes());
    let event = world.last_event().await;
    assert_eq!((event.event_type.as_str(), event.outcome), ("application.lifecycle.create", Outcome::Success));
    assert_eq!(event.targets[0].alternate_id, "corp");
    assert!(!format!("{event:?}").contains(BIND_PASSWORD));
    let listed = manage_directories::list(&world.services, &Caller::system()).await.unwrap();
    assert_eq!(listed, [read]);
}

#[tokio::test]
async fn every_mistake_is_named_under_its_key() {
    let world = World::new().await;
    let cases: Vec<(&str, &str, Change)> = vec![
        ("name", "left blank", |it| it.name = " ".to_owned()),
        ("name", "comma", |it| it.name = "a,b".to_owned()),
        ("name", "1 to 100", |it| it.name = "x".repeat(101)),
        ("name", "groups made here", |it| it.name = "Okta".to_owned()),
        ("urls", "at least one", |it| it.connection.urls.clear()),
        ("urls", "not the address", |it| it.connection.urls = vec!["https://ldap.example.com".to_owned()]),
        ("urls", "plain text", |it| it.connection.urls = vec!["ldap://ldap.example.com".to_owned()]),
        ("urls", "at most 50", |it| it.connection.urls = vec!["ldaps://ldap.example.com".to_owned(); 51]),
        ("startTls", "secured from the start", |it| it.connection.start_tls = true),
        ("caPem", "no certificate", |it| it.connection.ca_pem = Some("certificate".to_owned())),
        ("caPem", "was cut", |it| it.connection.ca_pem = Some(pem("MIIB\n!!"))),
        ("caPem", "private key", |it| it.connection.ca_pem = Some(pem("MIIB").replace("CERTIFICATE", "PRIVATE KEY"))),
        ("bindDn", "no `=`", |it| it.connection.bind_dn = Some("reader".to_owned())),
        ("timeout", "2 minutes", |it| it.connection.timeout_seconds = 0),
        ("pageSize", "10,000", |it| it.connection.page_size = 20_000),
        ("people.base", "left blank", |it| it.people.bases.clear()),
        ("people.base", "is expected", |it| it.people.bases = vec![String::new()]),
        ("groups.base", "not a distinguished name", |it| it.groups.bases = vec!["ou=a\\".to_owned()]),
        ("people.filter", "`objectClass=x`", |it| it.people.filter = "objectClass=x".to_owned()),
        ("groups.filter", "`)` is missing", |it| it.groups.filter = "(objectClass=x".to_owned()),
        ("people.attributes.login", "given name", |it| it.people.attributes.login = "given name".to_owned()),
        ("people.attributes.department", "``", |it| {
            it.people.attributes.further.insert("department".to_owned(), String::new());
        }),
        ("people.attributes", "1 to 100", |it| {
            it.people.attributes.further.insert(String::new(), "ou".to_owned());
        }),
        ("groups.name", "cn)", |it| it.groups.name = "cn)".to_owned()),
        ("schedule.incremental", "a minute", |it| it.schedule.incremental_seconds = Some(59)),
        ("schedule.full", "15 minutes", |it| {
            it.schedule = ImportSchedule { incremental_seconds: None, full_seconds: Some(899) };
        }),
        ("schedule.full", "more often", |it| {
            it.schedule = ImportSchedule { incremental_seconds: Some(3_600), full_seconds: Some(1_800) };
        }),
        ("safeguardPercent", "100", |it| it.safeguard_percent = 101),
        ("matching.by", "twice", |it| it.matching.by = vec![MatchBy::Email, MatchBy::Email]),
        ("bindPassword", "to the agent", |it| {
            it.reach = Reach::Agent;
            it.connection.bind_dn = None;
        }),
        ("bindPassword", "belongs to `bindDn`", |it| it.connection.bind_dn = None),
    ];
    for (field, cause, change) in cases {
        let mut wrong = settings("corp");
        change(&mut wrong);
        let found = mistakes(world.create(wrong, given()).await);
        assert!(found.iter().any(|(at, why)| at == field && why.contains(cause)), "{field}, {cause}: {found:?}");
    }
    assert!(world.store().directories().await.unwrap().is_empty());
    let mut many = settings("okta");
    many.people.filter.clear();
    many.connection.urls.clear();
    let fields: Vec<String> =
        mistakes(world.create(many, BindPassword::Keep).await).into_iter().map(|it| it.0).collect();
    assert_eq!(fields, ["name", "urls", "people.filter", "bindPassword"], "all at once");
}

fn pem(body: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn what_servers_and_people_write_is_taken() {
    let world = World::new().await;
    let cases: Vec<Change> = vec![
        |it| it.connection.urls = vec!["ldap://127.0.0.1:3890".to_owned(), "ldap://[::1]".to_owned()],
        |it| {
            it.connection.urls = vec!["ldap://dc1.corp.example".to_owned()];
            it.connection.start_tls = true;
        },
        |it| it.connection.bind_dn = Some("svc@corp.example.com".to_owned()),
        |it| it.connection.bind_dn = Some("CORP\\svc".to_owned()),
        |it| it.connection.ca_pem = Some(pem("MAA=").repeat(2)),
        |it| it.schedule = ImportSchedule { incremental_seconds: None, full_seconds: None },
        |it| it.people.bases = vec!["OU=Doe\\, Jane,DC=corp,DC=example".to_owned(), "o=more".to_owned()],
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let mut right = settings(&format!("corp {number}"));
        change(&mut right);
        world.create(right, given()).await.unwrap();
    }
}

#[tokio::test]
async fn a_name_is_taken_in_any_case_of_its_letters() {
    let world = World::new().await;
    world.corp().await;
    let twin = world.create(settings("CORP"), given()).await;
    assert!(matches!(twin, Err(Error::Invalid { field, .. }) if field == "name"));
}

/// As replaced, with this change and this word about the password: the cause under `bindPassword`, if it was refused.
async fn refusal(
    world: &World,
    corp: &Directory,
    password: BindPassword,
    change: impl FnOnce(&mut DirectorySettings),
) -> Option<String> {
    let mut with = settings("corp");
    change(&mut with);
    match world.replace(corp, with, password).await {
        Ok(_) => None,
        Err(Error::Fields(mistakes)) => mistakes.into_iter().find(|it| it.field == "bindPassword").map(|it| it.cause),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_kept_password_goes_nowhere_else_than_it_was_given_for() {
    let world = World::new().await;
    let corp = world.corp().await;
    let keep = BindPassword::Keep;
    let thief = |it: &mut DirectorySettings| it.connection.urls = vec!["ldaps://thief.example.net".to_owned()];
    let why = refusal(&world, &corp, keep.clone(), thief).await.unwrap();
    assert!(why.contains("`urls` changed"), "{why}");
    let second = |it: &mut DirectorySettings| it.connection.urls.push("ldaps://ldap.example.com:6360".to_owned());
    assert!(refusal(&world, &corp, keep.clone(), second).await.is_some());
    let ca = |it: &mut DirectorySettings| it.connection.ca_pem = Some(pem("MAA="));
    assert!(refusal(&world, &corp, keep.clone(), ca).await.unwrap().contains("`caPem`"));
    let reader = |it: &mut DirectorySettings| it.connection.bind_dn = Some("cn=other,dc=example,dc=com".to_owned());
    assert!(refusal(&world, &corp, keep.clone(), reader).await.unwrap().contains("`bindDn`"));
    let nobody = refusal(&world, &corp, BindPassword::Forget, |_| {}).await.unwrap();
    assert!(nobody.contains("set `bindDn` to `null`"), "{nobody}");
    let empty = refusal(&world, &corp, BindPassword::Give(Secret::from("")), |_| {}).await.unwrap();
    assert!(empty.contains("RFC 4513"), "{empty}");
    assert_eq!(refusal(&world, &corp, keep.clone(), |it| it.safeguard_percent = 5).await, None, "all else may change");
    assert_eq!(refusal(&world, &corp, given(), thief).await, None, "with the password it may");
    assert_eq!(
        world.store().directory(&corp.id).await.unwrap().unwrap().connection.urls,
        ["ldaps://thief.example.net"]
    );
}

#[tokio::test]
async fn settings_that_did_not_change_are_not_written_and_what_changed_is_named() {
    let world = World::new().await;
    let corp = world.corp().await;
    let before = world.events().await.len();
    world.clock.advance_seconds(5);
    let same = world.replace(&corp, settings("corp"), BindPassword::Keep).await.unwrap();
    assert_eq!(same.directory, corp);
    assert_eq!(world.events().await.len(), before);
    let mut with = settings("Corporation");
    with.people.filter = "(uid=*)".to_owned();
    let changed = world.replace(&corp, with, BindPassword::Keep).await.unwrap();
    assert_eq!(changed.directory.last_updated, sample::NOW.plus_seconds(5));
    assert!(changed.has_bind_password);
    assert_eq!(world.last_event().await.debug_data["changed"], "name people");

    let mut anonymous = settings("corp");
    anonymous.connection.bind_dn = None;
    let changed = world.replace(&corp, anonymous, BindPassword::Forget).await.unwrap();
    assert!(!changed.has_bind_password);
    assert_eq!(world.store().bind_secret(&corp.id).await.unwrap(), None);

    let mut other_kind = settings("corp");
    other_kind.kind = DirectoryKind::ActiveDirectory;
    let found = mistakes(world.replace(&corp, other_kind, given()).await);
    assert!(found.iter().any(|(field, _)| field == "type"), "{found:?}");
}

#[tokio::test]
async fn a_directory_is_switched_off_and_on_once() {
    let world = World::new().await;
    let corp = world.corp().await;
    let before = world.events().await.len();
    for _ in 0..2 {
        let off = manage_directories::deactivate(&world.services, &Caller::system(), &corp.id).await.unwrap();
        assert_eq!(off.directory.status, DirectoryStatus::Inactive);
    }
    for _ in 0..2 {
        let on = manage_directories::activate(&world.services, &Caller::system(), &corp.id).await.unwrap();
        assert!(on.directory.is_active() && on.has_bind_password);
    }
    let types: Vec<String> = world.events().await.drain(before..).map(|event| event.event_type).collect();
    assert_eq!(types, ["application.lifecycle.deactivate", "application.lifecycle.activate"]);
}

#[tokio::test]
async fn rights_are_asked_for_first() {
    let world = World::new().await;
    let corp = world.corp().await;
    let reader = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("reader@example.com") };
    let (reader, nobody) =
        (Caller::person(&reader, Origin::default()), Caller::person(&sample::user("x@example.com"), Origin::default()));
    let services = &world.services;
    assert!(manage_directories::read(services, &reader, &corp.id).await.is_ok());
    assert!(matches!(manage_directories::read(services, &nobody, &corp.id).await, Err(Error::Forbidden)));
    assert!(matches!(manage_directories::list(services, &nobody).await, Err(Error::Forbidden)));
    let put = manage_directories::replace(services, &reader, &corp.id, settings("x"), given()).await;
    assert!(matches!(put, Err(Error::Forbidden)));
    let test = manage_directories::test_saved(services, &reader, &corp.id).await;
    assert!(matches!(test, Err(Error::Forbidden)));
    let deleted = manage_directories::delete(services, &reader, &corp.id, Some("corp")).await;
    assert!(matches!(deleted, Err(Error::Forbidden)));
}
