//! TLS to a directory server: whom we trust, and what the certificate says.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use domain::directory::{DirectoryError, DirectoryStep, ServerUrl};
use rustls::{CertificateError, ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use crate::hints;

/// The system's certificates, read once: they are hundreds.
static SYSTEM_ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();

fn failure(code: &str, message: &str, hint: impl Into<String>) -> DirectoryError {
    DirectoryError::new(DirectoryStep::Certificate, code, message, hint)
}

/// The settings for connections whose server is signed by `ca_pem`, or by a certificate of the system's.
pub(super) fn configuration(ca_pem: Option<&str>) -> Result<Arc<ClientConfig>, DirectoryError> {
    let roots = match ca_pem {
        Some(pem) => Arc::new(given_roots(pem)?),
        None => SYSTEM_ROOTS.get_or_init(|| Arc::new(system_roots())).clone(),
    };
    if roots.is_empty() {
        return Err(failure("NO_ROOTS", "this machine knows no certificate authorities", hints::no_roots()));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| failure("TLS", &error.to_string(), hints::our_machine()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn given_roots(pem: &str) -> Result<RootCertStore, DirectoryError> {
    let refuse = |what: &str| failure("CA_MALFORMED", what, hints::ca_malformed());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| refuse(&format!("the CA's PEM cannot be read: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| refuse(&format!("a certificate in the CA's PEM cannot be read: {error}")))?;
    }
    if roots.is_empty() { Err(refuse("the CA's PEM holds no certificate")) } else { Ok(roots) }
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// The name that the server's certificate must have.
pub(super) fn server_name(url: &ServerUrl) -> Result<ServerName<'static>, DirectoryError> {
    ServerName::try_from(url.host.clone()).map_err(|error| {
        failure(
            "NAME_INVALID",
            &format!("`{}` cannot be the name of a certificate: {error}", url.host),
            hints::name_invalid(),
        )
    })
}

/// Why TLS did not come about.
pub(super) fn handshake_failure(url: &ServerUrl, error: &std::io::Error, has_ca: bool) -> DirectoryError {
    let Some(cause) = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) else {
        let code = if error.kind() == std::io::ErrorKind::UnexpectedEof { "CONNECTION_CLOSED" } else { "TLS" };
        return failure(code, &format!("`{url}` ended the TLS handshake: {error}"), hints::no_tls(url));
    };
    let message = format!("`{url}`: {cause}");
    match cause {
        rustls::Error::InvalidCertificate(certificate) => certificate_failure(url, certificate, &message, has_ca),
        rustls::Error::InvalidMessage(_) => failure("NO_TLS", &message, hints::no_tls(url)),
        _ => failure("TLS", &message, hints::tls()),
    }
}

fn certificate_failure(url: &ServerUrl, error: &CertificateError, message: &str, has_ca: bool) -> DirectoryError {
    match error {
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().map(|name| plain_name(name)).collect();
            let what = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            let message = format!("the certificate of `{url}` is for {what}, not for `{}`", url.host);
            failure("NAME_MISMATCH", &message, hints::name_mismatch(&names))
        }
        CertificateError::NotValidForName => failure("NAME_MISMATCH", message, hints::name_mismatch(&[])),
        CertificateError::UnknownIssuer => failure("UNKNOWN_ISSUER", message, hints::unknown_issuer(has_ca)),
        CertificateError::BadSignature => failure("BAD_SIGNATURE", message, hints::bad_signature()),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            failure("EXPIRED", message, hints::expired())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            failure("NOT_VALID_YET", message, hints::not_valid_yet())
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            failure("CA_AS_SERVER", message, hints::ca_as_server())
        }
        _ => failure("CERTIFICATE", message, hints::tls()),
    }
}

/// `DnsName("dc1.example")` as `dc1.example`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('"').and_then(|(_, rest)| rest.split_once('"')).map(|(inner, _)| inner);
    inner.unwrap_or(name).to_owned()
}

/// What a certificate says of itself, in one line: names, signer, end.
pub(super) fn describe(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return "a certificate".to_owned() };
    let names: Vec<String> = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .map(|names| names.value.general_names.iter().filter_map(general_name).collect())
        .unwrap_or_default();
    let until = certificate.validity().not_after;
    format!("{}, signed by `{}`, valid until {until}", names.join(", "), certificate.issuer())
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).ok().map(IpAddr::from);
            four.or_else(|| <[u8; 16]>::try_from(*bytes).ok().map(IpAddr::from)).map(|address| address.to_string())
        }
        _ => None,
    }
}
