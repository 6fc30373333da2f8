//! A server without content synchronisation: changes by `modifyTimestamp`, deletions by full imports alone.

use std::sync::OnceLock;

use testkit::directory::{DirectoryScenario as _, NewPerson, Reading};

use crate::{parts::Part, scenario::Slapd};

async fn subject() -> Slapd {
    static SHARED: OnceLock<Part> = OnceLock::new();
    Slapd::on(SHARED.get_or_init(|| Part::start(&["slapd", "--without-sync"]))).await
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn changes_are_found_by_their_time() {
    let subject = subject().await;
    for name in ["ann", "bob", "cid", "dan"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    subject.put_group("admins", &["ann"]).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await.expect("read");
    subject.set_first_name("ann", "Anna").await;
    subject.set_members("admins", &["ann", "bob"]).await;
    subject.leave_filter("bob").await;
    subject.move_out("cid").await;
    subject.remove("dan").await;
    let reading = Reading::of(&*session, Some(full.cursor())).await.expect("read");
    assert_eq!(reading.problems()[0].code, "DELETIONS_UNSEEN");
    let changes = reading.changes_since(&full);
    assert_eq!(changes.person(&subject.login("ann")).first_name.as_deref(), Some("Anna"));
    assert_eq!(changes.group("admins").members.len(), 2);
    for name in ["bob", "cid"] {
        assert!(changes.gone().contains(&&full.person(&subject.login(name)).id), "{name}: {changes:?}");
    }
    assert!(!changes.gone().contains(&&full.person(&subject.login("dan")).id), "{changes:?}");
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_renamed_container_is_noticed_all_the_same() {
    let subject = subject().await;
    subject.put_person(NewPerson::named("ann")).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await.expect("read");
    subject.rename_container().await;
    let error = Reading::of(&*session, Some(full.cursor())).await.unwrap_err();
    assert!(error.needs_full_import(), "{error:?}");
}
