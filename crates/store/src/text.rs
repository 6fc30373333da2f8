//! Text as it is compared and searched.

/// Lower case by Unicode's rules: what the `*_folded` columns hold.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Longer search texts match nothing that is kept, and would only cost.
const LONGEST_SEARCH: usize = 1_000;

fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for character in fold(text).chars().take(LONGEST_SEARCH) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// The `LIKE … ESCAPE '\'` pattern of a folded text that begins with `text`.
pub(crate) fn prefix_pattern(text: &str) -> String {
    format!("{}%", escaped(text))
}

/// The `LIKE … ESCAPE '\'` pattern of a folded text that holds `text`.
pub(crate) fn part_pattern(text: &str) -> String {
    format!("%{}%", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_like_are_taken_literally() {
        assert_eq!(prefix_pattern(r"A_b%\"), r"a\_b\%\\%");
    }

    #[test]
    fn a_pattern_stays_below_the_length_that_the_database_refuses() {
        assert!(part_pattern(&"%".repeat(100_000)).len() < 50_000);
    }
}
