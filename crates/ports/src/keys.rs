//! Keys and passwords: sealing, signing keys, signatures, password hashing.

use async_trait::async_trait;
use domain::{
    Secret, Timestamp,
    key::{KeyAlgorithm, Sealed, SigningKey},
};

/// Why a key could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Sealed under a master key that is not configured.
    #[error("sealed under master key `{needed}`, but the configured one is `{configured}`")]
    OtherMasterKey {
        /// Named in the sealed value.
        needed: String,
        /// Configured.
        configured: String,
    },
    /// Sealed bytes were changed, or belong to something else.
    #[error("a sealed value cannot be opened: it was changed or copied from another record ({0})")]
    Tampered(String),
    /// A stored key or certificate is not one.
    #[error("a stored key cannot be used: {0}")]
    Unusable(String),
    /// The cryptographic library refused.
    #[error("the key operation failed: {0}")]
    Failed(String),
}

/// What is sealed; bound into the seal, so that a sealed value works in its own place only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedPurpose {
    /// A signing key, by its id.
    SigningKey(domain::KeyId),
    /// The secret access key of an app's source account.
    SourceSecret(domain::AppId, domain::Partition),
    /// The bind password of a directory.
    DirectoryBind(domain::DirectoryId),
}

impl SealedPurpose {
    /// `signing-key:0sk…`, `source-secret:0oa…:aws`, `directory-bind:0di…`: the seal's context, and its name in the store.
    pub fn context(&self) -> String {
        match self {
            Self::SigningKey(id) => format!("signing-key:{id}"),
            Self::SourceSecret(app, partition) => format!("source-secret:{app}:{partition}"),
            Self::DirectoryBind(directory) => format!("directory-bind:{directory}"),
        }
    }
}

/// A signing key just made.
#[derive(Debug)]
pub struct NewSigningKey {
    /// The self-signed certificate, DER.
    pub certificate: Vec<u8>,
    /// PKCS#8, sealed for [`SealedPurpose::SigningKey`].
    pub private_key: Sealed,
    /// The certificate's end.
    pub not_after: Timestamp,
}

/// Signs with one private key. RSA with SHA-256; a quarter of a millisecond, so it is not worth another thread.
pub trait Signer: Send + Sync {
    /// PKCS#1 v1.5 signature over SHA-256 of `data`.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Seals, opens and makes keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// SHA-256 of a random secret (cookie, token): what is stored instead of it.
    fn secret_hash(&self, secret: &str) -> domain::session::SecretHash;
    /// Whether an Ed25519 signature of the message is by this key (32 bytes); `false` for whatever is no key.
    fn is_signed_by(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool;
    /// The id of the configured master key.
    fn master_key_id(&self) -> String;
    /// Seals bytes under the configured master key.
    fn seal(&self, plain: &[u8], purpose: &SealedPurpose) -> Result<Sealed, KeyError>;
    /// Opens what was sealed for this purpose.
    fn open(&self, sealed: &Sealed, purpose: &SealedPurpose) -> Result<Secret<Vec<u8>>, KeyError>;
    /// Makes an RSA key and its certificate (common name, valid from `now` for so many years), on a thread for long work.
    async fn make_signing_key(
        &self,
        id: &domain::KeyId,
        algorithm: KeyAlgorithm,
        common_name: &str,
        now: Timestamp,
        validity_years: u32,
    ) -> Result<NewSigningKey, KeyError>;
    /// The signer of a stored key; parsed once and kept.
    fn signer(&self, key: &SigningKey) -> Result<std::sync::Arc<dyn Signer>, KeyError>;
}

/// What a password check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// Right; hashed with today's parameters.
    Right,
    /// Right, but hashed with older parameters: hash it anew.
    RightButOutdated,
    /// Wrong.
    Wrong,
}

/// Why a password is not taken, or cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short, too long, too easy to guess. The text says which and what would help.
    #[error("{0}")]
    Weak(String),
    /// The hashing itself failed, or a stored hash is none.
    #[error("the password could not be processed: {0}")]
    Failed(String),
}

/// Hashes and checks passwords away from the async threads, a bounded number at once.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Whether it is long and strong enough; `inputs` are words it must not be made of (login, names).
    fn check_strength(&self, password: &Secret<String>, inputs: &[&str]) -> Result<(), PasswordError>;
    /// A PHC string.
    async fn hash(&self, password: &Secret<String>) -> Result<String, PasswordError>;
    /// Compares with a PHC string; with `None` (unknown user) it takes as long and answers `Wrong`.
    async fn verify(&self, password: &Secret<String>, hash: Option<&str>) -> Result<PasswordVerdict, PasswordError>;
}
