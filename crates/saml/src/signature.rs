//! The XML signature around one element: RSA-SHA256 over exclusive canonical XML, enveloped, one reference.
//!
//! AWS documents nothing else, so nothing else is written (XML Signature 1.1 §4; SAML core §5.4).

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    certificate::Certificate,
    xml::{
        name::{Namespace, ds},
        write::{IllegalCharacter, Writer},
    },
};

const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const DIGEST_SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// What the private key signs: the canonical form of `ds:SignedInfo` on its own.
#[derive(Debug)]
pub(crate) struct SignedInfo(String);

impl SignedInfo {
    /// About the element with the XML identifier `id`, whose canonical form is `pieces` one after the other.
    pub(crate) fn about(id: &str, pieces: &[&str]) -> Result<Self, IllegalCharacter> {
        let mut hash = Context::new(&SHA256);
        for piece in pieces {
            hash.update(piece.as_bytes());
        }
        let digest = STANDARD.encode(hash.finish());
        let reference = format!("#{id}");
        let mut writer = Writer::with_capacity(1_024);
        writer.open(ds("SignedInfo"), &mut []);
        writer.leaf(ds("CanonicalizationMethod"), &mut [("Algorithm", EXCLUSIVE_C14N)], "");
        writer.leaf(ds("SignatureMethod"), &mut [("Algorithm", RSA_SHA256)], "");
        writer.open(ds("Reference"), &mut [("URI", &reference)]);
        writer.open(ds("Transforms"), &mut []);
        writer.leaf(ds("Transform"), &mut [("Algorithm", ENVELOPED)], "");
        writer.leaf(ds("Transform"), &mut [("Algorithm", EXCLUSIVE_C14N)], "");
        writer.close();
        writer.leaf(ds("DigestMethod"), &mut [("Algorithm", DIGEST_SHA256)], "");
        writer.leaf(ds("DigestValue"), &mut [], &digest);
        writer.finish().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The `ds:Signature` element. Inside it, `ds:SignedInfo` does not declare its namespace again: canonicalising it
    /// alone brings the declaration back.
    pub(crate) fn signature(&self, signature: &[u8], certificate: &Certificate) -> String {
        let namespace = Namespace::Signature.uri();
        let declaration = format!(" xmlns:ds=\"{namespace}\"");
        let signed_info = self.0.replacen(&declaration, "", 1);
        let value = STANDARD.encode(signature);
        let certificate = certificate.base64();
        [
            "<ds:Signature",
            &declaration,
            ">",
            &signed_info,
            "<ds:SignatureValue>",
            &value,
            "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
            certificate,
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        ]
        .concat()
    }
}
