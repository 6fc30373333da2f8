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
