//! A full import: who and what is told, and as what.

use domain::{
    Secret,
    directory::{DirectoryStep, PersonState},
};
use ports::directory::DirectoryResult;
use tokio::sync::mpsc;

use super::{
    Subject,
    scenario::{NewPerson, Reading, holds},
};

/// With profile, state, description and members.
pub async fn everybody_and_every_group_is_told(subject: Subject) -> DirectoryResult<()> {
    let ann = NewPerson { email: Some("ann@example.com"), first_name: Some("Ann"), last_name: "Archer", name: "ann" };
    subject.put_person(ann).await;
    subject.put_person(NewPerson::named("bob")).await;
    subject.put_group("admins", &["ann"]).await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    assert_eq!((reading.people().len(), reading.groups().len()), (2, 1), "{:?}", reading.entries);
    assert!(reading.gone().is_empty() && reading.problems().is_empty(), "{:?}", reading.entries);

    let ann = reading.person(&subject.login("ann"));
    assert_eq!(ann.email.as_deref(), Some("ann@example.com"));
    assert_eq!((ann.first_name.as_deref(), ann.last_name.as_deref()), (Some("Ann"), Some("Archer")));
    assert_eq!(ann.state, PersonState::Active);
    assert_ne!(ann.id, reading.person(&subject.login("bob")).id);
    let admins = reading.group("admins");
    assert!(holds(&admins.members, &ann.keys), "{admins:?} has {ann:?}");
    assert!(!holds(&admins.members, &reading.person(&subject.login("bob")).keys));
    Ok(())
}

/// Neither people beyond them, nor their containers.
pub async fn what_base_and_filter_leave_out_is_not_told(subject: Subject) -> DirectoryResult<()> {
    for name in ["ann", "bob", "cid"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    subject.move_out("bob").await;
    subject.leave_filter("cid").await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    assert_eq!(reading.entries.len(), 1, "{:?}", reading.entries);
    reading.person(&subject.login("ann"));
    Ok(())
}

/// Never an empty text.
pub async fn an_attribute_that_is_not_there_is_absent(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson { email: None, first_name: None, ..NewPerson::named("ann") }).await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    let ann = reading.people()[0];
    assert_eq!((&ann.email, &ann.first_name), (&None, &None));
    assert_eq!(ann.last_name.as_deref(), Some("Last"));
    Ok(())
}

/// A group that is its own grandparent is told as it stands.
pub async fn members_are_told_by_keys_through_nesting_and_loops(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("role", &["ann"]).await;
    subject.put_group("middle", &["role"]).await;
    subject.put_group("top", &["middle"]).await;
    subject.set_members("role", &["ann", "top"]).await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    let [role, middle, top] = ["role", "middle", "top"].map(|name| reading.group(name));
    assert!(holds(&role.members, &reading.people()[0].keys));
    assert!(holds(&role.members, &top.keys));
    assert!(holds(&middle.members, &role.keys));
    assert!(holds(&top.members, &middle.keys));
    assert!(!holds(&top.members, &role.keys));
    Ok(())
}

/// Names of role groups hold `#`; people's hold commas.
pub async fn names_with_characters_that_need_escaping_stay_whole(subject: Subject) -> DirectoryResult<()> {
    let names = [r#"Doe, Jane "JD" <x>"#, "#1 + 1 = 2; \\o/", "Zoë Ångström (*)"];
    for name in names {
        subject.put_person(NewPerson::named(name)).await;
    }
    let role = "aws#prod#Admin#123456789012";
    subject.put_group(role, &names).await;
    subject.put_group("aws, \"all\" +", &[role]).await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    let role = reading.group(role);
    assert_eq!(role.members.len(), 3, "{role:?}");
    for person in reading.people() {
        assert!(holds(&role.members, &person.keys), "{person:?} is in {role:?}");
    }
    assert!(holds(&reading.group("aws, \"all\" +").members, &role.keys));
    Ok(())
}

/// The id follows the entry, and the groups follow too.
pub async fn a_renamed_person_stays_the_same(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_group("admins", &["ann"]).await;
    let session = subject.session().await;
    let before = Reading::of(&*session, None).await?;
    subject.rename("ann", "ann-new").await;
    subject.rename("admins", "admins-new").await;
    subject.set_members("admins-new", &["ann-new"]).await;
    let after = Reading::of(&*session, None).await?;
    assert_eq!(before.people()[0].id, after.people()[0].id);
    assert_ne!(before.people()[0].dn, after.people()[0].dn);
    assert_eq!(before.group("admins").id, after.group("admins-new").id);
    assert!(holds(&after.group("admins-new").members, &after.people()[0].keys));
    Ok(())
}

/// None twice, none left out.
pub async fn more_entries_than_a_page_holds_are_all_told(subject: Subject) -> DirectoryResult<()> {
    let names: Vec<String> = (0..11).map(|number| format!("person{number}")).collect();
    for name in &names {
        subject.put_person(NewPerson::named(name)).await;
    }
    let mut settings = subject.settings();
    settings.connection.page_size = 3;
    let reading = Reading::of(&*subject.session_with(&settings).await, None).await?;
    assert_eq!(reading.people().len(), names.len());
    for name in &names {
        reading.person(&subject.login(name));
    }
    Ok(())
}

/// And not left out.
pub async fn somebody_who_is_switched_off_is_told_so(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_person(NewPerson::named("bob")).await;
    subject.switch_off("bob").await;
    let reading = Reading::of(&*subject.session().await, None).await?;
    assert_eq!(reading.person(&subject.login("ann")).state, PersonState::Active);
    assert_eq!(reading.person(&subject.login("bob")).state, PersonState::Disabled);
    Ok(())
}

/// It does not read on for nobody, and says so.
pub async fn a_reader_who_goes_away_ends_the_reading(subject: Subject) -> DirectoryResult<()> {
    for name in ["ann", "bob", "cid", "dan"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    let session = subject.session().await;
    let (sender, mut receiver) = mpsc::channel(1);
    let leave = async {
        assert!(receiver.recv().await.is_some());
        drop(receiver);
    };
    let (end, ()) = tokio::join!(session.read(None, sender), leave);
    assert_eq!(end.expect_err("refused").code, "ABANDONED");
    Ok(())
}

/// Nothing is told.
pub async fn a_wrong_bind_password_fails_at_its_step(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let wrong = Some(Secret::from("not the password"));
    let session = subject.directories().open(&subject.settings(), wrong).await?;
    let error = Reading::of(&*session, None).await.expect_err("refused");
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Bind, "invalidCredentials"));
    assert!(!error.hint.is_empty() && !error.to_string().contains("not the password"));
    Ok(())
}

/// It is not an empty directory.
pub async fn a_base_that_is_not_there_fails_at_its_step(subject: Subject) -> DirectoryResult<()> {
    let mut settings = subject.settings();
    settings.groups.bases[0] = format!("ou=nowhere,{}", settings.groups.bases[0]);
    let error = Reading::of(&*subject.session_with(&settings).await, None).await.expect_err("refused");
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Base, "noSuchObject"));
    assert!(error.hint.contains(&subject.settings().groups.bases[0]), "{error:?}");
    Ok(())
}
