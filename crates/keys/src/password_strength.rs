//! Which passwords are taken: long enough, and not guessable by somebody who knows the person.
//!
//! No rules about digits and signs (NIST SP 800-63B §3.1.1.2): zxcvbn estimates how many guesses it takes instead.

use domain::Secret;
use zxcvbn::{Score, zxcvbn};

/// The fewest characters.
pub const MIN_LENGTH: usize = 12;
/// The most characters: more only costs time.
pub const MAX_LENGTH: usize = 128;
/// The product's own name is the first thing that people reach for.
const OWN_WORDS: [&str; 3] = ["rolegate", "amazon", "aws"];

/// Why a password is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Below [`MIN_LENGTH`].
    #[error(
        "the password has {0} characters; use at least {MIN_LENGTH}, for example four words that do not belong together"
    )]
    TooShort(usize),
    /// Above [`MAX_LENGTH`].
    #[error("the password has {0} characters; use at most {MAX_LENGTH}")]
    TooLong(usize),
    /// Fewer than about 10^8 guesses.
    #[error("the password is too easy to guess: {0}")]
    Guessable(String),
}

/// Checks length and strength. `inputs` are what an attacker would try first: login, e-mail address, names.
///
/// # Errors
/// [`WeakPassword`], with zxcvbn's own advice.
pub fn check_strength(password: &Secret<String>, inputs: &[&str]) -> Result<(), WeakPassword> {
    let password = password.expose();
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(WeakPassword::TooShort(length));
    }
    if length > MAX_LENGTH {
        return Err(WeakPassword::TooLong(length));
    }
    let estimate = zxcvbn(password, &words(inputs));
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let advice: Vec<String> = estimate.feedback().map_or_else(Vec::new, |feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.into_iter().chain(feedback.suggestions().iter().map(ToString::to_string)).collect()
    });
    let advice = if advice.is_empty() { "Add another word or two.".to_owned() } else { advice.join(" ") };
    Err(WeakPassword::Guessable(advice))
}

/// Each input and the words in it: `ann.lee@example.com` is also `ann`, `lee`, `example`.
fn words<'a>(inputs: &[&'a str]) -> Vec<&'a str> {
    let parts = inputs.iter().flat_map(|input| input.split(|character: char| !character.is_alphanumeric()));
    let words = inputs.iter().copied().chain(parts).filter(|word| word.chars().count() > 2);
    words.chain(OWN_WORDS).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), WeakPassword> {
        check_strength(&Secret::from(password), &["ann.featherstone@example.com", "Ann", "Featherstone"])
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(check("krümel-ä-9!"), Err(WeakPassword::TooShort(11)));
        assert_eq!(check(&"vY7#".repeat(33)), Err(WeakPassword::TooLong(132)));
    }

    #[test]
    fn common_repeated_and_personal_passwords_are_refused_with_advice() {
        for weak in
            ["password1234", "aaaaaaaaaaaaaa", "qwertyuiop12", "Featherstone1", "rolegateaws1", "2024-01-012024-01-01"]
        {
            let error = check(weak).unwrap_err();
            assert!(matches!(&error, WeakPassword::Guessable(advice) if !advice.is_empty()), "{weak}: {error}");
            assert!(!error.to_string().contains(weak));
        }
    }

    #[test]
    fn a_phrase_and_a_random_text_are_taken() {
        assert_eq!(check("correct horse battery staple"), Ok(()));
        assert_eq!(check("mtw7WFT-pvn3kjx"), Ok(()));
    }
}
