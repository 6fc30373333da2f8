//! TLS that does not come about, each way with its own words; and `StartTLS` that somebody meddles with.

use std::sync::Arc;

use domain::{
    DirectoryKind,
    directory::{DirectoryError, DirectoryStep},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use testkit::directory::Reading;
use tokio_rustls::TlsAcceptor;

use crate::server::{Deed, Server, all, ber, message, ordinary, session};

/// An authority, and a server whose certificate it signed.
struct Signed {
    ca_pem: String,
    server: Server,
}

async fn signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
    signed_by("Test authority", names, change).await
}

async fn signed_by(authority: &str, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
    let mut params = CertificateParams::new(vec![]).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, authority);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority).expect("signed");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("protocol versions").with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::secured(acceptor, |request| ordinary(request).unwrap_or_else(|| Deed::Close(vec![]))).await;
    Signed { ca_pem: authority.pem(), server }
}

impl Signed {
    /// What an import says of it that trusts this authority.
    async fn failure(&self, ca_pem: Option<&str>) -> DirectoryError {
        let mut settings = self.server.settings(DirectoryKind::OpenLdap);
        settings.connection.urls = vec![format!("ldaps://{}", self.server.address)];
        settings.connection.ca_pem = ca_pem.map(str::to_owned);
        Reading::of(&*session(&settings).await, None).await.expect_err("it does not come to an import")
    }
}

fn assert_is(error: &DirectoryError, code: &str, words: &str) {
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Certificate, code), "{error:?}");
    assert!(format!("{} {}", error.message, error.hint).contains(words), "`{words}`: {error:?}");
}

#[tokio::test]
async fn a_certificate_that_fits_is_taken() {
    let signed = signed(&["127.0.0.1"], |_| {}).await;
    let error = signed.failure(Some(&signed.ca_pem)).await;
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Read, "CONNECTION_LOST"), "{error:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told() {
    let other = signed(&["dc1.corp.example", "dc2.corp.example"], |_| {}).await;
    assert_is(&other.failure(Some(&other.ca_pem)).await, "NAME_MISMATCH", "dc1.corp.example, dc2.corp.example");
    let nameless = signed(&[], |_| {}).await;
    assert_is(&nameless.failure(Some(&nameless.ca_pem)).await, "NAME_MISMATCH", "subjectAltName");
    let expired = signed(&["127.0.0.1"], |params| params.not_after = date_time_ymd(2020, 1, 1)).await;
    assert_is(&expired.failure(Some(&expired.ca_pem)).await, "EXPIRED", "Renew");
    let early = signed(&["127.0.0.1"], |params| params.not_before = date_time_ymd(2199, 1, 1)).await;
    assert_is(&early.failure(Some(&early.ca_pem)).await, "NOT_VALID_YET", "clocks");
    let fits = signed(&["127.0.0.1"], |_| {}).await;
    assert_is(&fits.failure(Some(&other.ca_pem)).await, "BAD_SIGNATURE", "of the same name");
    let elsewhere = signed_by("Another authority", &["127.0.0.1"], |_| {}).await;
    assert_is(&fits.failure(Some(&elsewhere.ca_pem)).await, "UNKNOWN_ISSUER", "root authority");
    let is_ca = signed(&["127.0.0.1"], |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)).await;
    assert_is(&is_ca.failure(Some(&is_ca.ca_pem)).await, "CA_AS_SERVER", "issue a server certificate");
    assert!(other.server.requests().is_empty(), "nothing is sent to a server that is not trusted");
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let server = Server::plain(|_| Deed::Close(b"0\x0c\x02\x01\x00x\x07\x0a\x01\x02\x04\x00\x04\x00".to_vec())).await;
    let mut settings = server.settings(DirectoryKind::OpenLdap);
    settings.connection.urls = vec![format!("ldaps://{}", server.address)];
    settings.connection.ca_pem = Some(signed(&["x"], |_| {}).await.ca_pem);
    let error = Reading::of(&*session(&settings).await, None).await.unwrap_err();
    assert_eq!(error.step, DirectoryStep::Certificate, "{error:?}");
    assert!(error.hint.contains("389"), "{error:?}");
}

/// The answer to `StartTLS` with this code.
fn start_tls_answer(code: u8) -> Vec<u8> {
    message(1, all(0x78, &[ber(0x0a, &[code]), ber(0x04, b""), ber(0x04, b"no certificate here")]), &[])
}

async fn start_tls_failure(answer: Vec<u8>) -> (DirectoryError, Server) {
    let server = Server::plain(move |_| Deed::Hang(answer.clone())).await;
    let mut settings = server.settings(DirectoryKind::OpenLdap);
    settings.connection.start_tls = true;
    settings.connection.ca_pem = Some(signed(&["x"], |_| {}).await.ca_pem);
    let error = Reading::of(&*session(&settings).await, None).await.expect_err("TLS does not come about");
    (error, server)
}

#[tokio::test]
async fn nothing_is_sent_when_start_tls_fails() {
    let (error, server) = start_tls_failure(start_tls_answer(2)).await;
    assert_is(&error, "protocolError", "no certificate here");
    assert_eq!(server.requests().len(), 1);
    assert!(server.requests()[0].has("1.3.6.1.4.1.1466.20037"));
}

#[tokio::test]
async fn words_slipped_in_behind_the_answer_to_start_tls_end_the_connection() {
    let answer = [start_tls_answer(0), crate::server::outcome(2, 0x61, 0, "")].concat();
    let (error, _) = start_tls_failure(answer).await;
    assert_is(&error, "BAD_ANSWER", "plain text follows");
}

#[tokio::test]
async fn plain_text_is_not_even_tried() {
    let server = Server::plain(|_| Deed::Close(vec![])).await;
    let mut settings = server.settings(DirectoryKind::OpenLdap);
    settings.connection.urls = vec!["ldap://directory.example.com".to_owned()];
    let report = session(&settings).await.test().await;
    assert_eq!((report.steps.len(), report.steps[0].name.as_str()), (1, "connect"), "{report:?}");
    assert!(report.steps[0].detail.contains("PLAIN_TEXT"), "{report:?}");
}
