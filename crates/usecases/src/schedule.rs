//! When something that repeats comes again: an interval after its last beginning, spread by up to a tenth so that not
//! everything begins at once. The same on every node: the spread comes from the last run's id.

use domain::{Seconds, Timestamp};

/// When the run after this one is due.
pub(crate) fn after(id: &str, started: Timestamp, interval: Seconds) -> Timestamp {
    let interval = i64::from(interval);
    let spread: i64 = id.bytes().map(i64::from).sum::<i64>() % 101;
    started.plus_seconds(interval + interval * spread / 1000)
}
