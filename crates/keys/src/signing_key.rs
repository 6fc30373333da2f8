//! Signing keys: RSA with a self-signed certificate, because that is what AWS documents for a SAML provider's metadata.
//!
//! The certificate only carries the public key to AWS; nobody checks it against a chain. It is X.509 v3, SHA-256, some
//! years long (Okta's default is ten), and repeats no extension (IAM refuses metadata that does).

use std::time::Duration;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use domain::{Entropy, Secret, Timestamp, key::KeyAlgorithm};
use ports::{KeyError, Signer};
use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose, SerialNumber, date_time_ymd};

/// Four years, a leap year among them.
const DAYS_OF_FOUR_YEARS: i64 = 1_461;
/// The certificate begins a little early, for peers whose clock is behind.
const EARLY_SECONDS: i64 = 300;

/// A new key in the open: seal it at once.
#[derive(Debug)]
pub struct GeneratedKey {
    /// PKCS#8, DER.
    pub private_key: Secret<Vec<u8>>,
    /// The self-signed certificate, DER.
    pub certificate: Vec<u8>,
    /// The certificate's end.
    pub not_after: Timestamp,
}

/// Makes an RSA key and its certificate for `common_name` (at most 64 characters of it are used, X.520), valid for
/// `validity_years` (whole days, rounded down) from `now`. Takes 0.1 to 2 seconds of processor time.
///
/// # Errors
/// [`KeyError::Failed`] when the library refuses.
pub fn generate_signing_key(
    algorithm: KeyAlgorithm,
    common_name: &str,
    now: Timestamp,
    validity_years: u32,
    entropy: &dyn Entropy,
) -> Result<GeneratedKey, KeyError> {
    let size = match algorithm {
        KeyAlgorithm::Rsa2048 => KeySize::Rsa2048,
        KeyAlgorithm::Rsa3072 => KeySize::Rsa3072,
    };
    let failed = |what: &str| KeyError::Failed(format!("{what} ({})", algorithm.as_str()));
    let key = RsaSigner(KeyPair::generate(size).map_err(|_| failed("generating an RSA key"))?);
    let der: Pkcs8V1Der<'_> = key.0.as_der().map_err(|_| failed("encoding an RSA key"))?;
    let private_key = Secret::new(der.as_ref().to_vec());
    let lifetime_seconds = i64::from(validity_years) * DAYS_OF_FOUR_YEARS / 4 * 86_400;
    let not_after = Timestamp::from_millis(now.seconds() * 1000).plus_seconds(lifetime_seconds);
    let certificate = certificate_params(common_name, now, not_after, entropy)
        .self_signed(&key)
        .map_err(|error| failed(&format!("making the certificate: {error}")))?;
    Ok(GeneratedKey { private_key, certificate: certificate.der().to_vec(), not_after })
}

fn certificate_params(
    common_name: &str,
    now: Timestamp,
    not_after: Timestamp,
    entropy: &dyn Entropy,
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name.chars().take(64).collect::<String>());
    let moment = |time: Timestamp| {
        date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(time.seconds()).unwrap_or_default())
    };
    params.not_before = moment(now.plus_seconds(-EARLY_SECONDS));
    params.not_after = moment(not_after);
    params.serial_number = Some(serial_number(entropy));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

/// 16 random bytes, positive and without leading zeros (RFC 5280 §4.1.2.2: positive, at most 20 octets).
fn serial_number(entropy: &dyn Entropy) -> SerialNumber {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    SerialNumber::from_slice(&bytes)
}

/// Signs with one RSA key, PKCS#1 v1.5 over SHA-256.
#[derive(Debug)]
pub struct RsaSigner(KeyPair);

impl RsaSigner {
    /// Takes a key from PKCS#8 (DER).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when it is no RSA key of at least 2,048 bits.
    pub fn from_pkcs8(private_key: &Secret<Vec<u8>>) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(private_key.expose())
            .map(Self)
            .map_err(|error| KeyError::Unusable(format!("the private key is not an RSA key in PKCS#8 ({error})")))
    }

    /// The public key, PKCS#1 `RSAPublicKey` in DER: what the certificate must hold.
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

impl Signer for RsaSigner {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
            .map_err(|_| KeyError::Failed("signing with RSA and SHA-256".to_owned()))?;
        Ok(signature)
    }
}

impl rcgen::PublicKeyData for RsaSigner {
    fn der_bytes(&self) -> &[u8] {
        self.public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for RsaSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Signer::sign(self, message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use x509_parser::prelude::*;

    use super::*;
    use crate::OsEntropy;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T05:10:00Z").unwrap()
    }

    #[test]
    fn the_certificate_is_v3_self_signed_and_ten_years_long() {
        let made = generate_signing_key(KeyAlgorithm::Rsa2048, "Rolegate é", now(), 10, &OsEntropy).unwrap();
        let (rest, certificate) = X509Certificate::from_der(&made.certificate).unwrap();
        assert!(rest.is_empty());
        assert_eq!(certificate.version(), X509Version::V3);
        assert_eq!(certificate.subject().to_string(), "CN=Rolegate é");
        assert_eq!(certificate.subject(), certificate.issuer());
        assert_eq!(certificate.validity().not_before.timestamp(), now().seconds() - 300);
        assert_eq!(certificate.validity().not_after.timestamp(), made.not_after.seconds());
        assert_eq!(made.not_after.to_string(), "2036-11-21T05:10:00.000Z");
        assert_eq!(certificate.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.11");
        assert!(certificate.raw_serial().len() == 16 && certificate.raw_serial()[0] < 0x80);
        let mut extensions: Vec<_> = certificate.extensions().iter().map(|e| e.oid.to_id_string()).collect();
        let count = extensions.len();
        extensions.sort();
        extensions.dedup();
        assert_eq!(extensions.len(), count, "no extension twice");
        let signer = RsaSigner::from_pkcs8(&made.private_key).unwrap();
        assert_eq!(&*certificate.public_key().subject_public_key.data, signer.public_key());
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, signer.public_key())
            .verify(certificate.tbs_certificate.as_ref(), &certificate.signature_value.data)
            .unwrap();
    }

    #[test]
    fn two_keys_share_neither_serial_number_nor_modulus() {
        let make = || generate_signing_key(KeyAlgorithm::Rsa2048, "x", now(), 10, &OsEntropy).unwrap();
        let (one, two) = (make(), make());
        assert_ne!(one.private_key.expose(), two.private_key.expose());
        let serial = |der: &[u8]| X509Certificate::from_der(der).unwrap().1.raw_serial().to_vec();
        assert_ne!(serial(&one.certificate), serial(&two.certificate));
    }

    #[test]
    fn a_3072_bit_key_signs_what_its_public_half_verifies() {
        let made = generate_signing_key(KeyAlgorithm::Rsa3072, "x", now(), 10, &OsEntropy).unwrap();
        let signer = RsaSigner::from_pkcs8(&made.private_key).unwrap();
        let signature = Signer::sign(&signer, b"message").unwrap();
        assert_eq!(signature.len(), 384);
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, signer.public_key());
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"massage", &signature).is_err());
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert!(matches!(RsaSigner::from_pkcs8(&Secret::new(vec![0x30, 0])), Err(KeyError::Unusable(_))));
    }
}
