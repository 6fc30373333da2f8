//! Points in time and the clock that reads them. Kept as milliseconds since 1970 (UTC), printed as Okta prints them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Reads the time. The system clock lives in the binary; tests hold a fixed one.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// A length of time in whole seconds (session durations, limits).
pub type Seconds = u32;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a point in time: write it as in `2026-11-22T05:10:00.000Z`")]
pub struct TimestampError(String);

impl Timestamp {
    /// From milliseconds since 1970 (UTC).
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 (UTC).
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 (UTC), rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time, `seconds` later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this time; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, with or without fractions, at any offset.
    ///
    /// # Errors
    /// When the text is no point in time.
    pub fn parse(value: &str) -> Result<Self, TimestampError> {
        value
            .parse::<jiff::Timestamp>()
            .map(|time| Self(time.as_millisecond()))
            .map_err(|_| TimestampError(value.chars().take(64).collect()))
    }
}

/// `2026-11-22T05:10:00.000Z`: UTC, always three digits of a second, as in Okta's API and in `xs:dateTime`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        write!(formatter, "{time:.3}")
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;
    fn try_from(value: String) -> Result<Self, TimestampError> {
        Self::parse(&value)
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_with_milliseconds_and_reads_its_own_print() {
        let time = Timestamp::from_millis(1_795_324_200_000);
        assert_eq!(time.to_string(), "2026-11-22T05:10:00.000Z");
        assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        assert_eq!(Timestamp::parse("2026-11-22T06:10:00+01:00"), Ok(time));
    }

    #[test]
    fn a_text_that_is_no_time_is_refused_with_an_example() {
        assert!(Timestamp::parse("yesterday").is_err_and(|error| error.to_string().contains("2026-")));
    }
}
