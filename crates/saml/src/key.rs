//! Signing with an RSA key in memory. Keys elsewhere (a hardware module, a key service) sign through the same function
//! shape: bytes in, PKCS#1 v1.5 signature with SHA-256 out.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key that we sign with.
    #[error("this is not an RSA private key of 2,048 to 8,192 bits in PKCS#8 DER: {0}")]
    Unusable(String),
    /// The library refused to sign.
    #[error("the RSA signature failed")]
    Failed,
}

/// An RSA private key, parsed once. A signature with 2,048 bits costs about a quarter of a millisecond.
#[derive(Debug)]
pub struct RsaSigner {
    key: KeyPair,
}

impl RsaSigner {
    /// Reads a PKCS#8 key (RFC 5208), DER, not encrypted.
    ///
    /// # Errors
    /// When it is none, is not RSA, or has fewer than 2,048 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(der).map(|key| Self { key }).map_err(|error| KeyError::Unusable(error.to_string()))
    }

    /// PKCS#1 v1.5 signature over SHA-256 of `data`, as long as the key's modulus.
    ///
    /// # Errors
    /// When the library refuses, which it has no known reason to.
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
            .map(|()| signature)
            .map_err(|_| KeyError::Failed)
    }

    /// The public key as RFC 8017 `RSAPublicKey`, DER: what the certificate must hold.
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer as _,
        rsa::KeySize,
        signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
    };

    use super::*;

    #[test]
    fn a_signature_verifies_with_the_public_key_and_is_as_long_as_the_modulus() {
        for (size, bytes) in [(KeySize::Rsa2048, 256), (KeySize::Rsa3072, 384)] {
            let key = KeyPair::generate(size).unwrap();
            let signer = RsaSigner::from_pkcs8(key.as_der().unwrap().as_ref()).unwrap();
            let signature = signer.sign(b"data").unwrap();
            assert_eq!(signature.len(), bytes);
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, signer.public_key());
            assert!(public.verify(b"data", &signature).is_ok());
            assert!(public.verify(b"other", &signature).is_err());
        }
    }

    #[test]
    fn bytes_that_are_no_key_are_refused_with_what_is_expected() {
        let error = RsaSigner::from_pkcs8(b"-----BEGIN PRIVATE KEY-----").unwrap_err();
        assert!(error.to_string().contains("PKCS#8 DER"), "{error}");
    }
}
