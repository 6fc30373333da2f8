//! The reasons of the password policy overlay, told apart.

use domain::{Secret, directory::PersonState};
use ldap3::controls::{MakeCritical as _, RelaxRules};
use ports::directory::{Authentication, AuthenticationRefusal};
use testkit::directory::{DirectoryScenario as _, NewPerson, PASSWORD, Reading};

use crate::scenario::Slapd;

/// Somebody under a policy with these attributes.
async fn under(policy: &[(&str, &[&[u8]])]) -> Slapd {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    let dn = format!("cn=policy,{}", subject.base);
    let fixed: [(&str, &[&[u8]]); 3] = [
        ("objectClass", &[b"applicationProcess", b"pwdPolicy"]),
        ("cn", &[b"policy"]),
        ("pwdAttribute", &[b"userPassword"]),
    ];
    {
        let mut administrator = subject.administrator.lock().await;
        administrator.add(&dn, &[&fixed[..], policy].concat()).await;
        let ann = format!("cn=ann,{}", subject.staff());
        administrator.replace(&ann, "pwdPolicySubentry", &[dn.as_bytes()]).await;
        // The policy counts from the next password on.
        administrator.replace(&ann, "userPassword", &[PASSWORD.as_bytes()]).await;
    }
    subject
}

async fn refusal(subject: &Slapd, password: &str) -> Option<AuthenticationRefusal> {
    let session = subject.session().await;
    match session.authenticate(&subject.login("ann"), &Secret::from(password)).await.expect("answered") {
        Authentication::Refused { why, id } => {
            assert!(id.is_some());
            Some(why)
        }
        Authentication::Accepted(_) => None,
    }
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn too_many_wrong_passwords_lock_and_are_read_as_locked() {
    let subject = under(&[("pwdLockout", &[b"TRUE"]), ("pwdMaxFailure", &[b"2"])]).await;
    assert_eq!(refusal(&subject, PASSWORD).await, None);
    for _ in 0..2 {
        assert_eq!(refusal(&subject, "wrong").await, Some(AuthenticationRefusal::WrongPassword));
    }
    assert_eq!(refusal(&subject, PASSWORD).await, Some(AuthenticationRefusal::Locked));
    let reading = Reading::of(&*subject.session().await, None).await.expect("read");
    assert_eq!(reading.people()[0].state, PersonState::Locked);
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_password_that_has_to_be_changed_first_does_not_let_in() {
    let subject = under(&[("pwdMustChange", &[b"TRUE"])]).await;
    let ann = format!("cn=ann,{}", subject.staff());
    subject.administrator.lock().await.replace(&ann, "pwdReset", &[b"TRUE"]).await;
    assert_eq!(refusal(&subject, PASSWORD).await, Some(AuthenticationRefusal::MustChangePassword));
    assert_eq!(refusal(&subject, "wrong").await, Some(AuthenticationRefusal::WrongPassword));
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_password_whose_life_has_ended_does_not_let_in() {
    let subject = under(&[("pwdMaxAge", &[b"1000"])]).await;
    let ann = format!("cn=ann,{}", subject.staff());
    let mut administrator = subject.administrator.lock().await;
    // Only the server writes this attribute, unless it is asked to relax.
    administrator.0.with_controls(RelaxRules.critical());
    administrator.replace(&ann, "pwdChangedTime", &[b"20200101000000Z"]).await;
    drop(administrator);
    assert_eq!(refusal(&subject, PASSWORD).await, Some(AuthenticationRefusal::PasswordExpired));
    assert_eq!(refusal(&subject, "wrong").await, Some(AuthenticationRefusal::WrongPassword));
}
