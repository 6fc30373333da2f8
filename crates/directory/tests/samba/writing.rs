//! Role groups as Active Directory keeps them.

use ports::directory::{DirectoryResult, GroupChange};
use testkit::directory::{DirectoryScenario as _, Reading};

use crate::scenario::Samba;

async fn create(subject: &Samba, name: &str, name_attribute: &str) -> DirectoryResult<()> {
    let mut settings = subject.settings();
    settings.groups.name = name_attribute.to_owned();
    let session = subject.session_with(&settings).await;
    let change = GroupChange::Create { name: name.to_owned(), description: "made".to_owned() };
    session.change_groups(&subject.role_group_ou(), &[change]).await?.remove(0)
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn a_new_group_is_a_global_security_group_with_a_legal_account_name() {
    let subject = Samba::new().await;
    let name = subject.role_group_name("aws#p#a+b=c@d#1");
    create(&subject, &name, "cn").await.expect("made");
    let dn = Reading::of(&*subject.session().await, None).await.expect("read").group(&name).dn.clone();
    assert_eq!(subject.entry(&dn, "groupType").await.attrs["groupType"], ["-2147483646"]);
    let account = subject.entry(&dn, "sAMAccountName").await;
    assert_eq!(account.attrs["sAMAccountName"], [domain::directory::sam_account_name(&name)]);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn a_name_that_cn_cannot_hold_lives_in_another_attribute() {
    let subject = Samba::new().await;
    let name = subject.role_group_name(&format!("aws#{}#Administrator#123456789012", "production".repeat(5)));
    let refused = create(&subject, &name, "cn").await.unwrap_err();
    assert_eq!(refused.code, "NAME_TOO_LONG");
    assert!(refused.hint.contains("displayName"), "{refused:?}");
    create(&subject, &name, "displayName").await.expect("made");
    create(&subject, &name, "displayName").await.expect("there already");
    let mut settings = subject.settings();
    settings.groups.name = String::from("displayName");
    let reading = Reading::of(&*subject.session_with(&settings).await, None).await.expect("read");
    assert_eq!(reading.group(&name).description, "made");
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn an_account_name_that_is_taken_says_so() {
    let subject = Samba::new().await;
    let name = subject.role_group_name("taken");
    create(&subject, &name, "cn").await.expect("made");
    let session = subject.session().await;
    let change = GroupChange::Create { name: name.clone(), description: String::new() };
    let answers = session.change_groups(&subject.groups(), &[change]).await.expect("answered");
    let refused = answers[0].clone().unwrap_err();
    assert_eq!(refused.code, "entryAlreadyExists");
    assert!(refused.hint.contains("sAMAccountName"), "{refused:?}");
}
