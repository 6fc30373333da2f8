//! From a draft to what is posted, in steps that hold no private key.
//!
//! ```text
//! Unsigned ── signed_info() → [key] → attach() ──► AssertionSigned ── finish() ───────────────────────► SignedResponse
//!                                                        └── sign_response() → [key] → attach() ──────────►
//! ```
//! Each step gives the bytes to be signed and takes the signature: the key may be in memory, in a hardware module or
//! behind a network. One signature costs one private-key operation. [`Unsigned::sign`] walks the whole way with a
//! function.

use std::error::Error;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::app::ResponseSignature;

use crate::{
    assertion::{self, Pieces},
    certificate::Certificate,
    response::AwsResponse,
    signature::SignedInfo,
    xml::write::IllegalCharacter,
};

/// Why no signed response came out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError<E: Error + 'static> {
    /// A value cannot be written in XML.
    #[error(transparent)]
    Illegal(#[from] IllegalCharacter),
    /// The key refused.
    #[error("the response could not be signed: {0}")]
    Sign(#[source] E),
}

/// A written response without signatures.
#[derive(Debug)]
pub struct Unsigned {
    pieces: Pieces,
    response_id: String,
    signed_info: SignedInfo,
}

impl Unsigned {
    /// Writes the response and hashes its assertion.
    ///
    /// # Errors
    /// When a value holds a character that XML cannot hold.
    pub fn prepare(response: &AwsResponse) -> Result<Self, IllegalCharacter> {
        let pieces = assertion::write(response)?;
        let signed_info =
            SignedInfo::about(&response.ids.assertion, &[&pieces.assertion_head, &pieces.assertion_tail])?;
        Ok(Self { pieces, response_id: response.ids.response.clone(), signed_info })
    }

    /// What the key signs (RSA PKCS#1 v1.5, SHA-256) for the assertion.
    pub fn signed_info(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// Puts the assertion's signature in its place.
    #[must_use]
    pub fn attach(self, signature: &[u8], certificate: &Certificate) -> AssertionSigned {
        let assertion_signature = self.signed_info.signature(signature, certificate);
        AssertionSigned { pieces: self.pieces, response_id: self.response_id, assertion_signature }
    }

    /// Walks all steps with `sign`, which is called once or twice.
    ///
    /// # Errors
    /// What `sign` answers.
    pub fn sign<E: Error + 'static>(
        self,
        certificate: &Certificate,
        kind: ResponseSignature,
        mut sign: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<SignedResponse, BuildError<E>> {
        let signature = sign(self.signed_info()).map_err(BuildError::Sign)?;
        let signed = self.attach(&signature, certificate);
        match kind {
            ResponseSignature::AssertionOnly => Ok(signed.finish()),
            ResponseSignature::ResponseToo => {
                let response = signed.sign_response()?;
                let signature = sign(response.signed_info()).map_err(BuildError::Sign)?;
                Ok(response.attach(&signature, certificate))
            }
        }
    }

    /// The characters of the base64 text that will be posted, before anything is signed: what AWS limits.
    /// `signature_bytes` is the length of the key's modulus (256 with RSA-2048).
    pub fn encoded_len(&self, certificate: &Certificate, kind: ResponseSignature, signature_bytes: usize) -> usize {
        let signature = self.signed_info.signature(&vec![0; signature_bytes], certificate).len();
        // The two signatures differ in nothing but values of the same length.
        let signatures = match kind {
            ResponseSignature::AssertionOnly => signature,
            ResponseSignature::ResponseToo => 2 * signature,
        };
        let pieces = &self.pieces;
        let unsigned = [
            &pieces.response_head,
            &pieces.status,
            &pieces.assertion_head,
            &pieces.assertion_tail,
            &pieces.response_tail,
        ];
        let bytes: usize = unsigned.iter().map(|piece| piece.len()).sum();
        (bytes + signatures).div_ceil(3) * 4
    }

    /// The response for an administrator's eyes: one element a line, indented, **without signatures**, so that looking
    /// at what a person would send does not hand out that person's way in.
    pub fn preview(&self) -> String {
        let pieces = &self.pieces;
        indent(
            &[
                pieces.response_head.as_str(),
                &pieces.status,
                &pieces.assertion_head,
                &pieces.assertion_tail,
                &pieces.response_tail,
            ]
            .concat(),
        )
    }
}

/// A response whose assertion is signed.
#[derive(Debug)]
pub struct AssertionSigned {
    pieces: Pieces,
    response_id: String,
    assertion_signature: String,
}

impl AssertionSigned {
    /// Done: the assertion alone is signed.
    #[must_use]
    pub fn finish(self) -> SignedResponse {
        assemble(&self.pieces, "", &self.assertion_signature)
    }

    /// Hashes the response around the signed assertion.
    ///
    /// # Errors
    /// None that [`Unsigned::prepare`] would not have met.
    pub fn sign_response(self) -> Result<ResponseToSign, IllegalCharacter> {
        let pieces = &self.pieces;
        let canonical = [
            pieces.response_head.as_str(),
            &pieces.status,
            &pieces.assertion_head,
            &self.assertion_signature,
            &pieces.assertion_tail,
            &pieces.response_tail,
        ];
        let signed_info = SignedInfo::about(&self.response_id, &canonical)?;
        Ok(ResponseToSign { signed: self, signed_info })
    }
}

/// A response whose assertion is signed and that waits for its own signature.
#[derive(Debug)]
pub struct ResponseToSign {
    signed: AssertionSigned,
    signed_info: SignedInfo,
}

impl ResponseToSign {
    /// What the key signs for the response.
    pub fn signed_info(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// Puts the response's signature in its place.
    #[must_use]
    pub fn attach(self, signature: &[u8], certificate: &Certificate) -> SignedResponse {
        let response_signature = self.signed_info.signature(signature, certificate);
        assemble(&self.signed.pieces, &response_signature, &self.signed.assertion_signature)
    }
}

fn assemble(pieces: &Pieces, response_signature: &str, assertion_signature: &str) -> SignedResponse {
    SignedResponse {
        xml: [
            pieces.response_head.as_str(),
            response_signature,
            &pieces.status,
            &pieces.assertion_head,
            assertion_signature,
            &pieces.assertion_tail,
            &pieces.response_tail,
        ]
        .concat(),
    }
}

/// What is posted. It lets its bearer in for five minutes: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedResponse {
    xml: String,
}

impl SignedResponse {
    /// The document, in exclusive canonical form.
    pub fn xml(&self) -> &str {
        &self.xml
    }

    /// `SAMLResponse`: the document in base64 without line breaks (SAML bindings §3.5.4).
    pub fn encoded(&self) -> String {
        STANDARD.encode(&self.xml)
    }

    /// Characters of [`SignedResponse::encoded`].
    pub fn encoded_len(&self) -> usize {
        self.xml.len().div_ceil(3) * 4
    }
}

impl std::fmt::Debug for SignedResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SignedResponse({} bytes)", self.xml.len())
    }
}

/// Breaks canonical text after each element. Safe by text alone: `<` is escaped wherever it begins no tag.
fn indent(canonical: &str) -> String {
    let mut out = String::with_capacity(canonical.len() * 3 / 2);
    let mut depth = 0_usize;
    let mut just_opened = true;
    for tag in canonical.trim_start_matches('<').trim_end_matches('>').split("><") {
        let closes = tag.starts_with('/');
        if closes {
            depth = depth.saturating_sub(1);
        }
        let stays_on_line = out.is_empty() || (closes && just_opened);
        if !stays_on_line {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
        for piece in ["<", tag, ">"] {
            out.push_str(piece);
        }
        just_opened = !closes && !tag.contains("</");
        depth += usize::from(just_opened);
    }
    out
}
