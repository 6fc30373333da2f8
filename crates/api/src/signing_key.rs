//! A signing key of an app as Okta's API writes it: a JSON Web Key (RFC 7517) with its certificate. No private part.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// One signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// When it was made.
    pub created: Timestamp,
    /// When it was made: keys do not change.
    pub last_updated: Timestamp,
    /// The certificate's end.
    pub expires_at: Timestamp,
    /// The certificate, base64 of its DER.
    pub x5c: Vec<String>,
    /// `0sk…`
    pub kid: String,
    /// `RSA`
    pub kty: String,
    /// `sig`
    #[serde(rename = "use")]
    pub key_use: String,
    /// SHA-256 of the certificate, base64url.
    #[serde(rename = "x5t#S256")]
    pub x5t_s256: String,
    /// The public exponent, base64url.
    pub e: String,
    /// The modulus, base64url.
    pub n: String,
    /// Ours: `ACTIVE` signs, `NEXT` is published beside it, `RETIRED` is neither.
    pub status: String,
    /// Ours: `RSA_2048`, `RSA_3072`.
    pub algorithm: String,
}
