//! What an ordinary account sees that is no administrator.

use domain::Secret;
use testkit::directory::{DirectoryScenario as _, NewPerson, PASSWORD, Reading};

use crate::scenario::Samba;

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn an_ordinary_account_reads_changes_and_says_that_it_sees_no_deletions() {
    let subject = Samba::new().await;
    for name in ["reader", "ann", "bob", "cid"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    subject.put_group("admins", &["ann"]).await;
    let mut settings = subject.settings();
    // Active Directory takes an account's name as well as its DN.
    settings.connection.bind_dn = Some(subject.login("reader"));
    let session = subject.directories().open(&settings, Some(Secret::from(PASSWORD))).await.expect("opened");
    let full = Reading::of(&*session, None).await.expect("read");
    assert_eq!((full.people().len(), full.groups().len()), (4, 1));
    subject.set_first_name("ann", "Anna").await;
    subject.move_out("bob").await;
    subject.remove("cid").await;
    let reading = Reading::of(&*session, Some(full.cursor())).await.expect("read");
    let codes: Vec<&str> = reading.problems().iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["DELETIONS_UNSEEN"]);
    assert!(reading.problems()[0].fix.contains("dsacls"));
    let changes = reading.changes_since(&full);
    assert_eq!(changes.person(&subject.login("ann")).first_name.as_deref(), Some("Anna"));
    assert!(changes.gone().contains(&&full.person(&subject.login("bob")).id));
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn an_anonymous_reader_is_told_to_bind() {
    let subject = Samba::new().await;
    let mut settings = subject.settings();
    settings.connection.bind_dn = None;
    let report = subject.directories().open(&settings, None).await.expect("opened").test().await;
    let last = report.steps.last().expect("a step");
    assert!(!last.ok && last.hint.as_deref().is_some_and(|hint| hint.contains("bind DN")), "{report:?}");
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn plain_text_is_refused_by_the_server_too() {
    let subject = Samba::new().await;
    let mut settings = subject.settings();
    settings.connection.urls = vec![subject.part.told("ldap").to_owned()];
    let error = Reading::of(&*subject.session_with(&settings).await, None).await.unwrap_err();
    assert_eq!(error.code, "strongerAuthRequired");
    assert!(error.hint.contains("ldaps://"), "{error:?}");
    settings.connection.start_tls = true;
    Reading::of(&*subject.session_with(&settings).await, None).await.expect("read");
}
