//! Servers that limit pages and sizes, and groups that are large.

use std::fmt::Write as _;

use domain::{
    Directory, Secret,
    directory::{DirectoryStep, EntryKey},
};
use ports::directory::DirectorySession;
use testkit::{directory::Reading, sample};

use crate::{adapter::directories, parts::Part};

/// People of a file; each is `uid=pN,ou=people`.
fn people(count: usize) -> String {
    let mut entries = String::from(
        "dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=groups,dc=example,dc=com\nobjectClass: organizationalUnit\nou: groups\n\n",
    );
    for number in 0..count {
        write!(
            entries,
            "dn: uid=p{number},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p{number}\ncn: Person {number}\n\
             sn: {number}\nmail: p{number}@example.com\n\n"
        )
        .expect("memory");
    }
    entries
}

/// A server with these entries and limits, read by the account that the limits are for.
async fn limited(entries: &str, words: &[&str]) -> (Part, Directory, Box<dyn DirectorySession>) {
    let file = tempfile(entries);
    let load = file.path().to_str().expect("UTF-8").to_owned();
    let part = Part::start(&[&["slapd", "--load", &load], words].concat());
    let mut settings = sample::directory("corp");
    settings.connection.urls = vec![part.told("ldaps").to_owned()];
    settings.connection.ca_pem = Some(part.ca_pem());
    settings.connection.bind_dn = Some(part.told("reader.dn").to_owned());
    settings.people.attributes.login = String::from("uid");
    let password = Some(Secret::from(part.told("reader.password")));
    let session = directories().open(&settings, password).await.expect("opened");
    (part, settings, session)
}

fn tempfile(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    file
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_server_with_smaller_pages_is_asked_for_smaller_ones() {
    let (_part, _, session) = limited(&people(40), &["--page-limit", "7"]).await;
    let reading = Reading::of(&*session, None).await.expect("read");
    assert_eq!(reading.people().len(), 40);
    let report = session.test().await;
    let step = report.steps.iter().find(|step| step.name == "people").expect("reached");
    assert!(step.detail.contains("pages of 7 entries, not of 1000"), "{report:?}");
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_limit_of_all_pages_together_says_how_to_raise_it() {
    let (_part, _, session) = limited(&people(40), &["--size-limit", "25"]).await;
    let error = Reading::of(&*session, None).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Read, "sizeLimitExceeded"), "{error:?}");
    assert!(error.message.contains("after 25 entries") && error.hint.contains("size.prtotal=unlimited"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_group_of_a_hundred_thousand_is_read_whole() {
    let mut entries = people(1);
    entries.push_str("dn: cn=everybody,ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: everybody\n");
    for number in 0..100_000 {
        writeln!(entries, "member: uid=p{number},ou=people,dc=example,dc=com").expect("memory");
    }
    entries.push('\n');
    let (_part, _, session) = limited(&entries, &[]).await;
    let reading = Reading::of(&*session, None).await.expect("read");
    let members = &reading.group("everybody").members;
    assert_eq!(members.len(), 100_000);
    assert!(members.contains(&EntryKey("dn:uid=p99999,ou=people,dc=example,dc=com".to_owned())));
    // At a sign-in only the one member that was asked about comes.
    let id = &reading.people()[0].id;
    let now = session.person(id).await.expect("answered").expect("there");
    assert_eq!((now.direct.len(), now.groups.len()), (1, 1));
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn changes_beyond_what_the_server_tells_at_once_need_a_full_import() {
    let (part, _, session) = limited(&people(3), &["--size-limit", "10"]).await;
    let full = Reading::of(&*session, None).await.expect("read");
    let mut administrator = crate::parts::Administrator::of(&part).await;
    for number in 3..20_u8 {
        let (uid, dn) = (format!("p{number}"), format!("uid=p{number},ou=people,dc=example,dc=com"));
        let attributes: [(&str, &[&[u8]]); 4] =
            [("objectClass", &[b"inetOrgPerson"]), ("uid", &[uid.as_bytes()]), ("cn", &[b"x"]), ("sn", &[b"x"])];
        administrator.add(&dn, &attributes).await;
    }
    let error = Reading::of(&*session, Some(full.cursor())).await.unwrap_err();
    assert!(error.needs_full_import(), "{error:?}");
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn deletions_that_the_server_forgot_need_a_full_import() {
    let (part, _, session) = limited(&people(10), &["--session-log", "1"]).await;
    let full = Reading::of(&*session, None).await.expect("read");
    let mut administrator = crate::parts::Administrator::of(&part).await;
    for number in 3..8 {
        administrator.delete(&format!("uid=p{number},ou=people,dc=example,dc=com")).await;
    }
    let error = Reading::of(&*session, Some(full.cursor())).await.unwrap_err();
    assert!(error.needs_full_import(), "{error:?}");
}
