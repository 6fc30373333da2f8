//! Where a page begins: keyset cursors, safe in a URL, read back strictly.

use ports::{Page, PageRequest, StoreError, StoreResult};

/// What a page asks for, checked: at least 1, at most 1,000.
pub(crate) fn limit(page: &PageRequest) -> i64 {
    i64::from(page.limit.clamp(1, 1_000))
}

fn bad(cursor: &str) -> StoreError {
    StoreError::BadCursor { cursor: cursor.chars().take(64).collect() }
}

/// The id after which a page of a list by id begins; the empty text, which sorts first, for the first page.
pub(crate) fn after_id<T, E>(page: &PageRequest, parse: impl Fn(&str) -> Result<T, E>) -> StoreResult<&str> {
    match page.after.as_deref() {
        None => Ok(""),
        Some(cursor) => parse(cursor).map(|_| cursor).map_err(|_| bad(cursor)),
    }
}

/// A number, a second number and a text, as one cursor.
pub(crate) fn join(first: i64, second: i64, text: &str) -> String {
    format!("{first}_{second}_{text}")
}

/// Reads [`join`] back.
pub(crate) fn split(cursor: &str) -> StoreResult<(i64, i64, String)> {
    let read = || {
        let mut parts = cursor.splitn(3, '_');
        let first = parts.next()?.parse().ok()?;
        let second = parts.next()?.parse().ok()?;
        let text = parts.next()?;
        plain(text).then(|| (first, second, text.to_owned()))
    };
    read().ok_or_else(|| bad(cursor))
}

fn plain(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Any text as a cursor that is safe in a URL.
pub(crate) fn hide(text: &str) -> String {
    hex::encode(text)
}

/// Reads [`hide`] back.
pub(crate) fn reveal(cursor: &str) -> StoreResult<String> {
    hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| bad(cursor))
}

/// Refuses a cursor that was readable but names nothing.
pub(crate) fn refuse(cursor: &str) -> StoreError {
    bad(cursor)
}

/// Makes a page out of up to `limit + 1` entries; `mark` says where the next one begins after an entry.
pub(crate) fn page<T>(mut items: Vec<T>, limit: i64, mark: impl Fn(&T) -> String) -> Page<T> {
    let wanted = usize::try_from(limit).unwrap_or(1);
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next = if more { items.last().map(mark) } else { None };
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_made() {
        assert_eq!(split(&join(-3, 9, "00gA")).unwrap(), (-3, 9, "00gA".to_owned()));
        assert_eq!(reveal(&hide("arn:aws:iam::1:role/é")).unwrap(), "arn:aws:iam::1:role/é");
    }

    #[test]
    fn what_was_never_given_as_next_is_refused_and_named() {
        for cursor in ["", "x", "1_2", "1_x_y", "1_2_a'b", "zz", "é"] {
            let refused = split(cursor).err().or_else(|| reveal(cursor).err());
            assert!(matches!(refused, Some(StoreError::BadCursor { cursor: named }) if named == cursor), "{cursor}");
        }
    }
}
