//! Which entries a filter means: and, or, not, equality without regard to case, substrings, presence.

use super::world::Entry;

/// Whether the entry matches a filter that was checked before. What is not understood matches nothing.
pub(super) fn matches(filter: &str, entry: &Entry) -> bool {
    let mut rest = filter;
    one(&mut rest, entry)
}

/// Takes one filter off the front.
fn one(rest: &mut &str, entry: &Entry) -> bool {
    *rest = rest.strip_prefix('(').unwrap_or(rest);
    let result = if let Some(after) = rest.strip_prefix('&') {
        *rest = after;
        several(rest, entry).into_iter().all(|matched| matched)
    } else if let Some(after) = rest.strip_prefix('|') {
        *rest = after;
        several(rest, entry).into_iter().any(|matched| matched)
    } else if let Some(after) = rest.strip_prefix('!') {
        *rest = after;
        !one(rest, entry)
    } else {
        let end = rest.find(')').unwrap_or(rest.len());
        let (item, after) = rest.split_at(end);
        *rest = after;
        item.split_once('=').is_some_and(|(attribute, pattern)| has(entry, attribute, pattern))
    };
    *rest = rest.strip_prefix(')').unwrap_or(rest);
    result
}

fn several(rest: &mut &str, entry: &Entry) -> Vec<bool> {
    let mut results = Vec::new();
    while rest.starts_with('(') {
        results.push(one(rest, entry));
    }
    results
}

fn has(entry: &Entry, attribute: &str, pattern: &str) -> bool {
    let parts: Vec<String> = pattern.split('*').map(|part| unescape(part).to_lowercase()).collect();
    entry.values(attribute).iter().any(|value| fits(&value.to_lowercase(), &parts))
}

/// `a*b*c` as the texts between the stars.
fn fits(value: &str, parts: &[String]) -> bool {
    match parts {
        [whole] => value == whole,
        [first, middle @ .., last] => {
            let Some(mut rest) = value.strip_prefix(first.as_str()) else { return false };
            for part in middle {
                let Some(at) = rest.find(part.as_str()) else { return false };
                rest = &rest[at + part.len()..];
            }
            rest.ends_with(last.as_str())
        }
        [] => false,
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if let (b'\\', [high, low, tail @ ..]) = (first, after) {
            let digits = [*high, *low];
            let byte = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.expect("a filter that was checked"));
            rest = tail;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
