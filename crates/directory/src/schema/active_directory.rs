//! Active Directory, Samba's included: binary ids, account flags, file times, primary groups.

use domain::{
    Timestamp,
    directory::{EntryKey, ExternalId, PersonState, filter},
};

use crate::entry::RawEntry;

pub(super) const ID: &[&str] = &["objectGUID"];
pub(super) const PERSON: &[&str] = &[
    "objectGUID",
    "objectSid",
    "primaryGroupID",
    "userAccountControl",
    "accountExpires",
    "lockoutTime",
    "msDS-User-Account-Control-Computed",
];
pub(super) const GROUP: &[&str] = &["objectGUID", "objectSid"];
/// The two names of an account.
pub(super) const LOGINS: &[&str] = &["userPrincipalName", "sAMAccountName"];

/// When each attribute changed.
pub(crate) const STAMPS: &str = "replPropertyMetaData";
/// The attribute `name` in it.
const NAME: u32 = 0x0009_0001;

/// `ACCOUNTDISABLE`.
const SWITCHED_OFF: i64 = 0x2;
/// `LOCKOUT`, in the computed flags alone.
const LOCKED: i64 = 0x10;
/// 100 nanoseconds of the years between 1601 and 1970.
const EPOCH: i64 = 116_444_736_000_000_000;

pub(super) fn id(entry: &RawEntry) -> Option<ExternalId> {
    let guid = <[u8; 16]>::try_from(entry.values("objectGUID").first()?.as_slice()).ok()?;
    Some(ExternalId::from_bytes(swapped(guid)))
}

/// Between the order in which the directory keeps a GUID and the one in which it is written; its own inverse.
fn swapped(mut guid: [u8; 16]) -> [u8; 16] {
    guid.get_mut(0..4).map(<[u8]>::reverse);
    guid.get_mut(4..6).map(<[u8]>::reverse);
    guid.get_mut(6..8).map(<[u8]>::reverse);
    guid
}

pub(super) fn with_id(id: &ExternalId) -> String {
    let number = u128::from_str_radix(id.as_str(), 16).unwrap_or_default();
    format!("(objectGUID={})", filter::escape_bytes(&swapped(number.to_be_bytes())))
}

pub(super) fn state(entry: &RawEntry, now: Timestamp) -> PersonState {
    let flags = entry.number("userAccountControl").unwrap_or(0);
    if flags & SWITCHED_OFF != 0 {
        return PersonState::Disabled;
    }
    // 0 and the largest number mean: for ever.
    let expires = entry.number("accountExpires").filter(|time| *time > 0 && *time < i64::MAX);
    if expires.is_some_and(|time| time <= file_time(now)) {
        return PersonState::Expired;
    }
    // `lockoutTime` stays after the lock has ended; the computed flags know its end.
    let locked = match entry.number("msDS-User-Account-Control-Computed") {
        Some(computed) => computed & LOCKED != 0,
        None => entry.number("lockoutTime").is_some_and(|time| time > 0),
    };
    if locked { PersonState::Locked } else { PersonState::Active }
}

/// A moment as the directory counts it.
pub(crate) const fn file_time(moment: Timestamp) -> i64 {
    moment.millis().saturating_mul(10_000).saturating_add(EPOCH)
}

/// When the entry got its present name, in this server's count: at its making, a rename, or a move. Nothing where the
/// bind account may not read it ([MS-DRSR] 4.1.10.2.12, `replPropertyMetaData` as it is kept).
pub(crate) fn named_at(entry: &RawEntry) -> Option<i64> {
    let (_, stamps) = entry.values(STAMPS).first()?.split_at_checked(16)?;
    let (stamps, _) = stamps.as_chunks::<48>();
    let of_name = stamps.iter().find(|stamp| stamp.first_chunk::<4>() == Some(&NAME.to_le_bytes()))?;
    Some(i64::from_le_bytes(*of_name.last_chunk()?))
}

/// A security identifier as bytes, in its written form.
pub(crate) fn sid_text(bytes: &[u8]) -> Option<String> {
    let (&[1, count, ref authority @ ..], rest) = bytes.split_first_chunk::<8>()? else { return None };
    let authority = authority.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    if rest.len() != usize::from(count) * 4 {
        return None;
    }
    let (parts, _) = rest.as_chunks::<4>();
    let parts: Vec<String> = parts.iter().map(|part| format!("-{}", u32::from_le_bytes(*part))).collect();
    Some(format!("S-1-{authority}{}", parts.concat()))
}

/// The entry's own security identifier, as a key.
pub(crate) fn sid_key(entry: &RawEntry) -> Option<EntryKey> {
    sid_text(entry.values("objectSid").first()?).map(|sid| key(&sid))
}

/// The group that is a person's primary one: the domain's part of their identifier with the group's number at its end.
pub(crate) fn primary_group(entry: &RawEntry) -> Option<EntryKey> {
    let own = sid_text(entry.values("objectSid").first()?)?;
    let (domain, _) = own.rsplit_once('-')?;
    let number = u32::try_from(entry.number("primaryGroupID")?).ok()?;
    Some(key(&format!("{domain}-{number}")))
}

/// The key by which a group is called by its security identifier.
fn key(sid: &str) -> EntryKey {
    EntryKey(format!("sid:{sid}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::sample::entry;

    const NOW: Timestamp = Timestamp::from_millis(1_795_324_200_000);
    /// S-1-5-21-1-2-3-1105.
    const SID: &[u8] = &[1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0];

    #[test]
    fn a_guid_reads_as_administrators_write_it() {
        // {3f79048f-42cd-4c77-8426-835cd9f8a3ad}
        let bytes = [0x8f, 0x04, 0x79, 0x3f, 0xcd, 0x42, 0x77, 0x4c, 0x84, 0x26, 0x83, 0x5c, 0xd9, 0xf8, 0xa3, 0xad];
        let found = id(&entry("CN=a", &[("objectGUID", &[&bytes])])).unwrap();
        assert_eq!(found.as_str(), "3f79048f42cd4c778426835cd9f8a3ad");
        assert_eq!(with_id(&found), format!("(objectGUID={})", filter::escape_bytes(&bytes)));
        assert_eq!(id(&entry("CN=a", &[("objectGUID", &[&bytes[1..]])])), None);
    }

    #[test]
    fn sids_are_written_and_lead_to_the_primary_group() {
        let person = entry("CN=a", &[("objectSid", &[SID]), ("primaryGroupID", &[b"513"])]);
        assert_eq!(sid_key(&person), Some(EntryKey("sid:S-1-5-21-1-2-3-1105".to_owned())));
        assert_eq!(primary_group(&person), Some(EntryKey("sid:S-1-5-21-1-2-3-513".to_owned())));
        assert_eq!(sid_text(&SID[..20]), None);
        assert_eq!(sid_text(&[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), Some("S-1-1-0".to_owned()));
        assert_eq!(sid_text(b""), None);
    }

    #[test]
    fn the_stamp_of_the_name_is_found_among_the_others() {
        let stamp = |attribute: u32, usn: i64| [&attribute.to_le_bytes()[..], &[0; 36], &usn.to_le_bytes()].concat();
        let stamps = [&[0; 16][..], &stamp(0, 5), &stamp(NAME, 4711), &stamp(NAME + 1, 9)].concat();
        assert_eq!(named_at(&entry("CN=a", &[(STAMPS, &[&stamps])])), Some(4711));
        assert_eq!(named_at(&entry("CN=a", &[(STAMPS, &[&stamps[..70]])])), None);
        assert_eq!(named_at(&entry("CN=a", &[])), None);
    }

    #[test]
    fn every_mark_of_an_account_counts() {
        let yesterday = (file_time(NOW) - 864_000_000_000).to_string();
        let tomorrow = (file_time(NOW) + 864_000_000_000).to_string();
        for (attributes, expected) in [
            (&[("userAccountControl", "512")][..], PersonState::Active),
            (&[("userAccountControl", "514")], PersonState::Disabled),
            (&[("userAccountControl", "66050"), ("accountExpires", "1")], PersonState::Disabled),
            (&[("accountExpires", &yesterday)], PersonState::Expired),
            (&[("accountExpires", &tomorrow)], PersonState::Active),
            (&[("accountExpires", "0")], PersonState::Active),
            (&[("accountExpires", "9223372036854775807")], PersonState::Active),
            (&[("lockoutTime", &yesterday)], PersonState::Locked),
            (&[("lockoutTime", "0")], PersonState::Active),
            (&[("lockoutTime", &yesterday), ("msDS-User-Account-Control-Computed", "0")], PersonState::Active),
            (&[("msDS-User-Account-Control-Computed", "16")], PersonState::Locked),
        ] {
            let values: Vec<(&str, [&[u8]; 1])> =
                attributes.iter().map(|(name, value)| (*name, [value.as_bytes()])).collect();
            let values: Vec<(&str, &[&[u8]])> = values.iter().map(|(name, value)| (*name, &value[..])).collect();
            assert_eq!(state(&entry("CN=a", &values), NOW), expected, "{attributes:?}");
        }
    }
}
