//! What IAM is given once per account: who we are and whose signatures to take (SAML metadata §2.4.3).
//!
//! There is no `validUntil` and no `cacheDuration`: IAM keeps a copy and never fetches it again, so a date in it would
//! end everybody's sign-in to every account on that day, with nothing renewing it. Keys are replaced by publishing the
//! next certificate beside the active one before it signs; IAM takes up to ten.

use crate::{
    certificate::Certificate,
    name_id::NameIdFormat,
    xml::{
        name::{ds, md},
        write::{IllegalCharacter, Writer},
    },
};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// `SAMLMetadataDocument` of IAM's `CreateSAMLProvider`, in characters.
const IAM_LENGTHS: std::ops::RangeInclusive<usize> = 1_000..=10_000_000;
/// "Keys per SAML provider" in IAM's quotas.
const IAM_KEYS: usize = 10;

/// Why there is no metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// A value cannot be written in XML.
    #[error(transparent)]
    Illegal(#[from] IllegalCharacter),
    /// IAM would not take it.
    #[error("the metadata would hold {0} certificates; AWS IAM takes 1 to {IAM_KEYS}")]
    Certificates(usize),
    /// IAM would not take it.
    #[error("the metadata would have {0} characters; AWS IAM takes 1,000 to 10,000,000")]
    Length(usize),
}

/// The metadata of one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// Our entity id for this app; the `Issuer` of its assertions.
    pub entity_id: &'a str,
    /// The active certificate, then the next one, if there is one.
    pub certificates: Vec<&'a Certificate>,
    /// Formats of `NameID` that may be sent.
    pub name_id_formats: &'a [NameIdFormat],
    /// Where `AuthnRequest`s may be posted and redirected to.
    pub sso_url: &'a str,
}

impl Metadata<'_> {
    /// The document: UTF-8 without byte order mark, with an XML declaration.
    ///
    /// # Errors
    /// When IAM would refuse it, or a value holds a character that XML cannot hold.
    pub fn write(&self) -> Result<String, MetadataError> {
        if !(1..=IAM_KEYS).contains(&self.certificates.len()) {
            return Err(MetadataError::Certificates(self.certificates.len()));
        }
        let mut writer = Writer::with_capacity(4_096);
        writer.open(md("EntityDescriptor"), &mut [("entityID", self.entity_id)]);
        writer.open(
            md("IDPSSODescriptor"),
            &mut [("WantAuthnRequestsSigned", "false"), ("protocolSupportEnumeration", PROTOCOL)],
        );
        for certificate in &self.certificates {
            writer.open(md("KeyDescriptor"), &mut [("use", "signing")]);
            writer.open(ds("KeyInfo"), &mut []);
            writer.open(ds("X509Data"), &mut []);
            writer.leaf(ds("X509Certificate"), &mut [], certificate.base64());
            for _ in 0..3 {
                writer.close();
            }
        }
        for format in self.name_id_formats {
            writer.leaf(md("NameIDFormat"), &mut [], format.uri());
        }
        for binding in [HTTP_POST, HTTP_REDIRECT] {
            writer.leaf(md("SingleSignOnService"), &mut [("Binding", binding), ("Location", self.sso_url)], "");
        }
        let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", writer.finish()?);
        let characters = document.chars().count();
        if IAM_LENGTHS.contains(&characters) { Ok(document) } else { Err(MetadataError::Length(characters)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(filler: u8) -> Certificate {
        let mut der = vec![0x30, 0x82, 0x02, 0x80, 0x30];
        der.resize(4 + 0x280, filler);
        Certificate::from_der(der).unwrap()
    }

    fn metadata(certificates: Vec<&Certificate>) -> Metadata<'_> {
        Metadata {
            entity_id: "https://id.example.org/0oa1?a=1&b=2",
            certificates,
            name_id_formats: &[NameIdFormat::Unspecified, NameIdFormat::Persistent],
            sso_url: "https://id.example.org/app/amazon_aws/0oa1/sso/saml",
        }
    }

    #[test]
    fn the_active_certificate_comes_before_the_next_and_nothing_expires() {
        let (active, next) = (certificate(1), certificate(2));
        let document = metadata(vec![&active, &next]).write().unwrap();
        assert!(document.starts_with("<?xml"), "no byte order mark");
        assert!(document.find(active.base64()).unwrap() < document.find(next.base64()).unwrap());
        assert!(!document.contains("validUntil") && !document.contains("cacheDuration"));
        assert!(document.contains("entityID=\"https://id.example.org/0oa1?a=1&amp;b=2\""));
    }

    #[test]
    fn without_certificate_or_with_eleven_there_is_no_metadata() {
        let one = certificate(1);
        assert_eq!(metadata(vec![]).write(), Err(MetadataError::Certificates(0)));
        assert_eq!(metadata(vec![&one; 11]).write(), Err(MetadataError::Certificates(11)));
        assert!(metadata(vec![&one; 10]).write().is_ok());
    }

    #[test]
    fn metadata_of_a_length_that_iam_refuses_is_refused_here() {
        let mut der = vec![0x30, 0x82, 0x00, 0x01];
        der.push(0x30);
        let short = Certificate::from_der(der).unwrap();
        let mut metadata = metadata(vec![&short]);
        (metadata.name_id_formats, metadata.sso_url) = (&[], "https://a");
        assert!(matches!(metadata.write(), Err(MetadataError::Length(length)) if length < 1_000));
    }
}
