//! An agent's key (Ed25519, RFC 8032): made beside the directory, where its private half stays; the server knows the public
//! half alone.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use domain::{Entropy, Secret};
use ports::KeyError;

/// Bytes of a seed and of a public key.
const LENGTH: usize = 32;

/// The private half.
pub struct AgentKey {
    seed: Secret<[u8; LENGTH]>,
    pair: Ed25519KeyPair,
}

impl AgentKey {
    /// A new one.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let mut seed = [0; LENGTH];
        entropy.fill(&mut seed);
        Self::from_seed(&Secret::new(seed))
    }

    /// From the 32 bytes that [`AgentKey::seed`] gave.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn from_seed(seed: &Secret<[u8; LENGTH]>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose())
            .map_err(|error| KeyError::Unusable(format!("an agent's key: {error}")))?;
        Ok(Self { seed: seed.clone(), pair })
    }

    /// What to keep of it.
    pub fn seed(&self) -> &Secret<[u8; LENGTH]> {
        &self.seed
    }

    /// What the server is told: 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// Whether this is the signature of the message by the private half of this key; `false` for whatever is no key.
pub fn is_signed_by(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    public_key.len() == LENGTH && UnparsedPublicKey::new(&ED25519, public_key).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OsEntropy;

    /// RFC 8032 §7.1, test 2.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    #[test]
    fn it_signs_as_the_standard_s_example() {
        let seed: [u8; 32] = hex::decode(SEED).unwrap().try_into().unwrap();
        let key = AgentKey::from_seed(&Secret::new(seed)).unwrap();
        assert_eq!(hex::encode(key.public_key()), PUBLIC);
        assert_eq!(hex::encode(key.sign(&[0x72])), SIGNATURE);
    }

    #[test]
    fn a_signature_is_good_for_its_key_and_message_alone() {
        let (key, other) = (AgentKey::generate(&OsEntropy).unwrap(), AgentKey::generate(&OsEntropy).unwrap());
        let signature = key.sign(b"this");
        assert!(is_signed_by(key.public_key(), b"this", &signature));
        assert!(!is_signed_by(key.public_key(), b"that", &signature));
        assert!(!is_signed_by(other.public_key(), b"this", &signature));
        for nonsense in [&[][..], &[0; 31], &[0; 32], &[0xff; 33]] {
            assert!(!is_signed_by(nonsense, b"this", &signature));
            assert!(!is_signed_by(key.public_key(), b"this", nonsense));
        }
    }

    #[test]
    fn a_kept_key_is_the_same() {
        let key = AgentKey::generate(&OsEntropy).unwrap();
        assert_eq!(AgentKey::from_seed(key.seed()).unwrap().public_key(), key.public_key());
    }
}
