//! [`ports::Keys`] over a [`Sealer`]: what the use cases see of all keys.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use domain::{
    Entropy, KeyId, Secret, Timestamp,
    key::{KeyAlgorithm, Sealed, SigningKey},
    session::SecretHash,
};
use ports::{KeyError, Keys, NewSigningKey, SealedPurpose, Signer};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{RsaSigner, Sealer, generate_signing_key};

/// More keys than any installation has; beyond it the kept signers are dropped and parsed anew.
const MAX_KEPT_SIGNERS: usize = 256;

struct Kept {
    private_key: Sealed,
    signer: Arc<dyn Signer>,
}

/// Seals, opens, makes and uses keys. Signers are opened and parsed once, then kept.
pub struct KeyRing {
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
    signers: RwLock<HashMap<KeyId, Kept>>,
}

impl KeyRing {
    /// Over these master keys.
    pub fn new(sealer: Sealer, entropy: Arc<dyn Entropy>) -> Self {
        Self { sealer, entropy, signers: RwLock::default() }
    }

    /// The sealer, for the command that rotates the master key.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    fn kept(&self, key: &SigningKey) -> Option<Arc<dyn Signer>> {
        let signers = self.signers.read().unwrap_or_else(PoisonError::into_inner);
        let kept = signers.get(&key.id)?;
        (kept.private_key == key.private_key).then(|| kept.signer.clone())
    }

    fn keep(&self, key: &SigningKey, signer: Arc<dyn Signer>) {
        let mut signers = self.signers.write().unwrap_or_else(PoisonError::into_inner);
        if signers.len() >= MAX_KEPT_SIGNERS {
            signers.clear();
        }
        signers.insert(key.id.clone(), Kept { private_key: key.private_key.clone(), signer });
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KeyRing").field("master_key_id", &self.sealer.current_id()).finish_non_exhaustive()
    }
}

/// A signature by a key that is not in the published certificate would be refused by AWS as `Response signature invalid`.
fn check_pair(signer: &RsaSigner, key: &SigningKey) -> Result<(), KeyError> {
    let (_, certificate) = X509Certificate::from_der(&key.certificate)
        .map_err(|error| KeyError::Unusable(format!("the certificate of `{}` is not X.509: {error}", key.id)))?;
    if *certificate.public_key().subject_public_key.data == *signer.public_key() {
        Ok(())
    } else {
        Err(KeyError::Unusable(format!("the certificate of `{}` belongs to another private key", key.id)))
    }
}

#[async_trait]
impl Keys for KeyRing {
    fn master_key_id(&self) -> String {
        self.sealer.current_id().to_owned()
    }

    fn secret_hash(&self, secret: &str) -> SecretHash {
        crate::secret_hash(secret)
    }

    fn is_signed_by(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        crate::is_signed_by(public_key, message, signature)
    }

    fn seal(&self, plain: &[u8], purpose: &SealedPurpose) -> Result<Sealed, KeyError> {
        self.sealer.seal(plain, &purpose.context())
    }

    fn open(&self, sealed: &Sealed, purpose: &SealedPurpose) -> Result<Secret<Vec<u8>>, KeyError> {
        self.sealer.open(sealed, &purpose.context())
    }

    async fn make_signing_key(
        &self,
        id: &KeyId,
        algorithm: KeyAlgorithm,
        common_name: &str,
        now: Timestamp,
        validity_years: u32,
    ) -> Result<NewSigningKey, KeyError> {
        let (entropy, common_name) = (self.entropy.clone(), common_name.to_owned());
        let made = tokio::task::spawn_blocking(move || {
            generate_signing_key(algorithm, &common_name, now, validity_years, entropy.as_ref())
        })
        .await
        .map_err(|error| KeyError::Failed(format!("making a signing key: {error}")))??;
        let private_key = self.seal(made.private_key.expose(), &SealedPurpose::SigningKey(id.clone()))?;
        Ok(NewSigningKey { certificate: made.certificate, private_key, not_after: made.not_after })
    }

    fn signer(&self, key: &SigningKey) -> Result<Arc<dyn Signer>, KeyError> {
        if let Some(signer) = self.kept(key) {
            return Ok(signer);
        }
        let private_key = self.open(&key.private_key, &SealedPurpose::SigningKey(key.id.clone()))?;
        let signer = RsaSigner::from_pkcs8(&private_key)?;
        check_pair(&signer, key)?;
        let signer: Arc<dyn Signer> = Arc::new(signer);
        self.keep(key, signer.clone());
        Ok(signer)
    }
}

#[cfg(test)]
mod tests {
    use domain::{AppId, key::KeyState};

    use super::*;
    use crate::{MasterKey, OsEntropy};

    fn ring() -> KeyRing {
        KeyRing::new(Sealer::new(MasterKey::generate(&OsEntropy), Vec::new()), Arc::new(OsEntropy))
    }

    async fn signing_key(ring: &KeyRing) -> SigningKey {
        let (id, now) = (KeyId::generate(&OsEntropy), Timestamp::from_millis(1_795_324_200_000));
        let made = ring.make_signing_key(&id, KeyAlgorithm::Rsa2048, "Rolegate", now, 10).await.unwrap();
        SigningKey {
            id,
            app: AppId::generate(&OsEntropy),
            state: KeyState::Active,
            algorithm: KeyAlgorithm::Rsa2048,
            certificate: made.certificate,
            private_key: made.private_key,
            created: now,
            not_after: made.not_after,
        }
    }

    #[tokio::test]
    async fn a_made_key_signs_and_its_signer_is_parsed_once() {
        let ring = ring();
        let key = signing_key(&ring).await;
        let signer = ring.signer(&key).unwrap();
        assert_eq!(signer.sign(b"x").unwrap().len(), 256);
        assert!(Arc::ptr_eq(&signer, &ring.signer(&key).unwrap()));
    }

    #[tokio::test]
    async fn a_certificate_of_another_key_is_refused_before_anything_is_signed() {
        let ring = ring();
        let (key, other) = (signing_key(&ring).await, signing_key(&ring).await);
        let swapped = SigningKey { certificate: other.certificate, ..key.clone() };
        assert!(matches!(ring.signer(&swapped), Err(KeyError::Unusable(_))));
        let moved = SigningKey { private_key: other.private_key, ..key };
        assert!(matches!(ring.signer(&moved), Err(KeyError::Tampered(_))));
    }

    #[tokio::test]
    async fn a_key_sealed_elsewhere_names_both_master_keys() {
        let (ours, theirs) = (ring(), ring());
        let key = signing_key(&theirs).await;
        assert!(matches!(ours.signer(&key), Err(KeyError::OtherMasterKey { needed, configured })
            if needed == theirs.master_key_id() && configured == ours.master_key_id()));
    }
}
