//! Guards a paged listing against an answer that would never end.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What was seen of one listing. Tokens are kept as hashes: a liar's may be 100,000 characters each.
#[derive(Debug)]
pub(crate) struct Pages {
    name: &'static str,
    seen: HashSet<u64>,
    most: usize,
}

impl Pages {
    /// `name` is what AWS calls the token; `most` bounds the number of pages.
    pub(crate) fn new(name: &'static str, most: usize) -> Self {
        Self { name, seen: HashSet::new(), most }
    }

    /// Notes the token of the next page.
    ///
    /// # Errors
    /// One sentence for people when the token came before or there are too many pages.
    pub(crate) fn follow(&mut self, token: &str) -> Result<(), String> {
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Err(format!("the same `{}` came twice: the listing would never end", self.name));
        }
        if self.seen.len() >= self.most {
            return Err(format!("the listing has more than {} pages", self.most));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_comes_again_is_found_even_after_others() {
        let mut pages = Pages::new("Marker", 10);
        assert!(pages.follow("a").is_ok());
        assert!(pages.follow("b").is_ok());
        assert!(pages.follow("a").unwrap_err().contains("`Marker` came twice"));
    }

    #[test]
    fn a_listing_has_a_bounded_number_of_pages() {
        let mut pages = Pages::new("NextToken", 3);
        assert!(pages.follow("1").is_ok() && pages.follow("2").is_ok());
        assert!(pages.follow("3").unwrap_err().contains("more than 3 pages"));
    }
}
