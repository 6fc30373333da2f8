//! Ways to a server: TLS from the beginning, `StartTLS`, plain text on this machine; and certificates that do not fit.

use domain::directory::DirectoryStep;
use testkit::directory::{DirectoryScenario as _, NewPerson, Reading};

use crate::scenario::Slapd;

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn start_tls_and_plain_text_on_this_machine_read_alike() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    for start_tls in [true, false] {
        let mut settings = subject.settings();
        settings.connection.urls = vec![subject.part.told("ldap").to_owned()];
        settings.connection.start_tls = start_tls;
        let session = subject.session_with(&settings).await;
        assert_eq!(Reading::of(&*session, None).await.expect("read").people().len(), 1);
        let report = session.test().await;
        let secured = report.steps.iter().find(|step| step.name == "certificate");
        assert_eq!(secured.is_some(), start_tls, "{report:?}");
    }
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn the_certificate_is_described() {
    let subject = Slapd::new().await;
    subject.put_person(NewPerson::named("ann")).await;
    let report = subject.session().await.test().await;
    let certificate = report.steps.iter().find(|step| step.name == "certificate").expect("TLS");
    for word in ["127.0.0.1", "slapd.example.com", "CN=Rolegate test authority", "valid until"] {
        assert!(certificate.detail.contains(word), "{certificate:?}");
    }
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn a_certificate_for_another_name_says_its_names() {
    let subject = Slapd::new().await;
    for (url, start_tls) in [("ldaps", false), ("ldap", true)] {
        let mut settings = subject.settings();
        settings.connection.urls = vec![subject.part.told(url).replace("127.0.0.1", "localhost")];
        settings.connection.start_tls = start_tls;
        let error = Reading::of(&*subject.session_with(&settings).await, None).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Certificate, "NAME_MISMATCH"), "{error:?}");
        assert!(error.message.contains("localhost") && error.hint.contains("slapd.example.com"), "{error:?}");
    }
}

#[tokio::test]
#[ignore = "needs slapd: make test"]
async fn an_unknown_authority_and_a_ca_that_is_none_are_told_apart() {
    let subject = Slapd::new().await;
    let mut settings = subject.settings();
    // Somebody else's authority: the same server does not become trusted by it.
    settings.connection.ca_pem = Some(rcgen_authority());
    let error = Reading::of(&*subject.session_with(&settings).await, None).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Certificate, "UNKNOWN_ISSUER"), "{error:?}");
    settings.connection.ca_pem = Some("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n".to_owned());
    let report = subject.session_with(&settings).await.test().await;
    let last = report.steps.last().expect("a step");
    assert_eq!((last.name.as_str(), last.ok), ("certificate", false), "{report:?}");
    assert!(last.detail.contains("CA_MALFORMED"), "{report:?}");
}

fn rcgen_authority() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    rcgen::CertificateParams::new(vec![]).expect("parameters").self_signed(&key).expect("a certificate").pem()
}
