//! "Random" bytes that are the same in every run, and never the same twice within one.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::Entropy;

/// Counts, and spreads the count over the bytes. Predictable: for tests alone.
#[derive(Debug, Default)]
pub struct CountingEntropy(AtomicU64);

impl CountingEntropy {
    /// Begins at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins elsewhere: two sources in one test must not give the same ids.
    pub fn from_seed(seed: u64) -> Self {
        Self(AtomicU64::new(seed << 32))
    }
}

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            for (byte, value) in piece.iter_mut().zip(spread(count).to_le_bytes()) {
                *byte = value;
            }
        }
    }
}

/// The finaliser of `SplitMix64`: one-to-one, so that different counts never give the same eight bytes.
pub(crate) fn spread(count: u64) -> u64 {
    let mixed = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::UserId;

    use super::*;

    #[test]
    fn ids_repeat_from_run_to_run_and_differ_within_one() {
        let ids = |entropy: &CountingEntropy| (0..1000).map(|_| UserId::generate(entropy)).collect::<Vec<_>>();
        let first = ids(&CountingEntropy::new());
        assert_eq!(first, ids(&CountingEntropy::new()));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 1000);
    }
}
