//! `sAMAccountName` of a group: Active Directory wants one, and allows in it less than in `cn`.

/// Characters of a group's `sAMAccountName`, at most (the schema's `rangeUpper`).
const LONGEST: usize = 256;

/// A `sAMAccountName` for this group name, always the same for the same name. What is not allowed
/// (`" / \ [ ] : ; | = , + * ? < > @`, control characters, a dot or blank at an end) becomes `_`; a name that was changed
/// carries eight digits that follow from the original, so that two names do not become one.
pub fn sam_account_name(name: &str) -> String {
    let illegal = |character: char| character.is_control() || "\"/\\[]:;|=,+*?<>@".contains(character);
    let mut legal: String = name.chars().map(|character| if illegal(character) { '_' } else { character }).collect();
    let trimmed = legal.trim_matches(['.', ' ']).len();
    if legal == name && trimmed == legal.len() && name.chars().count() <= LONGEST && !name.is_empty() {
        return legal;
    }
    legal = legal.trim_matches(['.', ' ']).chars().take(LONGEST - 9).collect();
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{legal}-{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legal_name_stays_and_others_are_told_apart() {
        assert_eq!(sam_account_name("aws#prod#Admin#000000000001"), "aws#prod#Admin#000000000001");
        let (one, other) = (sam_account_name("aws#p#a+b#1"), sam_account_name("aws#p#a=b#1"));
        assert!(one.starts_with("aws#p#a_b#1-") && other.starts_with("aws#p#a_b#1-"), "{one} {other}");
        assert_ne!(one, other);
        assert_eq!(sam_account_name(&"x".repeat(300)).chars().count(), 256);
        assert!(!sam_account_name("").is_empty());
        assert!(!sam_account_name("ends with a dot.").ends_with('.'));
    }
}
