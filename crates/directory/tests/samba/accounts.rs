//! Accounts that are not let in, each with its reason; and the names by which people call themselves.

use domain::{Secret, directory::PersonState};
use ports::directory::{Authentication, AuthenticationRefusal as Why};
use testkit::directory::{DirectoryScenario as _, NewPerson, PASSWORD, Reading};

use crate::scenario::Samba;

async fn with_ann() -> Samba {
    let subject = Samba::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    subject
}

async fn answer(subject: &Samba, login: &str, password: &str) -> Option<Why> {
    match subject.session().await.authenticate(login, &Secret::from(password)).await.expect("answered") {
        Authentication::Refused { why, .. } => Some(why),
        Authentication::Accepted(_) => None,
    }
}

async fn state(subject: &Samba) -> PersonState {
    Reading::of(&*subject.session().await, None).await.expect("read").people()[0].state
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn too_many_wrong_passwords_lock() {
    let subject = with_ann().await;
    let login = subject.login("ann");
    for _ in 0..3 {
        assert_eq!(answer(&subject, &login, "wrong").await, Some(Why::WrongPassword));
    }
    assert_eq!(answer(&subject, &login, PASSWORD).await, Some(Why::Locked));
    assert_eq!(state(&subject).await, PersonState::Locked);
    subject.replace("ann", "lockoutTime", b"0").await;
    assert_eq!(answer(&subject, &login, PASSWORD).await, None);
    assert_eq!(state(&subject).await, PersonState::Active);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn a_password_that_has_to_be_changed_first_does_not_let_in() {
    let subject = with_ann().await;
    subject.replace("ann", "pwdLastSet", b"0").await;
    let login = subject.login("ann");
    assert_eq!(answer(&subject, &login, PASSWORD).await, Some(Why::MustChangePassword));
    assert_eq!(answer(&subject, &login, "wrong").await, Some(Why::WrongPassword));
    assert_eq!(state(&subject).await, PersonState::Active);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn an_account_whose_end_has_come_does_not_let_in() {
    let subject = with_ann().await;
    // 2000-01-01.
    subject.replace("ann", "accountExpires", b"125911584000000000").await;
    assert_eq!(answer(&subject, &subject.login("ann"), PASSWORD).await, Some(Why::AccountExpired));
    assert_eq!(state(&subject).await, PersonState::Expired);
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn outside_of_the_hours_nobody_is_let_in() {
    let subject = with_ann().await;
    subject.replace("ann", "logonHours", &[0; 21]).await;
    assert_eq!(answer(&subject, &subject.login("ann"), PASSWORD).await, Some(Why::NotNow));
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn both_names_of_an_account_are_logins() {
    let subject = with_ann().await;
    for login in [subject.login("ann"), subject.login("ann").to_uppercase(), subject.account("ann")] {
        assert_eq!(answer(&subject, &login, PASSWORD).await, None, "{login}");
    }
    let mut settings = subject.settings();
    settings.people.attributes.login = String::from("mail");
    let session = subject.session_with(&settings).await;
    let refused = session.authenticate(&subject.account("ann"), &Secret::from(PASSWORD)).await.expect("answered");
    assert!(matches!(refused, Authentication::Refused { why: Why::UnknownPerson, .. }), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs Samba: make test"]
async fn an_account_that_is_locked_meanwhile_is_told_by_the_next_import() {
    let subject = with_ann().await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await.expect("read");
    subject.switch_off("ann").await;
    let changes = Reading::of(&*session, Some(full.cursor())).await.expect("read").changes_since(&full);
    assert_eq!(changes.people()[0].state, PersonState::Disabled);
}
