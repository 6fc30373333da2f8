//! How long to wait before trying again: longer each time up to a limit, and never the same for two agents, so that a
//! server that comes back is not met by all of them at once.

use std::time::Duration;

use domain::Entropy;

/// Waits between attempts.
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Begins with waits of up to `first`; none is longer than `longest`.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// It worked: the next wait is a short one again.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next wait: between half of it and all of it.
    pub(super) fn wait(&mut self, entropy: &dyn Entropy) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        spread(whole, entropy)
    }
}

/// Between half of it and all of it.
pub(super) fn spread(whole: Duration, entropy: &dyn Entropy) -> Duration {
    let mut byte = [0_u8; 1];
    entropy.fill(&mut byte);
    whole / 2 + whole * u32::from(u8::from_le_bytes(byte)) / 510
}

#[cfg(test)]
mod tests {
    use keys::OsEntropy;

    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
        for whole in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = backoff.wait(&OsEntropy);
            assert!(wait >= Duration::from_secs(whole) / 2 && wait <= Duration::from_secs(whole), "{wait:?}");
        }
        backoff.reset();
        assert!(backoff.wait(&OsEntropy) <= Duration::from_secs(1));
    }
}
