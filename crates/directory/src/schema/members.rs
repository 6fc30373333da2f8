//! How groups name their members, each way as the key of what is meant.

use domain::directory::EntryKey;

use crate::entry::RawEntry;

/// The members that an entry names, and how many of its values are no text and name nobody.
pub(crate) fn take(entry: &mut RawEntry, attributes: &[&str]) -> (Vec<EntryKey>, usize) {
    let mut keys = Vec::new();
    let mut unreadable = 0;
    for attribute in attributes {
        let values = entry.take(attribute);
        let range = entry.take_range(attribute).map(|(values, _)| values);
        add(&mut keys, &mut unreadable, attribute, values.into_iter().chain(range.into_iter().flatten()));
    }
    (keys, unreadable)
}

/// Adds values of one attribute.
pub(crate) fn add(
    keys: &mut Vec<EntryKey>,
    unreadable: &mut usize,
    attribute: &str,
    values: impl IntoIterator<Item = Vec<u8>>,
) {
    for value in values {
        match std::str::from_utf8(&value) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => keys.push(key(attribute, text)),
            Err(_) => *unreadable += 1,
        }
    }
}

/// One value as a key.
pub(crate) fn key(attribute: &str, value: &str) -> EntryKey {
    match attribute {
        "memberUid" => EntryKey::of_uid(value),
        "uniqueMember" => EntryKey::of_dn(without_identifier(value)),
        _ => EntryKey::of_dn(value),
    }
}

/// `cn=a,dc=b#'0101'B` without the identifier that tells equal names apart (RFC 4517 §3.3.21).
fn without_identifier(value: &str) -> &str {
    let identifier = |text: &str| {
        let bits = text.strip_prefix('\'').and_then(|text| text.strip_suffix("'B"));
        bits.is_some_and(|bits| bits.bytes().all(|bit| matches!(bit, b'0' | b'1')))
    };
    match value.rsplit_once('#') {
        Some((dn, tail)) if identifier(tail) => dn,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::sample::entry;

    #[test]
    fn every_way_to_name_a_member_becomes_a_key() {
        let mut group = entry(
            "cn=g",
            &[
                ("member", &[b"UID=A,dc=x", b"", b"\xff"]),
                ("uniqueMember", &[b"uid=b,dc=x#'0101'B", b"cn=c#1,dc=x", b"cn=d,dc=x#'2'B"]),
                ("memberUid", &[b"E"]),
            ],
        );
        let (keys, unreadable) = take(&mut group, &["member", "uniqueMember", "memberUid"]);
        let keys: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        assert_eq!(keys, ["dn:uid=a,dc=x", "dn:uid=b,dc=x", "dn:cn=c#1,dc=x", "dn:cn=d,dc=x#'2'b", "uid:e"]);
        assert_eq!(unreadable, 1);
    }
}
