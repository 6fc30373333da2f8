//! Lengths of time as ISO 8601 writes them: `PT15M`, `P1D`, `PT1H30M`. Years and months are not taken: they are not always
//! as long.

use std::{fmt, str::FromStr};

use domain::Seconds;
use serde::{Deserialize, Serialize};

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(pub Seconds);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a length of time: write it as in `PT15M` (15 minutes), `PT2H` or `P1D` (a day)")]
pub struct DurationError(String);

/// The units in the order in which they may stand: before and after the `T`.
const DATE_UNITS: [(char, Seconds); 2] = [('W', 604_800), ('D', 86_400)];
const TIME_UNITS: [(char, Seconds); 3] = [('H', 3_600), ('M', 60), ('S', 1)];

impl FromStr for Duration {
    type Err = DurationError;
    fn from_str(text: &str) -> Result<Self, DurationError> {
        read(text).map(Self).ok_or_else(|| DurationError(text.chars().take(60).collect()))
    }
}

fn read(text: &str) -> Option<Seconds> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None if rest.is_empty() => return None,
        None => (rest, ""),
    };
    sum(date, &DATE_UNITS)?.checked_add(sum(time, &TIME_UNITS)?)
}

/// Numbers, each with its unit, units in order and once.
fn sum(mut text: &str, units: &[(char, Seconds)]) -> Option<Seconds> {
    let mut total: Seconds = 0;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        total = total.checked_add(number.parse::<Seconds>().ok()?.checked_mul(*seconds)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

impl TryFrom<String> for Duration {
    type Error = DurationError;
    fn try_from(text: String) -> Result<Self, DurationError> {
        text.parse()
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(seconds) = *self;
        formatter.write_str("P")?;
        if seconds >= 86_400 {
            write!(formatter, "{}D", seconds / 86_400)?;
        }
        let of_day = seconds % 86_400;
        if of_day > 0 || seconds == 0 {
            formatter.write_str("T")?;
        }
        for (unit, number) in [('H', of_day / 3_600), ('M', of_day % 3_600 / 60), ('S', of_day % 60)] {
            if number > 0 || (unit == 'S' && seconds == 0) {
                write!(formatter, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        for (text, seconds, written) in [
            ("PT15M", 900, "PT15M"),
            ("P1D", 86_400, "P1D"),
            ("PT24H", 86_400, "P1D"),
            ("P1W", 604_800, "P7D"),
            ("PT90M", 5_400, "PT1H30M"),
            ("P1DT1S", 86_401, "P1DT1S"),
            ("PT0S", 0, "PT0S"),
        ] {
            let read = text.parse::<Duration>().unwrap();
            assert_eq!((read.0, read.to_string().as_str()), (seconds, written), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "15",
            "PT15",
            "P1M",
            "P1Y",
            "PT1.5H",
            "PT-5M",
            "PT5M5H",
            "1D",
            "PT5Mx",
            "P99999999D",
            "PTM",
            "pt5m",
        ] {
            let refused = text.parse::<Duration>();
            assert!(refused.is_err_and(|error| error.to_string().contains("`PT15M`")), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds: Seconds) {
            prop_assert_eq!(Duration(seconds).to_string().parse(), Ok(Duration(seconds)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "P?[0-9WDTHMSé.]{0,20}") {
            drop(text.parse::<Duration>());
        }
    }
}
