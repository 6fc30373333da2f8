//! Times and numbers in words.

use domain::{Seconds, Timestamp};

/// `1 h`, `1 h 30 min`, `15 min`.
pub fn duration(seconds: Seconds) -> String {
    match (seconds / 3_600, seconds % 3_600 / 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `just now`, `12 minutes ago`, `3 hours ago`, `2 days ago`.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.millis_since(then).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{} ago", counted(minutes, "minute")),
        60..1_440 => format!("{} ago", counted(minutes / 60, "hour")),
        _ => format!("{} ago", counted(minutes / 1_440, "day")),
    }
}

/// `in 12 minutes`, `in 3 hours`, to the nearest.
pub fn ahead(then: Timestamp, now: Timestamp) -> String {
    let minutes = (then.millis_since(now).max(0) + 30_000) / 60_000;
    match minutes {
        0 => "in less than a minute".to_owned(),
        1..60 => format!("in {}", counted(minutes, "minute")),
        60..1_410 => format!("in {}", counted((minutes + 30) / 60, "hour")),
        _ => format!("in {}", counted((minutes + 720) / 1_440, "day")),
    }
}

/// `1 role`, `2 roles`, `1,234 roles`.
pub fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(0);
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

fn grouped(number: u64) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

/// `2026-11-22 05:10 UTC`.
pub fn point_in_time(time: Timestamp) -> String {
    let text = time.to_string();
    let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
    let clock: String = clock.chars().take(5).collect();
    format!("{date} {clock} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_324_200_000);

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said: Vec<_> = [900, 3_600, 5_400, 43_200].into_iter().map(duration).collect();
        assert_eq!(said, ["15 min", "1 h", "1 h 30 min", "12 h"]);
    }

    #[test]
    fn ages_are_rounded_down_and_never_negative() {
        let said: Vec<_> =
            [5, -59, -60, -7_199, -7_200, -200_000].into_iter().map(|s| age(NOW.plus_seconds(s), NOW)).collect();
        assert_eq!(said, ["just now", "just now", "1 minute ago", "1 hour ago", "2 hours ago", "2 days ago"]);
        assert_eq!(ahead(NOW.plus_seconds(7_199), NOW), "in 2 hours");
        assert_eq!(ahead(NOW.plus_seconds(-5), NOW), "in less than a minute");
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(counted(1, "role"), "1 role");
        assert_eq!(counted(1_234_567, "role"), "1,234,567 roles");
        assert_eq!(point_in_time(NOW), "2026-11-22 05:10 UTC");
    }
}
