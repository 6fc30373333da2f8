//! Keys that protect nothing: sealing is writing it down, signing is a checksum.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    KeyId, Secret, Timestamp,
    key::{KeyAlgorithm, Sealed, SigningKey},
    session::SecretHash,
};
use ports::{KeyError, Keys, NewSigningKey, SealedPurpose, Signer};

/// **Insecure.** Sealed values are readable, signatures verify nowhere; but a value opens only for its own purpose and
/// master key, as with real ones.
#[derive(Debug, Clone)]
pub struct FakeKeys {
    master_key_id: String,
}

impl FakeKeys {
    /// With the master key `fake-master-key`.
    pub fn new() -> Self {
        Self::with_master_key("fake-master-key")
    }

    /// With a master key of this id: values sealed under another one do not open.
    pub fn with_master_key(id: &str) -> Self {
        Self { master_key_id: id.to_owned() }
    }
}

impl Default for FakeKeys {
    fn default() -> Self {
        Self::new()
    }
}

/// 32 bytes that depend on the data; no cryptography.
fn checksum(data: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (number, piece) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (number, data).hash(&mut hasher);
        piece.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    bytes
}

#[async_trait]
impl Keys for FakeKeys {
    fn secret_hash(&self, secret: &str) -> SecretHash {
        checksum(secret.as_bytes())
    }

    /// A signature is the checksum of key and message.
    fn is_signed_by(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        signature == checksum(&[public_key, message].concat())
    }

    fn master_key_id(&self) -> String {
        self.master_key_id.clone()
    }

    fn seal(&self, plain: &[u8], purpose: &SealedPurpose) -> Result<Sealed, KeyError> {
        let mut bytes = format!("{}\n", purpose.context()).into_bytes();
        bytes.extend_from_slice(plain);
        Ok(Sealed { master_key_id: self.master_key_id.clone(), bytes })
    }

    fn open(&self, sealed: &Sealed, purpose: &SealedPurpose) -> Result<Secret<Vec<u8>>, KeyError> {
        if sealed.master_key_id != self.master_key_id {
            let (needed, configured) = (sealed.master_key_id.clone(), self.master_key_id.clone());
            return Err(KeyError::OtherMasterKey { needed, configured });
        }
        let context = format!("{}\n", purpose.context());
        let plain = sealed.bytes.strip_prefix(context.as_bytes());
        plain.map(|plain| Secret::new(plain.to_vec())).ok_or_else(|| KeyError::Tampered(purpose.context()))
    }

    async fn make_signing_key(
        &self,
        id: &KeyId,
        algorithm: KeyAlgorithm,
        common_name: &str,
        now: Timestamp,
        validity_years: u32,
    ) -> Result<NewSigningKey, KeyError> {
        let certificate = format!("fake {} certificate of {common_name} ({id})", algorithm.as_str());
        Ok(NewSigningKey {
            certificate: certificate.into_bytes(),
            private_key: self.seal(b"fake private key", &SealedPurpose::SigningKey(id.clone()))?,
            not_after: now.plus_seconds(i64::from(validity_years) * 365 * 86_400),
        })
    }

    fn signer(&self, key: &SigningKey) -> Result<Arc<dyn Signer>, KeyError> {
        self.open(&key.private_key, &SealedPurpose::SigningKey(key.id.clone()))?;
        Ok(Arc::new(FakeSigner))
    }
}

struct FakeSigner;

impl Signer for FakeSigner {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        // As long as a signature of RSA-2048.
        Ok(checksum(data).repeat(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_sealed_value_opens_for_its_own_purpose_and_master_key_alone() {
        let keys = FakeKeys::new();
        let purpose = SealedPurpose::SigningKey(sample::key_id("one"));
        let sealed = keys.seal(b"x", &purpose).unwrap();
        assert_eq!(keys.open(&sealed, &purpose).unwrap().expose(), b"x");
        let other = SealedPurpose::SigningKey(sample::key_id("two"));
        assert!(matches!(keys.open(&sealed, &other), Err(KeyError::Tampered(_))));
        let stranger = FakeKeys::with_master_key("other");
        assert!(matches!(stranger.open(&sealed, &purpose), Err(KeyError::OtherMasterKey { .. })));
    }
}
