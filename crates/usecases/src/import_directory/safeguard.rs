//! Whether an import would take too much away to be applied without a word.

use domain::directory::HeldBack;

/// The most examples that are shown.
pub(super) const EXAMPLES: usize = 20;

/// What would go, of how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    /// People who would lose their sign-in, of all whom the directory lets in.
    pub(super) people: (u64, u64),
    /// Memberships that would be dropped, of all.
    pub(super) memberships: (u64, u64),
    /// Whether nobody would be left who can administer.
    pub(super) last_super_admin: bool,
    /// Some of what would go.
    pub(super) examples: Vec<String>,
}

/// Why the import is held, if it is. A first import takes nothing away: it is never held.
pub(super) fn judge(limit_percent: u8, loss: Loss) -> Option<HeldBack> {
    let too_much = |(lost, all): (u64, u64)| lost.saturating_mul(100) > all.saturating_mul(limit_percent.into());
    let asks = limit_percent < 100 && (too_much(loss.people) || too_much(loss.memberships));
    (asks || loss.last_super_admin).then(|| HeldBack {
        limit_percent,
        people: loss.people,
        memberships: loss.memberships,
        examples: loss.examples.into_iter().take(EXAMPLES).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(people: (u64, u64), memberships: (u64, u64)) -> Loss {
        Loss { people, memberships, last_super_admin: false, examples: vec!["ann".to_owned(); 30] }
    }

    #[test]
    fn more_than_the_limit_is_held_and_the_limit_itself_is_not() {
        assert_eq!(judge(20, loss((20, 100), (20, 100))), None);
        assert_eq!(judge(20, loss((0, 0), (0, 0))), None);
        let held = judge(20, loss((21, 100), (0, 5))).expect("held");
        assert_eq!((held.people, held.limit_percent, held.examples.len()), ((21, 100), 20, EXAMPLES));
        assert!(judge(20, loss((0, 100), (2, 5))).is_some());
        assert!(judge(0, loss((1, 1_000_000), (0, 0))).is_some());
        assert!(judge(99, loss((5, 5), (0, 0))).is_some());
        assert_eq!(judge(100, loss((5, 5), (9, 9))), None);
    }

    #[test]
    fn the_last_administrator_is_never_lost_without_a_word() {
        let loss = Loss { last_super_admin: true, ..loss((1, 1_000), (0, 0)) };
        assert!(judge(100, loss).is_some());
    }
}
