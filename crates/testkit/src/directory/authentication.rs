//! Sign-in with the directory's password: who is let in, and what is known of them at that moment.

use std::collections::BTreeSet;

use domain::{Secret, directory::PersonNow};
use ports::directory::{Authentication, AuthenticationRefusal, DirectoryResult};

use super::{
    Subject,
    scenario::{NewPerson, PASSWORD, Reading, holds},
};

async fn authenticate(subject: &Subject, login: &str, password: &str) -> DirectoryResult<Authentication> {
    subject.session().await.authenticate(login, &Secret::from(password)).await
}

async fn refusal(subject: &Subject, login: &str, password: &str) -> DirectoryResult<AuthenticationRefusal> {
    match authenticate(subject, login, password).await? {
        Authentication::Refused { why, .. } => Ok(why),
        accepted @ Authentication::Accepted(_) => panic!("`{login}` was let in: {accepted:?}"),
    }
}

async fn accepted(subject: &Subject, name: &str) -> DirectoryResult<PersonNow> {
    match authenticate(subject, &subject.login(name), PASSWORD).await? {
        Authentication::Accepted(now) => Ok(*now),
        refused @ Authentication::Refused { .. } => panic!("`{name}` was not let in: {refused:?}"),
    }
}

fn names(now: &PersonNow) -> BTreeSet<&str> {
    now.groups.iter().map(|(group, _)| group.name.as_str()).collect()
}

/// Through any nesting, with the way there, and without those that only look like it.
pub async fn the_right_password_lets_in_with_all_groups(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("Doe, Ann #1")).await;
    subject.put_person(NewPerson::named("bob")).await;
    subject.put_group("others", &["bob"]).await;
    subject.put_group("staff", &["Doe, Ann #1", "bob"]).await;
    subject.put_group("managers, all", &["staff"]).await;
    subject.put_group("aws#prod#Admin#123456789012", &["managers, all"]).await;
    subject.set_members("staff", &["Doe, Ann #1", "aws#prod#Admin#123456789012"]).await;
    let now = accepted(&subject, "Doe, Ann #1").await?;
    let full = Reading::of(&*subject.session().await, None).await?;
    assert_eq!(&now.person, full.person(&subject.login("Doe, Ann #1")));
    assert_eq!(names(&now), BTreeSet::from(["staff", "managers, all", "aws#prod#Admin#123456789012"]));

    let [staff, managers, role] =
        ["staff", "managers, all", "aws#prod#Admin#123456789012"].map(|name| full.group(name));
    assert!(holds(&now.direct, &staff.keys) && !holds(&now.direct, &managers.keys), "{:?}", now.direct);
    for (group, inside) in [(staff, managers), (managers, role), (role, staff)] {
        let (found, within) = now.groups.iter().find(|(found, _)| found.id == group.id).expect("told");
        assert_eq!((&found.dn, &found.description), (&group.dn, &group.description));
        assert!(holds(within, &inside.keys), "{} is in {}: {within:?}", group.name, inside.name);
    }
    Ok(())
}

/// With the entry, so that it can be counted.
pub async fn a_wrong_password_does_not(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let id = Reading::of(&*subject.session().await, None).await?.people()[0].id.clone();
    let refused = authenticate(&subject, &subject.login("ann"), "wrong").await?;
    assert_eq!(refused, Authentication::Refused { why: AuthenticationRefusal::WrongPassword, id: Some(id) });
    for wrong in ["Str0ng-and-l0ng-enough ", "str0ng-and-l0ng-enough", "Str0ng-and-l0ng-enough\0"] {
        assert_eq!(refusal(&subject, &subject.login("ann"), wrong).await?, AuthenticationRefusal::WrongPassword);
    }
    Ok(())
}

/// Servers take a bind without a password for an anonymous one, which succeeds.
pub async fn an_empty_password_never_does(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    for empty in ["", "\0"] {
        assert_eq!(refusal(&subject, &subject.login("ann"), empty).await?, AuthenticationRefusal::WrongPassword);
    }
    Ok(())
}

/// Also when it is the beginning of one, or nothing at all.
pub async fn nobody_answers_to_an_unknown_login(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let login = subject.login("ann");
    for unknown in ["nobody@example.com", "", login.get(1..).unwrap_or_default()] {
        assert_eq!(refusal(&subject, unknown, PASSWORD).await?, AuthenticationRefusal::UnknownPerson, "`{unknown}`");
    }
    subject.leave_filter("ann").await;
    assert_eq!(refusal(&subject, &login, PASSWORD).await?, AuthenticationRefusal::UnknownPerson);
    Ok(())
}

/// Characters of filters and names find nobody.
pub async fn a_login_is_a_value_whatever_it_holds(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let login = subject.login("ann");
    for injected in [
        "*".to_owned(),
        format!("{}*", login.get(..3).unwrap_or_default()),
        format!("{login})(objectClass=*"),
        format!("{login})(|(objectClass=*)"),
        format!("*)(mail={login}"),
        format!("{login}\0"),
        format!("{login}\\"),
        "\\2a".to_owned(),
        "(&)".to_owned(),
    ] {
        assert_eq!(refusal(&subject, &injected, PASSWORD).await?, AuthenticationRefusal::UnknownPerson, "`{injected}`");
    }
    Ok(())
}

/// Case aside, somebody has one login: servers that look past width, accents or blanks would give a guesser ever new ones.
pub async fn a_login_that_only_looks_like_somebody_s_is_nobody_s(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    let login = subject.login("ann");
    let rest = login.get(1..).unwrap_or_default();
    for like in [format!("\u{ff41}{rest}"), format!("\u{e1}{rest}"), format!("a\u{301}{rest}"), format!(" {login}")] {
        assert_eq!(refusal(&subject, &like, PASSWORD).await?, AuthenticationRefusal::UnknownPerson, "`{like}`");
    }
    let now = authenticate(&subject, &login.to_uppercase(), PASSWORD).await?;
    assert!(matches!(now, Authentication::Accepted(_)), "{now:?}");
    Ok(())
}

/// Whose password it would be cannot be known.
pub async fn a_login_that_two_have_lets_neither_in(subject: Subject) -> DirectoryResult<()> {
    for name in ["ann", "bob"] {
        subject.put_person(NewPerson { email: Some("twin@example.com"), ..NewPerson::named(name) }).await;
    }
    let mut settings = subject.settings();
    settings.people.attributes.login = settings.people.attributes.email.clone();
    let session = subject.session_with(&settings).await;
    let refused = session.authenticate("twin@example.com", &Secret::from(PASSWORD)).await?;
    assert_eq!(refused, Authentication::Refused { why: AuthenticationRefusal::UnknownPerson, id: None });
    Ok(())
}

/// With the right password; a wrong one tells nothing.
pub async fn somebody_who_is_switched_off_is_refused_as_such(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.switch_off("ann").await;
    assert_eq!(refusal(&subject, &subject.login("ann"), PASSWORD).await?, AuthenticationRefusal::Disabled);
    Ok(())
}

/// Without an import in between.
pub async fn a_membership_that_was_taken_counts_at_once(subject: Subject) -> DirectoryResult<()> {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_person(NewPerson::named("bob")).await;
    subject.put_group("staff", &["ann", "bob"]).await;
    subject.put_group("role", &["staff"]).await;
    assert_eq!(names(&accepted(&subject, "ann").await?), BTreeSet::from(["staff", "role"]));
    subject.set_members("staff", &["bob"]).await;
    assert_eq!(names(&accepted(&subject, "ann").await?), BTreeSet::new());
    Ok(())
}

/// As at a sign-in; and nobody who is not there any more.
pub async fn one_person_is_read_by_id(subject: Subject) -> DirectoryResult<()> {
    for name in ["ann", "bob"] {
        subject.put_person(NewPerson::named(name)).await;
    }
    subject.put_group("staff", &["ann"]).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    let [ann, bob] = ["ann", "bob"].map(|name| full.person(&subject.login(name)).id.clone());
    let now = session.person(&ann).await?.expect("there");
    assert_eq!((&now.person.id, names(&now)), (&ann, BTreeSet::from(["staff"])));
    subject.leave_filter("ann").await;
    subject.remove("bob").await;
    assert_eq!(session.person(&ann).await?, None);
    assert_eq!(session.person(&bob).await?, None);
    Ok(())
}
