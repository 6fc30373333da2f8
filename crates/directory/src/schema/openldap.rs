//! `OpenLDAP`, 389 Directory Server and others of their kind.

use domain::{
    Timestamp,
    directory::{ExternalId, PersonState},
};
use jiff::{civil::DateTime, tz::Offset};

use crate::entry::RawEntry;

/// RFC 4530, and what 389 Directory Server had before it.
pub(super) const ID: &[&str] = &["entryUUID", "nsUniqueId"];
/// Beside the profile: ids, the name in `memberUid`, and the marks of accounts that are not let in.
pub(super) const PERSON: &[&str] =
    &["entryUUID", "nsUniqueId", "uid", "nsAccountLock", "pwdAccountLockedTime", "shadowExpire"];
pub(super) const GROUP: &[&str] = &["entryUUID", "nsUniqueId"];

/// `pwdAccountLockedTime` of an account that an administrator locked for good.
const LOCKED_FOR_GOOD: &str = "000001010000Z";

pub(super) fn id(entry: &RawEntry) -> Option<ExternalId> {
    ID.iter().find_map(|attribute| ExternalId::parse(entry.text(attribute).ok().flatten()?).ok())
}

pub(super) fn with_id(id: &ExternalId) -> String {
    let digits = id.as_str();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    let uuid = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-");
    let unique = [part(0..8), part(8..16), part(16..24), part(24..32)].join("-");
    format!("(entryUUID={uuid})(nsUniqueId={unique})")
}

pub(super) fn state(entry: &RawEntry, now: Timestamp) -> PersonState {
    let text = |attribute| entry.text(attribute).ok().flatten();
    if text("nsAccountLock").is_some_and(|lock| lock.eq_ignore_ascii_case("true")) {
        return PersonState::Disabled;
    }
    // Days since 1970; the account is good until the day before. -1 and nothing: for ever.
    let expires = entry.number("shadowExpire").filter(|day| *day >= 0);
    if expires.is_some_and(|day| day.saturating_mul(86_400) <= now.seconds()) {
        return PersonState::Expired;
    }
    match text("pwdAccountLockedTime") {
        Some(LOCKED_FOR_GOOD) => PersonState::Disabled,
        Some(since) if seconds(since).is_none_or(|since| since <= now.seconds()) => PersonState::Locked,
        _ => PersonState::Active,
    }
}

/// A `GeneralizedTime` (RFC 4517 §3.3.13) in UTC as seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?.split('.').next()?;
    let format = if digits.len() == 12 { "%Y%m%d%H%M" } else { "%Y%m%d%H%M%S" };
    let time = DateTime::strptime(format, digits).ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.as_second())
}

/// A moment as `GeneralizedTime`.
pub(crate) fn generalized_time(moment: Timestamp) -> String {
    let time =
        jiff::Timestamp::from_second(moment.seconds()).map(|time| Offset::UTC.to_datetime(time)).unwrap_or_default();
    time.strftime("%Y%m%d%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::sample::entry;

    /// 2026-11-22T05:10:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_795_324_200_000);

    #[test]
    fn both_forms_of_an_id_are_read_and_asked_for() {
        let uuid = entry("cn=a", &[("entryUUID", &[b"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"])]);
        let unique = entry("cn=a", &[("nsUniqueId", &[b"0f1e2d3c-4b5a6978-8796a5b4-c3d2e1f0"])]);
        assert_eq!(id(&uuid), id(&unique));
        assert_eq!(
            with_id(&id(&uuid).unwrap()),
            "(entryUUID=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0)(nsUniqueId=0f1e2d3c-4b5a6978-8796a5b4-c3d2e1f0)"
        );
        assert_eq!(id(&entry("cn=a", &[("entryUUID", &[b"x"])])), None);
    }

    #[test]
    fn every_mark_of_an_account_counts() {
        for (attribute, value, expected) in [
            ("cn", "x", PersonState::Active),
            ("nsAccountLock", "TRUE", PersonState::Disabled),
            ("nsAccountLock", "false", PersonState::Active),
            ("pwdAccountLockedTime", "000001010000Z", PersonState::Disabled),
            ("pwdAccountLockedTime", "20261122050959Z", PersonState::Locked),
            ("pwdAccountLockedTime", "20261122050959.123456Z", PersonState::Locked),
            ("pwdAccountLockedTime", "20991122050959Z", PersonState::Active),
            ("shadowExpire", "20000", PersonState::Expired),
            ("shadowExpire", "20779", PersonState::Expired),
            ("shadowExpire", "20780", PersonState::Active),
            ("shadowExpire", "-1", PersonState::Active),
            ("shadowExpire", "9223372036854775807", PersonState::Active),
        ] {
            let entry = entry("cn=a", &[(attribute, &[value.as_bytes()])]);
            assert_eq!(state(&entry, NOW), expected, "{attribute}: {value}");
        }
    }

    #[test]
    fn moments_are_written_as_the_directory_writes_them() {
        assert_eq!(generalized_time(NOW), "20261122051000Z");
        assert_eq!(seconds("20261122051000Z"), Some(NOW.seconds()));
    }
}
