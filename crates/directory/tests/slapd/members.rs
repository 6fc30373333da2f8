//! Every way in which groups of this kind name members: read, and followed at a sign-in.

use domain::{Secret, directory::dn::escape};
use ports::directory::Authentication;
use testkit::directory::{DirectoryScenario as _, NewPerson, PASSWORD, Reading};

use crate::scenario::Slapd;

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn unique_names_and_account_names_count_like_names() {
    let subject = Slapd::new().await;
    let name = "Doe, Jane #1";
    subject.put_person(NewPerson::named(name)).await;
    let dn = format!("cn={},{}", escape(name), subject.staff());
    let unique = format!("cn=unique,{}", subject.groups());
    {
        let mut administrator = subject.administrator.lock().await;
        let attributes: [(&str, &[&[u8]]); 3] =
            [("objectClass", &[b"groupOfUniqueNames"]), ("cn", &[b"unique"]), ("uniqueMember", &[dn.as_bytes()])];
        administrator.add(&unique, &attributes).await;
        let login = subject.login(name);
        let attributes: [(&str, &[&[u8]]); 4] = [
            ("objectClass", &[b"posixGroup"]),
            ("cn", &[b"posix"]),
            ("gidNumber", &[b"1000"]),
            ("memberUid", &[login.as_bytes(), b"somebody-else"]),
        ];
        administrator.add(&format!("cn=posix,{}", subject.groups()), &attributes).await;
    }
    subject.put_group("role", &["unique"]).await;
    let session = subject.session().await;
    let reading = Reading::of(&*session, None).await.expect("read");
    let jane = &reading.people()[0].keys;
    assert!(reading.group("unique").members.iter().any(|key| jane.contains(key)), "{reading:?}");
    assert!(reading.group("posix").members.iter().any(|key| jane.contains(key)), "{reading:?}");

    let answer = session.authenticate(&subject.login(name), &Secret::from(PASSWORD)).await.expect("answered");
    let Authentication::Accepted(now) = answer else { panic!("{answer:?}") };
    let mut names: Vec<&str> = now.groups.iter().map(|(group, _)| group.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["posix", "role", "unique"]);
    assert_eq!(now.direct.len(), 2);
    for (group, _) in &now.groups {
        assert_eq!(group.id, reading.group(&group.name).id);
    }
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn groups_of_unique_names_are_made_when_those_are_read() {
    let subject = Slapd::new().await;
    let mut settings = subject.settings();
    settings.groups.filter = String::from("(objectClass=groupOfUniqueNames)");
    let session = subject.session_with(&settings).await;
    let create = ports::directory::GroupChange::Create { name: "aws#a#b#1".to_owned(), description: "made".to_owned() };
    let answers = session.change_groups(&subject.role_group_ou(), &[create]).await.expect("answered");
    assert_eq!(answers, [Ok(())]);
    let reading = Reading::of(&*session, None).await.expect("read");
    assert_eq!(reading.group("aws#a#b#1").description, "made");
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_long_chain_with_a_loop_and_many_groups_are_followed() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("chain0", &["ann"]).await;
    for level in 1..10 {
        subject.put_group(&format!("chain{level}"), &[&format!("chain{}", level - 1)]).await;
    }
    subject.set_members("chain0", &["ann", "chain9"]).await;
    for number in 0..120 {
        subject.put_group(&format!("role{number}"), &["chain9"]).await;
    }
    let session = subject.session().await;
    let answer = session.authenticate(&subject.login("ann"), &Secret::from(PASSWORD)).await.expect("answered");
    let Authentication::Accepted(now) = answer else { panic!("{answer:?}") };
    assert_eq!((now.direct.len(), now.groups.len()), (1, 130));
    assert!(now.groups.iter().all(|(group, _)| group.members.is_empty()));
}
