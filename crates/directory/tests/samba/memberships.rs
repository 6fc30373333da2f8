//! Memberships that only Active Directory has: primary groups, distribution lists, kinds of entries that are no people.

use std::collections::BTreeSet;

use domain::{
    Secret,
    directory::{DirectoryGroup, PersonNow},
};
use ports::directory::Authentication;
use testkit::directory::{DirectoryScenario as _, NewPerson, PASSWORD, Reading};

use crate::scenario::Samba;

async fn now(subject: &Samba, name: &str) -> PersonNow {
    let answer = subject.session().await.authenticate(&subject.login(name), &Secret::from(PASSWORD)).await;
    match answer.expect("answered") {
        Authentication::Accepted(now) => *now,
        refused @ Authentication::Refused { .. } => panic!("{refused:?}"),
    }
}

fn names(now: &PersonNow) -> BTreeSet<&str> {
    now.groups.iter().map(|(group, _)| group.name.as_str()).collect()
}

fn shares_a_key(group: &DirectoryGroup, keys: &[domain::directory::EntryKey]) -> bool {
    keys.iter().any(|key| group.keys.contains(key))
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn the_primary_group_counts_and_what_it_is_in() {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("primary", &["ann"]).await;
    subject.put_group("around", &["primary"]).await;
    let dn = subject.dn_of("primary").await;
    let sid = subject.entry(&dn, "objectSid").await.bin_attrs["objectSid"][0].clone();
    let number = u32::from_le_bytes(*sid.last_chunk().expect("four bytes"));
    subject.replace("ann", "primaryGroupID", number.to_string().as_bytes()).await;

    let reading = Reading::of(&*subject.session().await, None).await.expect("read");
    let (ann, primary) = (reading.people()[0], reading.group("primary"));
    // Whoever has it as the primary one is not among its members.
    assert!(!primary.members.iter().any(|member| ann.keys.contains(member)), "{primary:?}");
    assert!(shares_a_key(primary, &ann.also_in), "{ann:?} {primary:?}");

    let now = now(&subject, "ann").await;
    assert_eq!(names(&now), BTreeSet::from(["primary", "around"]));
    assert!(shares_a_key(primary, &now.direct) && now.direct.len() == 1, "{now:?}");
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn distribution_lists_count_as_in_an_import() {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("list", &["ann"]).await;
    subject.put_group("role", &["list"]).await;
    // A global distribution group: not among the tokens of a sign-in.
    subject.replace("list", "groupType", b"2").await;
    assert_eq!(names(&now(&subject, "ann").await), BTreeSet::from(["list", "role"]));
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn groups_beyond_the_bases_lead_nowhere() {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("outside", &["ann"]).await;
    subject.put_group("role", &["outside"]).await;
    let dn = subject.dn_of("outside").await;
    let away = format!("OU=away,{}", subject.base);
    subject.administrator.lock().await.rename(&dn, "CN=outside", Some(&away)).await;
    assert_eq!(names(&now(&subject, "ann").await), BTreeSet::new());
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn a_group_with_more_members_than_a_page_is_whole() {
    let subject = Samba::new().await;
    let names: Vec<String> = (0..7).map(|number| format!("person{number}")).collect();
    for name in &names {
        subject.put_person(NewPerson::named(name)).await;
    }
    subject.put_group("all", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut settings = subject.settings();
    settings.connection.page_size = 2;
    let reading = Reading::of(&*subject.session_with(&settings).await, None).await.expect("read");
    assert_eq!(reading.group("all").members.len(), 7);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn computers_and_contacts_are_no_people() {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    {
        let mut administrator = subject.administrator.lock().await;
        let computer = format!("{}$", subject.account("pc"));
        let attributes: [(&str, &[&[u8]]); 3] = [
            ("objectClass", &[b"computer"]),
            ("sAMAccountName", &[computer.as_bytes()]),
            ("userAccountControl", &[b"4096"]),
        ];
        administrator.add(&format!("CN=pc,{}", subject.staff()), &attributes).await;
        let attributes: [(&str, &[&[u8]]); 2] = [("objectClass", &[b"contact"]), ("mail", &[b"x@example.com"])];
        administrator.add(&format!("CN=contact,{}", subject.staff()), &attributes).await;
    }
    let reading = Reading::of(&*subject.session().await, None).await.expect("read");
    assert_eq!(reading.entries.len(), 1, "{:?}", reading.entries);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn who_comes_into_the_base_brings_their_groups() {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject.move_out("ann").await;
    subject.put_group("admins", &["ann"]).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await.expect("read");
    assert_eq!(full.people().len(), 0);
    let away = subject.dn_of("ann").await;
    // The group is not touched, and yet names somebody else's name from now on.
    subject.administrator.lock().await.rename(&away, "CN=ann", Some(&subject.staff())).await;
    let changes = Reading::of(&*session, Some(full.cursor())).await.expect("read");
    let (ann, admins) = (changes.person(&subject.login("ann")), changes.group("admins"));
    assert!(admins.members.iter().any(|member| ann.keys.contains(member)), "{changes:?}");
    let later = Reading::of(&*session, Some(changes.cursor())).await.expect("read");
    assert!(later.groups().is_empty(), "{later:?}");
}
