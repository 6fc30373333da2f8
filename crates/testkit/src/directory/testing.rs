//! "Test connection": every step in order, the first that fails with what to do about it.

use domain::{
    Secret,
    directory::{DirectoryEntry, TestReport},
};
use ports::directory::DirectoryResult;

use super::{Subject, scenario::NewPerson};

/// The steps from the bind on; those before depend on how the server is reached.
const STEPS: [&str; 7] = ["bind", "people base", "people filter", "people", "groups base", "groups filter", "groups"];

fn failed(report: &TestReport) -> (&str, &str, &str) {
    let (last, before) = report.steps.split_last().expect("a test has steps");
    assert!(before.iter().all(|step| step.ok) && !last.ok, "the first that fails is the last: {report:?}");
    (&last.name, &last.detail, last.hint.as_deref().expect("a step that failed says what to do"))
}

/// With some entries as an import would read them.
pub async fn a_directory_that_works_passes_every_step(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("admins", &["ann"]).await;
    let report = subject.session().await.test().await;
    assert!(report.ok(), "{report:?}");
    let names: Vec<&str> = report.steps.iter().map(|step| step.name.as_str()).collect();
    assert!(names.ends_with(&STEPS), "{names:?}");
    assert!(report.steps.iter().all(|step| step.hint.is_none() && !step.detail.is_empty()), "{report:?}");
    let has_ann = |entry: &DirectoryEntry| matches!(entry, DirectoryEntry::Person(person) if person.login == Some(subject.login("ann")));
    let has_admins = |entry: &DirectoryEntry| matches!(entry, DirectoryEntry::Group(group) if group.name == "admins");
    assert!(report.sample.iter().any(has_ann) && report.sample.iter().any(has_admins), "{report:?}");
    Ok(())
}

/// The steps after it are not tried.
pub async fn a_wrong_bind_password_is_named(subject: Subject) -> DirectoryResult<()> {
    let wrong = Some(Secret::from("not the password"));
    let report = subject.directories().open(&subject.settings(), wrong).await?.test().await;
    let (step, detail, _) = failed(&report);
    assert_eq!(step, "bind");
    assert!(detail.contains("invalidCredentials") && !detail.contains("not the password"), "{detail}");
    Ok(())
}

/// With the nearest that is there.
pub async fn a_base_that_is_not_there_is_named(subject: Subject) -> DirectoryResult<()> {
    let mut settings = subject.settings();
    let there = settings.people.bases[0].clone();
    settings.people.bases[0] = format!("ou=deep,ou=nowhere,{there}");
    let report = subject.session_with(&settings).await.test().await;
    let (step, detail, hint) = failed(&report);
    assert_eq!(step, "people base");
    assert!(detail.contains("ou=deep,ou=nowhere") && hint.contains(&there), "{detail} {hint}");
    Ok(())
}

/// An import of nobody would suspend everybody.
pub async fn a_filter_that_finds_nobody_is_named(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let mut settings = subject.settings();
    settings.people.filter = format!("(&{}(sn=nobody has this))", settings.people.filter);
    let report = subject.session_with(&settings).await.test().await;
    assert_eq!(failed(&report).0, "people");
    settings.people.filter = String::from("(sn=unclosed");
    let report = subject.session_with(&settings).await.test().await;
    let (step, detail, _) = failed(&report);
    assert_eq!(step, "people filter");
    assert!(detail.contains("character 13"), "{detail}");
    Ok(())
}

/// Refused by nobody: there is nobody.
pub async fn nothing_that_answers_is_named(subject: Subject) -> DirectoryResult<()> {
    let mut settings = subject.settings();
    // Nothing listens on port 1 of this machine.
    settings.connection.urls = vec!["ldaps://127.0.0.1:1".to_owned()];
    let report = subject.session_with(&settings).await.test().await;
    let (step, detail, _) = failed(&report);
    assert_eq!(step, "connect");
    assert!(detail.contains("127.0.0.1:1"), "{detail}");
    Ok(())
}
