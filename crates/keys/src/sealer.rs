//! Sealing: AES-256-GCM under the master key, with the purpose bound in, so that a sealed value moved to another
//! record does not open there.
//!
//! Layout of [`Sealed::bytes`]: 12-byte random nonce, ciphertext, 16-byte tag. A random nonce is safe for about 2^32
//! seals under one key (NIST SP 800-38D §8.3); we seal a few keys a year.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use domain::{Secret, key::Sealed};
use ports::KeyError;
use zeroize::Zeroizing;

use crate::MasterKey;

/// Seals under the current master key; opens what it or an older one sealed.
#[derive(Debug, Clone)]
pub struct Sealer {
    current: MasterKey,
    older: Vec<MasterKey>,
}

impl Sealer {
    /// With the keys that a rotation left behind in `older`, until everything is sealed anew.
    pub fn new(current: MasterKey, older: Vec<MasterKey>) -> Self {
        Self { current, older }
    }

    /// The id of the key that seals.
    pub fn current_id(&self) -> &str {
        self.current.id()
    }

    /// Seals `plain` for `context` (such as `signing-key:0sk…`).
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the library refuses.
    pub fn seal(&self, plain: &[u8], context: &str) -> Result<Sealed, KeyError> {
        let refused = |_| KeyError::Failed(format!("sealing `{context}` under master key `{}`", self.current.id()));
        let mut body = Zeroizing::new(plain.to_vec());
        let nonce = cipher(&self.current)
            .and_then(|key| key.seal_in_place_append_tag(additional_data(&self.current, context), &mut *body))
            .map_err(refused)?;
        let bytes = nonce.as_ref().iter().chain(body.iter()).copied().collect();
        Ok(Sealed { master_key_id: self.current.id().to_owned(), bytes })
    }

    /// Opens what was sealed for the same `context`.
    ///
    /// # Errors
    /// [`KeyError::OtherMasterKey`] when its master key is not among ours, [`KeyError::Tampered`] when a bit or the
    /// context differs.
    pub fn open(&self, sealed: &Sealed, context: &str) -> Result<Secret<Vec<u8>>, KeyError> {
        let key = self.key(&sealed.master_key_id).ok_or_else(|| KeyError::OtherMasterKey {
            needed: sealed.master_key_id.clone(),
            configured: self.current.id().to_owned(),
        })?;
        let tampered = || KeyError::Tampered(context.to_owned());
        let (nonce, body) = sealed.bytes.split_at_checked(NONCE_LEN).ok_or_else(tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| tampered())?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = cipher(key)
            .and_then(|cipher| cipher.open_in_place(nonce, additional_data(key, context), &mut body))
            .map_err(|_| tampered())?;
        Ok(Secret::new(plain.to_vec()))
    }

    /// The same content under the current master key; `None` when it is there already. A rotation of the master key
    /// does this to every sealed value, in one transaction.
    ///
    /// # Errors
    /// As [`Sealer::open`] and [`Sealer::seal`].
    pub fn reseal(&self, sealed: &Sealed, context: &str) -> Result<Option<Sealed>, KeyError> {
        if sealed.master_key_id == self.current.id() {
            return Ok(None);
        }
        let plain = self.open(sealed, context)?;
        self.seal(plain.expose(), context).map(Some)
    }

    fn key(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current).chain(&self.older).find(|key| key.id() == id)
    }
}

fn cipher(key: &MasterKey) -> Result<RandomizedNonceKey, aws_lc_rs::error::Unspecified> {
    RandomizedNonceKey::new(&AES_256_GCM, key.bytes())
}

fn additional_data(key: &MasterKey, context: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("rolegate seal 1\0{}\0{context}", key.id()).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OsEntropy;

    fn sealer() -> Sealer {
        Sealer::new(MasterKey::generate(&OsEntropy), Vec::new())
    }

    #[test]
    fn what_was_sealed_opens_and_two_seals_of_the_same_differ() {
        let ours = sealer();
        for plain in [b"".as_slice(), b"secret", &[7; 5000]] {
            let sealed = ours.seal(plain, "signing-key:a").unwrap();
            assert_eq!(sealed.bytes.len(), plain.len() + 28);
            assert_eq!(ours.open(&sealed, "signing-key:a").unwrap().expose(), plain);
            assert_ne!(sealed, ours.seal(plain, "signing-key:a").unwrap());
        }
    }

    #[test]
    fn one_changed_bit_anywhere_is_noticed() {
        let ours = sealer();
        let sealed = ours.seal(b"secret", "a").unwrap();
        for position in 0..sealed.bytes.len() {
            let mut forged = sealed.clone();
            forged.bytes[position] ^= 1;
            assert!(matches!(ours.open(&forged, "a"), Err(KeyError::Tampered(_))), "byte {position}");
        }
        for length in 0..sealed.bytes.len() {
            let cut = Sealed { bytes: sealed.bytes[..length].to_vec(), ..sealed.clone() };
            assert!(matches!(ours.open(&cut, "a"), Err(KeyError::Tampered(_))), "{length} bytes");
        }
    }

    #[test]
    fn a_value_sealed_for_one_purpose_does_not_open_for_another() {
        let ours = sealer();
        let sealed = ours.seal(b"secret", "signing-key:a").unwrap();
        assert_eq!(ours.open(&sealed, "signing-key:b").unwrap_err(), KeyError::Tampered("signing-key:b".to_owned()));
    }

    #[test]
    fn another_master_key_is_named_with_ours() {
        let (ours, theirs) = (sealer(), sealer());
        let sealed = theirs.seal(b"secret", "a").unwrap();
        let error = ours.open(&sealed, "a").unwrap_err().to_string();
        assert!(error.contains(ours.current_id()) && error.contains(theirs.current_id()), "{error}");
        let mut relabelled = sealed;
        relabelled.master_key_id = ours.current_id().to_owned();
        assert!(matches!(ours.open(&relabelled, "a"), Err(KeyError::Tampered(_))));
    }

    #[test]
    fn after_a_rotation_old_values_open_and_are_sealed_anew_once() {
        let old_key = MasterKey::generate(&OsEntropy);
        let sealed = Sealer::new(old_key.clone(), Vec::new()).seal(b"secret", "a").unwrap();
        let rotated = Sealer::new(MasterKey::generate(&OsEntropy), vec![old_key]);
        assert_eq!(rotated.open(&sealed, "a").unwrap().expose(), b"secret");
        let anew = rotated.reseal(&sealed, "a").unwrap().unwrap();
        assert_eq!(anew.master_key_id, rotated.current_id());
        assert_eq!(rotated.open(&anew, "a").unwrap().expose(), b"secret");
        assert_eq!(rotated.reseal(&anew, "a").unwrap(), None);
    }
}
