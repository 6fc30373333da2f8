//! Writing role groups: made, described, removed; never anybody put in or taken out.

use ports::directory::{DirectoryResult, DirectorySession, ExistingGroup, GroupChange};

use super::{
    Subject,
    scenario::{NewPerson, Reading},
};

/// With what `cn` and `sAMAccountName` escape or forbid.
fn role(subject: &Subject) -> String {
    subject.role_group_name("aws#prod#Admin+Power=all@x#123456789012")
}

fn create(name: &str, description: &str) -> GroupChange {
    GroupChange::Create { name: name.to_owned(), description: description.to_owned() }
}

async fn change(subject: &Subject, session: &dyn DirectorySession, changes: &[GroupChange]) -> DirectoryResult<()> {
    session.change_groups(&subject.role_group_ou(), changes).await?.into_iter().collect()
}

async fn groups(subject: &Subject, session: &dyn DirectorySession) -> DirectoryResult<Vec<ExistingGroup>> {
    session.groups_in(&subject.role_group_ou()).await
}

/// One after the other.
pub async fn groups_are_made_described_and_removed(subject: Subject) -> DirectoryResult<()> {
    let (name, plain) = (role(&subject), subject.role_group_name("plain"));
    let session = subject.session().await;
    assert_eq!(groups(&subject, &*session).await?, []);
    change(&subject, &*session, &[create(&name, "Admin in prod"), create(&plain, "")]).await?;
    let found = groups(&subject, &*session).await?;
    assert_eq!(found.len(), 2, "{found:?}");
    let role = found.iter().find(|group| group.name == name).expect("the name stays whole").clone();
    assert_eq!((role.description.as_str(), role.has_members), ("Admin in prod", false));

    let describe =
        |description: &str| GroupChange::Describe { dn: role.dn.clone(), description: description.to_owned() };
    change(&subject, &*session, &[describe("Everything, ünd more")]).await?;
    let found = groups(&subject, &*session).await?;
    assert!(found.iter().any(|group| group.dn == role.dn && group.description == "Everything, ünd more"), "{found:?}");
    change(&subject, &*session, &[describe("")]).await?;
    change(&subject, &*session, &[GroupChange::Delete { dn: role.dn.clone() }]).await?;
    let names: Vec<String> = groups(&subject, &*session).await?.into_iter().map(|group| group.name).collect();
    assert_eq!(names, [plain]);
    Ok(())
}

/// A diff that is applied twice does no harm, and takes nobody out.
pub async fn what_is_there_already_is_no_error(subject: Subject) -> DirectoryResult<()> {
    let name = role(&subject);
    let session = subject.session().await;
    subject.put_person(NewPerson::named("ann")).await;
    change(&subject, &*session, &[create(&name, "one")]).await?;
    let made = groups(&subject, &*session).await?;
    subject.set_members(&name, &["ann"]).await;
    change(&subject, &*session, &[create(&name, "one")]).await?;
    let again = groups(&subject, &*session).await?;
    assert_eq!(again, [ExistingGroup { has_members: true, ..made[0].clone() }]);
    change(
        &subject,
        &*session,
        &[GroupChange::Delete { dn: made[0].dn.clone() }, GroupChange::Delete { dn: made[0].dn.clone() }],
    )
    .await?;
    assert_eq!(groups(&subject, &*session).await?, []);
    Ok(())
}

/// And an answer for each.
pub async fn one_refusal_leaves_the_rest_done(subject: Subject) -> DirectoryResult<()> {
    let session = subject.session().await;
    let elsewhere = subject.settings().people.bases[0].clone();
    let missing = format!("cn=missing,{}", subject.role_group_ou());
    let changes = [
        create(&subject.role_group_name("first"), "1"),
        GroupChange::Describe { dn: missing, description: "x".to_owned() },
        GroupChange::Delete { dn: elsewhere },
        create("", "no name"),
        create(&subject.role_group_name("last"), "2"),
    ];
    let answers = session.change_groups(&subject.role_group_ou(), &changes).await?;
    let done: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(done, [true, false, false, false, true], "{answers:?}");
    assert!(
        answers.iter().filter_map(|answer| answer.as_ref().err()).all(|error| !error.hint.is_empty()),
        "{answers:?}"
    );
    assert_eq!(groups(&subject, &*session).await?.len(), 2);
    Ok(())
}

/// Where the server wants a member, what stands there grants nobody anything.
pub async fn a_new_group_has_nobody_in_it(subject: Subject) -> DirectoryResult<()> {
    let name = role(&subject);
    let session = subject.session().await;
    subject.put_person(NewPerson::named("ann")).await;
    change(&subject, &*session, &[create(&name, "one")]).await?;
    let full = Reading::of(&*session, None).await?;
    let role = full.group(&name);
    assert!(role.members.iter().all(|member| role.keys.contains(member)), "{role:?}");
    let ann = session.person(&full.people()[0].id).await?.expect("there");
    assert_eq!((ann.direct, ann.groups), (vec![], vec![]));
    Ok(())
}
