//! Password "hashing" that takes no time and hides nothing.

use async_trait::async_trait;
use domain::Secret;
use ports::{PasswordError, PasswordVerdict, Passwords};

const TODAY: &str = "$fake$";
const FORMERLY: &str = "$fake-old$";

/// **Insecure.** The hash is the password with a prefix. Twelve characters are strong enough.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakePasswords;

impl FakePasswords {
    /// The stored hash of a password.
    pub fn hash_of(password: &str) -> String {
        format!("{TODAY}{password}")
    }

    /// A stored hash made with older parameters: right, but to be made anew.
    pub fn outdated_hash_of(password: &str) -> String {
        format!("{FORMERLY}{password}")
    }
}

#[async_trait]
impl Passwords for FakePasswords {
    fn check_strength(&self, password: &Secret<String>, inputs: &[&str]) -> Result<(), PasswordError> {
        let password = password.expose();
        if password.chars().count() < 12 {
            Err(PasswordError::Weak("a password has at least 12 characters".to_owned()))
        } else if inputs.iter().any(|input| input == password) {
            Err(PasswordError::Weak("a password is not the login".to_owned()))
        } else {
            Ok(())
        }
    }

    async fn hash(&self, password: &Secret<String>) -> Result<String, PasswordError> {
        Ok(Self::hash_of(password.expose()))
    }

    async fn verify(&self, password: &Secret<String>, hash: Option<&str>) -> Result<PasswordVerdict, PasswordError> {
        let Some(hash) = hash else { return Ok(PasswordVerdict::Wrong) };
        let (stored, right) = match (hash.strip_prefix(TODAY), hash.strip_prefix(FORMERLY)) {
            (Some(stored), _) => (stored, PasswordVerdict::Right),
            (None, Some(stored)) => (stored, PasswordVerdict::RightButOutdated),
            (None, None) => return Err(PasswordError::Failed("not a fake hash".to_owned())),
        };
        Ok(if stored == password.expose() { right } else { PasswordVerdict::Wrong })
    }
}
