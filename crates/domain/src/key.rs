//! Signing keys of an app: the next one is published before it signs, the retired one after.

use std::str::FromStr;

use crate::{
    id::{AppId, KeyId},
    time::Timestamp,
};

/// Where a signing key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// In the metadata, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signed once; no longer published.
    Retired,
}

impl KeyState {
    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "NEXT",
            Self::Active => "ACTIVE",
            Self::Retired => "RETIRED",
        }
    }
}

impl FromStr for KeyState {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        [Self::Next, Self::Active, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == value)
            .ok_or_else(|| format!("`{value}` is not a key state"))
    }
}

/// RSA key sizes that we make. AWS documents RSA with SHA-256 and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyAlgorithm {
    /// RSA, 2,048 bits.
    #[default]
    Rsa2048,
    /// RSA, 3,072 bits.
    Rsa3072,
}

impl KeyAlgorithm {
    /// As the store writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA_2048",
            Self::Rsa3072 => "RSA_3072",
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        match value {
            "RSA_2048" => Ok(Self::Rsa2048),
            "RSA_3072" => Ok(Self::Rsa3072),
            _ => Err(format!("`{value}` is not a key algorithm: `RSA_2048` or `RSA_3072`")),
        }
    }
}

/// Bytes sealed under a master key: useless without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which master key.
    pub master_key_id: String,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

/// One signing key with its certificate; the private half only as [`Sealed`].
#[derive(Debug, Clone, PartialEq)]
pub struct SigningKey {
    /// `kid`.
    pub id: KeyId,
    /// The app it signs for.
    pub app: AppId,
    /// Where it stands.
    pub state: KeyState,
    /// What it is.
    pub algorithm: KeyAlgorithm,
    /// The self-signed certificate, DER.
    pub certificate: Vec<u8>,
    /// PKCS#8, sealed.
    pub private_key: Sealed,
    /// When it was made.
    pub created: Timestamp,
    /// The certificate's end.
    pub not_after: Timestamp,
}
