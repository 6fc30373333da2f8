//! New ids, as random as all others, but handed out in order: what is written one after the other lies together.

use domain::Entropy;

/// The most that are kept.
const MOST: usize = 16_384;

pub(super) struct InOrder<Id> {
    generate: fn(&dyn Entropy) -> Id,
    /// Those that were not handed out, the next one last.
    kept: Vec<Id>,
    /// How many the next ones will be.
    count: usize,
}

impl<Id: Ord> InOrder<Id> {
    pub(super) const fn new(generate: fn(&dyn Entropy) -> Id) -> Self {
        Self { generate, kept: Vec::new(), count: 64 }
    }

    pub(super) fn next(&mut self, entropy: &dyn Entropy) -> Id {
        if let Some(id) = self.kept.pop() {
            return id;
        }
        self.kept = (0..self.count).map(|_| (self.generate)(entropy)).collect();
        self.kept.sort_unstable_by(|one, other| other.cmp(one));
        self.count = (self.count * 4).min(MOST);
        self.kept.pop().unwrap_or_else(|| (self.generate)(entropy))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::UserId;
    use testkit::CountingEntropy;

    use super::*;

    #[test]
    fn ids_come_in_order_and_none_twice() {
        let entropy = CountingEntropy::new();
        let mut ids = InOrder::new(UserId::generate);
        let ids: Vec<UserId> = (0..2_000).map(|_| ids.next(&entropy)).collect();
        let breaks = ids.windows(2).filter(|pair| pair.first() > pair.last()).count();
        assert_eq!(breaks, 3, "64, 256, 1,024, and the rest");
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }
}
