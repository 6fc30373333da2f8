//! Password hashes: argon2id with the parameters of OWASP's first choice (19 MiB, two passes, one lane), as PHC
//! strings, so that a stored hash says how it was made and can be renewed when the parameters change.
//!
//! One hash takes 19 MiB and some 20 ms of a core, so it runs away from the async threads and only a bounded number at
//! once ([`Slots`]): a flood of sign-ins waits in line instead of taking the memory of the machine.

use std::{num::NonZeroUsize, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use async_trait::async_trait;
use domain::{Entropy, Secret};
use ports::{PasswordError, PasswordVerdict, Passwords};

use crate::{
    OsEntropy, check_strength,
    password_slots::{Memory, Slots},
};

/// How costly a hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashCost {
    /// 19,456 KiB, 2 passes, 1 lane.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// [`Passwords`] with argon2id.
#[derive(Debug, Clone)]
pub struct Argon2Passwords {
    slots: Slots,
    argon2: Argon2<'static>,
    nobody: Arc<str>,
}

impl Argon2Passwords {
    /// `at_once`: how many run at the same time; the number of cores when absent.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when argon2 does not take the cost.
    pub fn new(cost: HashCost, at_once: Option<NonZeroUsize>) -> Result<Self, PasswordError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(failed)?;
        let slots = at_once.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let nobody = nobodys_hash(&params)?.to_string().into();
        let slots = Slots::new(slots, params.clone());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self { slots, argon2, nobody })
    }
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

/// A hash that no known password has: checking against it costs what checking against a real one costs.
fn nobodys_hash(params: &Params) -> Result<PasswordHash, PasswordError> {
    let (mut salt, mut output) = ([0; 16], [0; Params::DEFAULT_OUTPUT_LEN]);
    OsEntropy.fill(&mut salt);
    OsEntropy.fill(&mut output);
    phc(params, &salt, &output)
}

/// A hash with the parameters of today, as it is stored.
fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Result<PasswordHash, PasswordError> {
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(failed)?,
        salt: Some(Salt::new(salt).map_err(failed)?),
        hash: Some(Output::new(output).map_err(failed)?),
    })
}

fn hash(argon2: &Argon2<'_>, memory: &mut Memory, password: &str) -> Result<PasswordHash, PasswordError> {
    let (mut salt, mut output) = ([0; 16], [0; Params::DEFAULT_OUTPUT_LEN]);
    OsEntropy.fill(&mut salt);
    let blocks = memory.blocks(argon2.params());
    argon2.hash_password_into_with_memory(password.as_bytes(), &salt, &mut output, blocks).map_err(failed)?;
    phc(argon2.params(), &salt, &output)
}

fn verify(
    argon2: &Argon2<'_>,
    memory: &mut Memory,
    password: &str,
    stored: &str,
) -> Result<PasswordVerdict, PasswordError> {
    let stored = PasswordHash::new(stored).map_err(|error| failed(format!("the stored hash is none: {error}")))?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(failed("the stored hash is cut off"));
    };
    // With the parameters that it was made with, which may be older ones.
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(failed)?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).map_err(failed)?;
    let params = Params::try_from(&stored).map_err(failed)?;
    let mut output = vec![0; expected.len()];
    let blocks = memory.blocks(&params);
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, blocks)
        .map_err(failed)?;
    // `Output` compares in constant time.
    Ok(if Output::new(&output).map_err(failed)? != *expected {
        PasswordVerdict::Wrong
    } else if is_current(argon2, &stored) {
        PasswordVerdict::Right
    } else {
        PasswordVerdict::RightButOutdated
    })
}

fn is_current(argon2: &Argon2<'_>, stored: &PasswordHash) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && Params::try_from(stored).is_ok_and(|params| cost(&params) == cost(argon2.params()))
        && stored.hash.as_ref().is_some_and(|output| output.len() >= Params::DEFAULT_OUTPUT_LEN)
        && stored.salt.as_ref().is_some_and(|salt| salt.len() >= 16)
}

#[async_trait]
impl Passwords for Argon2Passwords {
    fn check_strength(&self, password: &Secret<String>, inputs: &[&str]) -> Result<(), PasswordError> {
        check_strength(password, inputs).map_err(|weak| PasswordError::Weak(weak.to_string()))
    }

    async fn hash(&self, password: &Secret<String>) -> Result<String, PasswordError> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.slots.run(move |memory| Ok(hash(&argon2, memory, password.expose())?.to_string())).await
    }

    async fn verify(&self, password: &Secret<String>, stored: Option<&str>) -> Result<PasswordVerdict, PasswordError> {
        let (argon2, password, known) = (self.argon2.clone(), password.clone(), stored.is_some());
        // The same work for nobody, so that the answer's time does not tell who exists.
        let stored = stored.map_or_else(|| self.nobody.clone(), Arc::from);
        let verdict = self.slots.run(move |memory| verify(&argon2, memory, password.expose(), &stored)).await?;
        Ok(if known { verdict } else { PasswordVerdict::Wrong })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier as _;

    use super::*;

    fn cheap(memory_kib: u32) -> Argon2Passwords {
        Argon2Passwords::new(HashCost { memory_kib, passes: 1, lanes: 1 }, None).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_is_right_and_another_is_wrong() {
        let passwords = Argon2Passwords::new(HashCost::default(), None).unwrap();
        let stored = passwords.hash(&Secret::from("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = async |word: &str| passwords.verify(&Secret::from(word), Some(&stored)).await;
        assert_eq!(verify("correct horse").await, Ok(PasswordVerdict::Right));
        assert_eq!(verify("correct horsE").await, Ok(PasswordVerdict::Wrong));
        assert_ne!(stored, passwords.hash(&Secret::from("correct horse")).await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_right_but_outdated() {
        let password = Secret::from("correct horse");
        let old = cheap(64).hash(&password).await.unwrap();
        assert_eq!(cheap(128).verify(&password, Some(&old)).await, Ok(PasswordVerdict::RightButOutdated));
        assert_eq!(cheap(64).verify(&password, Some(&old)).await, Ok(PasswordVerdict::Right));
        let other_kind = old.replace("argon2id", "argon2i");
        assert_eq!(cheap(64).verify(&password, Some(&other_kind)).await, Ok(PasswordVerdict::Wrong));
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_an_error_not_a_wrong_password() {
        for broken in ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuu", "$argon2id$v=19$m=64,t=1,p=1"] {
            let verdict = cheap(64).verify(&Secret::from("x"), Some(broken)).await;
            assert!(matches!(verdict, Err(PasswordError::Failed(_))), "{broken}: {verdict:?}");
        }
    }

    #[tokio::test]
    async fn an_unknown_user_is_checked_at_the_same_cost_and_is_always_wrong() {
        let passwords = Argon2Passwords::new(HashCost::default(), None).unwrap();
        let nobody = PasswordHash::new(&passwords.nobody).unwrap();
        assert!(is_current(&passwords.argon2, &nobody), "the same algorithm, version and parameters");
        assert_eq!(passwords.verify(&Secret::from("guess"), None).await, Ok(PasswordVerdict::Wrong));
    }

    #[tokio::test]
    async fn a_weak_password_is_refused_with_its_reason() {
        let error = cheap(64).check_strength(&Secret::from("short"), &[]).unwrap_err();
        assert!(matches!(error, PasswordError::Weak(text) if text.contains("at least 12")));
    }

    /// What is computed in kept memory is what the library computes in memory of its own.
    #[tokio::test]
    async fn memory_that_was_used_before_changes_no_hash() {
        let passwords = cheap(64);
        for word in ["first", "second", "third"] {
            let stored = passwords.hash(&Secret::from(word)).await.unwrap();
            let stored = PasswordHash::new(&stored).unwrap();
            assert_eq!(passwords.argon2.verify_password(word.as_bytes(), &stored), Ok(()), "{word}");
            assert!(passwords.argon2.verify_password(b"another", &stored).is_err(), "{word}");
        }
    }
}
