//! A service provider's `AuthnRequest` (SAML core §3.4.1), by HTTP-Redirect or HTTP-POST (SAML bindings §3.4, §3.5).
//!
//! AWS sends none, but the address that Okta's clients and portals know takes them. A signature on it is not verified
//! and needs not be: all that a request can do is to be answered at the app's own configured place, which anybody can
//! ask for without a request. A request that names another place is refused.

use std::io::Read as _;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use flate2::read::DeflateDecoder;

use crate::xml::{
    name::Namespace,
    read::{Document, LIMITS, ReadError},
};

/// Longest identifier that is taken and given back as `InResponseTo`.
const MAX_ID: usize = 256;

/// Some service providers leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthnRequestError {
    /// Not base64.
    #[error("the SAMLRequest is not base64")]
    Base64,
    /// Not compressed as HTTP-Redirect wants it, or too large when unpacked.
    #[error("the SAMLRequest cannot be unpacked: it is not raw DEFLATE, or holds more than {} bytes", LIMITS.bytes)]
    Deflate,
    /// Not a document that is read.
    #[error("the SAMLRequest cannot be read: {0}")]
    Xml(#[from] ReadError),
    /// Another message.
    #[error("the SAMLRequest is not an AuthnRequest of SAML 2.0 but `{0}`")]
    OtherMessage(String),
    /// No usable identifier.
    #[error(
        "the AuthnRequest has no usable ID; it begins with a letter or `_` and has at most {MAX_ID} of `A-Z a-z 0-9 _ . -`"
    )]
    Id,
    /// Wants an answer that is not given.
    #[error("the AuthnRequest asks for an answer over `{0}`; answers go over HTTP-POST")]
    Binding(String),
    /// Wants the answer elsewhere.
    #[error(
        "the AuthnRequest wants its answer at `{wanted}`, but this app answers at `{configured}` alone; hint: set `overrideAcsURL` of the app if that is its place"
    )]
    ForeignAcs {
        /// `AssertionConsumerServiceURL`.
        wanted: String,
        /// The app's.
        configured: String,
    },
    /// Was made for somebody else.
    #[error("the AuthnRequest was made for `{0}`, which is not this app's address")]
    Destination(String),
}

/// A request that was read; nothing in it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// `ID`: an XML identifier in ASCII, at most 256 characters.
    pub id: String,
    /// `Issuer`, where it is given.
    pub issuer: Option<String>,
    /// `AssertionConsumerServiceURL`, where it is given.
    pub acs_url: Option<String>,
    /// `Destination`, where it is given.
    pub destination: Option<String>,
    /// `ForceAuthn`: the person must prove anew who they are.
    pub force_authn: bool,
    /// `IsPassive`: nothing may be shown to the person.
    pub is_passive: bool,
}

/// A request that is answered at the app's own place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRequest {
    /// What the answer's `InResponseTo` says.
    pub id: String,
    /// `ForceAuthn`.
    pub force_authn: bool,
    /// `IsPassive`.
    pub is_passive: bool,
}

impl AuthnRequest {
    /// Reads the (percent-decoded) `SAMLRequest` of a query: base64 of raw DEFLATE.
    ///
    /// # Errors
    /// When it is no `AuthnRequest` that can be answered.
    pub fn from_redirect(saml_request: &str) -> Result<Self, AuthnRequestError> {
        let packed = decode(saml_request)?;
        let mut document = Vec::new();
        // One byte more than is taken, so that the reader sees that it is too much.
        let bound = u64::try_from(LIMITS.bytes).map_or(u64::MAX, |bytes| bytes + 1);
        DeflateDecoder::new(packed.as_slice())
            .take(bound)
            .read_to_end(&mut document)
            .map_err(|_| AuthnRequestError::Deflate)?;
        if document.len() > LIMITS.bytes {
            return Err(AuthnRequestError::Deflate);
        }
        Self::from_document(&document)
    }

    /// Reads the `SAMLRequest` of a form: base64, line breaks allowed.
    ///
    /// # Errors
    /// When it is no `AuthnRequest` that can be answered.
    pub fn from_post(saml_request: &str) -> Result<Self, AuthnRequestError> {
        Self::from_document(&decode(saml_request)?)
    }

    /// Whether it may be answered at `acs_url` by us, who are reached at one of `sso_urls`.
    ///
    /// # Errors
    /// When it names another place for the answer, or was made for another recipient.
    pub fn accept(self, acs_url: &str, sso_urls: &[&str]) -> Result<AcceptedRequest, AuthnRequestError> {
        if let Some(wanted) = self.acs_url.filter(|wanted| wanted != acs_url) {
            return Err(AuthnRequestError::ForeignAcs { wanted: clip(&wanted), configured: acs_url.to_owned() });
        }
        if let Some(destination) = self.destination.filter(|destination| !sso_urls.contains(&destination.as_str())) {
            return Err(AuthnRequestError::Destination(clip(&destination)));
        }
        Ok(AcceptedRequest { id: self.id, force_authn: self.force_authn, is_passive: self.is_passive })
    }

    fn from_document(document: &[u8]) -> Result<Self, AuthnRequestError> {
        const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
        let document = Document::parse(document)?;
        let other = |name: &str| AuthnRequestError::OtherMessage(clip(name));
        let root = document.root().ok_or_else(|| other(""))?;
        if !root.is(Namespace::Protocol.uri(), "AuthnRequest") || root.attribute("Version") != Some("2.0") {
            return Err(other(&root.local));
        }
        if let Some(binding) = root.attribute("ProtocolBinding").filter(|binding| *binding != POST) {
            return Err(AuthnRequestError::Binding(clip(binding)));
        }
        let id = root.attribute("ID").filter(|id| is_identifier(id)).ok_or(AuthnRequestError::Id)?;
        let owned = |name: &str| root.attribute(name).map(str::to_owned);
        let is_true = |name: &str| matches!(root.attribute(name), Some("true" | "1"));
        Ok(Self {
            id: id.to_owned(),
            issuer: document
                .child_of_root(Namespace::Assertion.uri(), "Issuer")
                .map(|issuer| issuer.text.trim().to_owned()),
            acs_url: owned("AssertionConsumerServiceURL"),
            destination: owned("Destination"),
            force_authn: is_true("ForceAuthn"),
            is_passive: is_true("IsPassive"),
        })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, AuthnRequestError> {
    // Base64 of the largest document, line breaks included.
    if text.len() > 2 * LIMITS.bytes {
        return Err(AuthnRequestError::Base64);
    }
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(dense).map_err(|_| AuthnRequestError::Base64)
}

/// `xs:NCName`, its ASCII part.
fn is_identifier(id: &str) -> bool {
    id.len() <= MAX_ID
        && id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::engine::general_purpose::STANDARD;
    use flate2::{Compression, write::DeflateEncoder};
    use proptest::prelude::*;

    use super::*;

    const ACS: &str = "https://signin.aws.amazon.com/saml";
    const SSO: &str = "https://id.example.org/app/amazon_aws/0oa1/sso/saml";

    fn request(attributes: &str) -> String {
        format!(
            "<samlp:AuthnRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol' Version='2.0' {attributes}>\
             <Issuer xmlns='urn:oasis:names:tc:SAML:2.0:assertion'> urn:sp </Issuer></samlp:AuthnRequest>"
        )
    }

    fn redirect(document: &[u8]) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(document).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    fn post(document: &str) -> Result<AuthnRequest, AuthnRequestError> {
        AuthnRequest::from_post(&STANDARD.encode(document))
    }

    #[test]
    fn both_bindings_read_the_same_request() {
        let document =
            request(&format!("ID='_1.a-B' AssertionConsumerServiceURL='{ACS}' Destination='{SSO}' ForceAuthn='1'"));
        let read = post(&document).unwrap();
        assert_eq!(AuthnRequest::from_redirect(&redirect(document.as_bytes())), Ok(read.clone()));
        assert_eq!(read.issuer.as_deref(), Some("urn:sp"));
        let accepted = AcceptedRequest { id: "_1.a-B".to_owned(), force_authn: true, is_passive: false };
        assert_eq!(read.accept(ACS, &[SSO]), Ok(accepted));
    }

    #[test]
    fn line_breaks_and_missing_padding_are_taken() {
        let text = STANDARD.encode(request("ID='_1' "));
        let text = text.trim_end_matches('=');
        let (head, tail) = text.split_at(76);
        assert!(AuthnRequest::from_post(&format!("{head}\r\n{tail}\n")).is_ok());
    }

    #[test]
    fn an_answer_at_a_foreign_place_is_refused() {
        let wanted = post(&request("ID='_1' AssertionConsumerServiceURL='https://evil.example/acs'")).unwrap();
        let error = wanted.accept(ACS, &[SSO]).unwrap_err();
        assert!(error.to_string().contains("`https://evil.example/acs`"), "{error}");
        let other = post(&request("ID='_1' Destination='https://other.example/sso'")).unwrap();
        assert!(matches!(other.accept(ACS, &[SSO]), Err(AuthnRequestError::Destination(_))));
        assert!(post(&request("ID='_1'")).unwrap().accept(ACS, &[SSO]).is_ok());
    }

    #[test]
    fn what_is_not_a_request_is_refused() {
        assert_eq!(AuthnRequest::from_post("*"), Err(AuthnRequestError::Base64));
        assert_eq!(AuthnRequest::from_redirect(&STANDARD.encode(request("ID='_1'"))), Err(AuthnRequestError::Deflate));
        assert!(matches!(post("<Response/>"), Err(AuthnRequestError::OtherMessage(name)) if name == "Response"));
        assert!(matches!(post("<AuthnRequest Version='2.0' ID='_1'/>"), Err(AuthnRequestError::OtherMessage(_))));
        for id in ["", "ID=''", "ID='1a'", "ID='a b'", "ID='&lt;x'", &format!("ID='{}'", "a".repeat(257))] {
            assert_eq!(post(&request(id)), Err(AuthnRequestError::Id), "{id}");
        }
        let artifact = request("ID='_1' ProtocolBinding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact'");
        assert!(matches!(post(&artifact), Err(AuthnRequestError::Binding(_))));
        assert!(matches!(post(&format!("<!DOCTYPE a>{}", request("ID='_1'"))), Err(AuthnRequestError::Xml(_))));
    }

    #[test]
    fn a_request_that_unpacks_to_a_hundred_megabytes_is_refused_after_a_quarter() {
        assert_eq!(AuthnRequest::from_redirect(&redirect(&vec![b' '; 100 << 20])), Err(AuthnRequestError::Deflate));
    }

    proptest! {
        #[test]
        fn arbitrary_parameters_never_panic(text in "[A-Za-z0-9+/= \\n]{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = AuthnRequest::from_post(&text);
            let _ = AuthnRequest::from_redirect(&text);
            let _ = AuthnRequest::from_post(&STANDARD.encode(&bytes));
            let _ = AuthnRequest::from_redirect(&redirect(&bytes));
        }
    }
}
