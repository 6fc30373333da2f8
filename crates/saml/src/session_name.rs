//! `RoleSessionName`: how a person appears in AWS (`assumed-role/{role}/{session name}`, `CloudTrail`).
//!
//! AWS takes 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -` and everybody who reads a log relies on one name being one person.
//! The rule, which never changes since logs are read for years:
//!
//! 1. The user name is the person's own login (without regard to case), AWS takes it as it is, and it does not have the
//!    form of rule 2: it is sent as it is.
//! 2. Otherwise the legal characters of its first part are kept (at most 47, `user` where none is left) and
//!    `={16 of a-z2-7}` is appended: the first 80 bits of SHA-256 over the person's unchanging id.
//!
//! Two people never share a name: logins are unique without regard to case; a name by rule 1 never ends as rule 2 ends
//! one; and two by rule 2 are the same only where 80 bits of two hashes are. A user name that is not the login (an
//! e-mail address, a template) is unique nowhere, so rule 2 holds for it.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use domain::{Login, UserId};

const LENGTHS: std::ops::RangeInclusive<usize> = 2..=64;
const SUFFIX_LENGTH: usize = 16;
const MAX_PREFIX_LENGTH: usize = 64 - 1 - SUFFIX_LENGTH;

/// Base32 (RFC 4648 §6) in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A name that AWS takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleSessionName(String);

impl RoleSessionName {
    /// The name of one person. `user_name` is the app's name for that person (`userNameTemplate`), by default the login.
    pub fn for_user(user_name: &str, login: &Login, id: &UserId) -> Self {
        let is_login = user_name.to_lowercase() == login.folded();
        if is_login && is_legal(user_name) && !looks_generated(user_name) {
            return Self(user_name.to_owned());
        }
        let kept: String = user_name.chars().filter(|character| is_legal_character(*character)).collect();
        let prefix = match kept.get(..MAX_PREFIX_LENGTH.min(kept.len())) {
            None | Some("") => "user",
            Some(prefix) => prefix,
        };
        Self(format!("{prefix}={}", suffix(id)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleSessionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<RoleSessionName> for String {
    fn from(name: RoleSessionName) -> String {
        name.0
    }
}

/// `[a-zA-Z_0-9+=,.@-]{2,64}`, in the words of AWS's message. Holds for `SourceIdentity` too.
pub(crate) fn is_legal(text: &str) -> bool {
    LENGTHS.contains(&text.len()) && text.chars().all(is_legal_character)
}

const fn is_legal_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

/// Without regard to case, so that no login can be anybody's generated name in another case either.
fn looks_generated(name: &str) -> bool {
    name.rsplit_once('=').is_some_and(|(_, end)| {
        end.len() == SUFFIX_LENGTH && end.bytes().all(|byte| ALPHABET.contains(&byte.to_ascii_lowercase()))
    })
}

fn suffix(id: &UserId) -> String {
    let hash = digest(&SHA256, id.as_str().as_bytes());
    let bits = hash.as_ref().iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..SUFFIX_LENGTH)
        .rev()
        .filter_map(|place| ALPHABET.get((bits >> (5 * place)) as usize & 31))
        .map(|byte| char::from(*byte))
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::Entropy;
    use proptest::prelude::*;

    use super::*;

    struct Fixed(u64);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, source) in bytes.iter_mut().zip(self.0.to_be_bytes().into_iter().cycle()) {
                *byte = source & 0x7f;
            }
        }
    }

    fn id(text: &str) -> UserId {
        UserId::parse(&format!("00u{text:0>17}")).unwrap()
    }

    fn name(login: &str, id: &UserId) -> String {
        RoleSessionName::for_user(login, &login.parse().unwrap(), id).into()
    }

    #[test]
    fn a_login_that_aws_takes_stays_as_it_is() {
        for login in ["ann", "Ann.Lee+aws@example.org", "a_b=c,d-e", &"x".repeat(64), "ab"] {
            assert_eq!(name(login, &id("1")), login);
        }
    }

    #[test]
    fn a_login_that_aws_refuses_is_shortened_and_marked_with_its_owner() {
        assert_eq!(name("a", &id("1")), "a=ph7w7kvtsv7y24zg");
        assert_eq!(name("Ann Lee", &id("1")), "AnnLee=ph7w7kvtsv7y24zg");
        assert_eq!(name("日本", &id("1")), "user=ph7w7kvtsv7y24zg");
        assert_eq!(name(&"x".repeat(65), &id("1")), format!("{}=ph7w7kvtsv7y24zg", "x".repeat(47)));
    }

    #[test]
    fn two_people_with_one_address_have_two_names() {
        let (ann, bob) = ("ann".parse().unwrap(), "bob".parse().unwrap());
        let first = RoleSessionName::for_user("team@example.org", &ann, &id("1"));
        let second = RoleSessionName::for_user("team@example.org", &bob, &id("2"));
        assert_ne!(first, second);
        assert!(first.as_str().starts_with("team@example.org="));
    }

    #[test]
    fn nobody_can_choose_a_login_that_is_the_name_of_another() {
        let generated = name("Ann Lee", &id("1"));
        for login in [generated.clone(), generated.to_uppercase()] {
            let taken = name(&login, &id("2"));
            assert!(!taken.eq_ignore_ascii_case(&generated), "{taken}");
        }
    }

    proptest! {
        /// Logins from a small alphabet, so that they meet often: legal, illegal, long, of the generated form.
        #[test]
        fn names_are_legal_stable_and_never_shared(
            first in "[aA .é]{1,3}|[a-c @é]{1,100}|[ab]{1,3}=[a-d2]{16}|\\PC{1,100}",
            second in "[aA .é]{1,3}|[a-c @é]{1,100}|[ab]{1,3}=[a-d2]{16}|\\PC{1,100}",
            seeds in any::<(u64, u64)>(),
        ) {
            let (Ok(first), Ok(second)) = (first.parse::<Login>(), second.parse::<Login>()) else { return Ok(()) };
            let ids = (UserId::generate(&Fixed(seeds.0)), UserId::generate(&Fixed(seeds.1)));
            let one = RoleSessionName::for_user(first.as_str(), &first, &ids.0);
            let other = RoleSessionName::for_user(second.as_str(), &second, &ids.1);
            prop_assert!(is_legal(one.as_str()) && is_legal(other.as_str()));
            prop_assert_eq!(&one, &RoleSessionName::for_user(first.as_str(), &first, &ids.0));
            if first != second && ids.0 != ids.1 {
                prop_assert!(!one.as_str().eq_ignore_ascii_case(other.as_str()));
            }
        }
    }
}
