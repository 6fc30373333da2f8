//! A clock that moves when it is told to.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Clock, Timestamp};

/// Stands still; share it in an `Arc` and move it with [`FixedClock::set`] and [`FixedClock::advance_seconds`].
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    /// Shows another time from now on.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves on; back with a negative number.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Moves on by milliseconds.
    pub fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// Shows [`crate::sample::NOW`].
    fn default() -> Self {
        Self::at(crate::sample::NOW)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_until_it_is_moved() {
        let clock = FixedClock::default();
        assert_eq!(clock.now(), crate::sample::NOW);
        clock.advance_seconds(60);
        assert_eq!(clock.now(), crate::sample::NOW.plus_seconds(60));
    }
}
