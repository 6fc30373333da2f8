//! Values that are not what they should be, and a directory that changes while it is read.

use domain::directory::{DirectoryEntry, PersonState};
use testkit::directory::{DirectoryScenario as _, NewPerson, Reading};
use tokio::sync::mpsc;

use crate::scenario::Slapd;

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_value_that_is_no_text_is_named_and_hides_nobody() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_person(NewPerson::named("bob")).await;
    let ann = format!("cn=ann,{}", subject.staff());
    subject.administrator.lock().await.replace(&ann, "jpegPhoto", &[b"\xff\xd8\xff"]).await;
    let mut settings = subject.settings();
    settings.people.attributes.further.insert("photo".to_owned(), "jpegPhoto".to_owned());
    let reading = Reading::of(&*subject.session_with(&settings).await, None).await.expect("read");
    let [one, other] = ["ann", "bob"].map(|name| reading.person(&subject.login(name)));
    assert_eq!(other.problem, None);
    let problem = one.problem.as_ref().expect("told");
    assert_eq!((problem.dn.as_str(), problem.code.as_str()), (ann.as_str(), "NOT_UTF8"));
    assert!(problem.what.contains("jpegPhoto") && !problem.fix.is_empty());
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn an_account_whose_end_has_come_is_told_so_and_not_let_in() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    let ann = format!("cn=ann,{}", subject.staff());
    {
        let mut administrator = subject.administrator.lock().await;
        administrator.replace(&ann, "objectClass", &[b"inetOrgPerson", b"shadowAccount"]).await;
        administrator.replace(&ann, "shadowExpire", &[b"10000"]).await;
    }
    let session = subject.session().await;
    assert_eq!(Reading::of(&*session, None).await.expect("read").people()[0].state, PersonState::Expired);
    let password = domain::Secret::from(testkit::directory::PASSWORD);
    let answer = session.authenticate(&subject.login("ann"), &password).await.expect("answered");
    let why = ports::directory::AuthenticationRefusal::AccountExpired;
    assert!(
        matches!(answer, ports::directory::Authentication::Refused { why: found, .. } if found == why),
        "{answer:?}"
    );
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_container_renamed_while_it_is_read_is_noticed() {
    let subject = Slapd::new().await;
    for name in ["ann", "bob", "cid", "dan"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    let mut settings = subject.settings();
    settings.connection.page_size = 1;
    let session = subject.session_with(&settings).await;
    let (sender, mut receiver) = mpsc::channel(1);
    let rename = async {
        let first = receiver.recv().await;
        assert!(matches!(first, Some(DirectoryEntry::Person(_))), "{first:?}");
        subject.rename_container().await;
        while receiver.recv().await.is_some() {}
    };
    let (end, ()) = tokio::join!(session.read(None, sender), rename);
    assert_eq!(end.unwrap_err().code, "CHANGED_MEANWHILE");
    assert_eq!(Reading::of(&*session, None).await.expect("read").people().len(), 4);
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn overlapping_bases_tell_everybody_once() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    let mut settings = subject.settings();
    settings.people.bases.push(subject.staff());
    let reading = Reading::of(&*subject.session_with(&settings).await, None).await.expect("read");
    assert_eq!(reading.people().len(), 1);
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_login_that_looks_like_another_takes_it_from_nobody() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_person(NewPerson::named("other")).await;
    let login = subject.login("ann");
    let like = format!("\u{ff41}{}", &login[1..]);
    let other = format!("cn=other,{}", subject.staff());
    subject.administrator.lock().await.replace(&other, "uid", &[like.as_bytes()]).await;
    let session = subject.session().await;
    let password = domain::Secret::from(testkit::directory::PASSWORD);
    for (login, cn) in [(&login, "cn=ann,"), (&like, "cn=other,")] {
        let answer = session.authenticate(login, &password).await.expect("answered");
        let ports::directory::Authentication::Accepted(now) = answer else { panic!("{login}: {answer:?}") };
        assert!(now.person.dn.starts_with(cn), "{login}: {}", now.person.dn);
    }
}
