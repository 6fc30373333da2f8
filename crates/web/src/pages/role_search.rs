//! What a search matches: every word of it, anywhere in what is shown of a role or its account, without regard to case.
//! The script in `static/` does the same on every keystroke.

/// The words of a search. An account id may be written as AWS's console shows it, `1234-5678-9012`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSearch(Vec<String>);

/// More words than anybody types; they are compared with every role.
const MOST_WORDS: usize = 12;

impl RoleSearch {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().take(MOST_WORDS);
        Self(words.map(|word| if is_spaced_id(word) { word.replace('-', "") } else { word.to_lowercase() }).collect())
    }

    /// Whether every word is in one of these texts.
    pub fn matches(&self, texts: &[&str]) -> bool {
        self.0.is_empty() || {
            let all = texts.join("\n").to_lowercase();
            self.0.iter().all(|word| all.contains(word))
        }
    }
}

fn is_spaced_id(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_somewhere() {
        let texts = ["Platform Prod", "acme-prod", "123456789012", "ReadOnly"];
        for found in ["", "  ", "prod", "PROD read", "readonly platform", "123456789012", "1234-5678-9012 only", "6789"]
        {
            assert!(RoleSearch::parse(found).matches(&texts), "{found}");
        }
        for not_found in ["dev", "prod dev", "1234-5678-9013"] {
            assert!(!RoleSearch::parse(not_found).matches(&texts), "{not_found}");
        }
    }
}
