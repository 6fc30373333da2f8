//! The `stateToken` of a sign-in page: what clients find on the page and send along with login and password.
//!
//! It stands for nothing but a page that was shown a while ago, so nothing is stored for it and a flood of visitors
//! leaves nothing behind: it carries its own end. The other kind of state token, for somebody whose password was right
//! already, is stored and taken once ([`crate::sign_in::Unfinished`]).

use domain::{Timestamp, id::random_text};

use crate::services::Services;

/// Clients take at most 50 characters of `A-Z a-z 0-9 _ -`.
const PREFIX: &str = "00s";
const HEX_DIGITS: usize = 10;
const RANDOM: usize = 20;

/// A new token for a page that is shown now.
pub fn for_page(services: &Services) -> String {
    let end = ends(services);
    format!("{PREFIX}{:0HEX_DIGITS$x}{}", end.seconds(), random_text(&*services.entropy, RANDOM))
}

/// When a token of [`for_page`] ends: `None` for one that ended or is none.
pub fn of_page(services: &Services, token: &str) -> Option<Timestamp> {
    let rest = token.strip_prefix(PREFIX)?;
    let (digits, random) = rest.split_at_checked(HEX_DIGITS)?;
    if random.len() != RANDOM || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let seconds = i64::from_str_radix(digits, 16).ok()?;
    let end = Timestamp::from_millis(seconds.checked_mul(1_000)?);
    (services.now() < end && end <= ends(services)).then_some(end)
}

/// Twelve times as long as a one-time token: people think before they type.
fn ends(services: &Services) -> Timestamp {
    services.now().plus_seconds(i64::from(services.settings.sessions.one_time_seconds).saturating_mul(12))
}
