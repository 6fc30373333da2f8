//! A search in pages (RFC 2696), one entry after the other. A server that allows smaller pages than we ask for is asked
//! for smaller ones, as long as it has given nothing yet.

use domain::directory::{DirectoryError, DirectoryStep};
use ldap3::{
    LdapResult,
    controls::{Control, PagedResults},
};

use crate::{
    ber::{INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE},
    connection::{Fault, Item, LdapConnection, Search},
    entry::RawEntry,
    failure,
};

const OID: &str = "1.2.840.113556.1.4.319";
/// Pages without an entry, one after the other, until the server is taken to go in circles.
const MOST_EMPTY_PAGES: u32 = 1_000;

/// How many entries a page may have; learnt from the server, and kept from one search to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize(pub(crate) u32);

/// One page after the other.
pub(crate) struct Pages<'search> {
    step: DirectoryStep,
    search: &'search Search,
    cookie: Option<Vec<u8>>,
    delivered: u64,
    fruitless: u32,
}

impl<'search> Pages<'search> {
    pub(crate) fn new(step: DirectoryStep, search: &'search Search) -> Self {
        Self { step, search, cookie: Some(Vec::new()), delivered: 0, fruitless: 0 }
    }

    /// Whether the last page has come.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.cookie.is_none()
    }

    /// The next page's entries to `take`, as they come; `false` when there is no page any more.
    pub(crate) async fn next<T: Take>(
        &mut self,
        connection: &mut LdapConnection,
        size: &mut PageSize,
        take: &mut T,
    ) -> Result<bool, DirectoryError> {
        loop {
            let Some(cookie) = self.cookie.clone() else { return Ok(false) };
            let paged = PagedResults { size: i32::try_from(size.0).unwrap_or(i32::MAX), cookie };
            let search = self.search.clone().with(paged);
            let before = self.delivered;
            let mut items = connection.search(self.step, &search).await?;
            while let Some(item) = items.next().await? {
                if let Item::Entry(entry, _) = item {
                    self.delivered += 1;
                    take.take(entry).await?;
                }
            }
            let end = items.end().await;
            match end.rc {
                0 => {
                    self.fruitless = if self.delivered == before { self.fruitless + 1 } else { 0 };
                    self.cookie = self.next_cookie(&end.ctrls).map_err(|wrong| {
                        failure::lost(self.step, connection.url(), Some(&Fault::Malformed(wrong.0.to_owned())))
                    })?;
                    return Ok(true);
                }
                4 | 11 if self.delivered == 0 && size.0 > 1 => {
                    tracing::info!(server.url = %connection.url(), page.size = size.0 / 2, "directory server allows smaller pages only");
                    size.0 /= 2;
                }
                _ => return Err(self.failure(connection, &end)),
            }
        }
    }

    fn next_cookie(&self, controls: &[Control]) -> Result<Option<Vec<u8>>, Malformed> {
        let cookie = cookie_of(controls)?.filter(|cookie| !cookie.is_empty());
        if cookie.is_some() && self.fruitless > MOST_EMPTY_PAGES {
            return Err(Malformed("page after page without an entry, and no end"));
        }
        Ok(cookie)
    }

    fn failure(&self, connection: &LdapConnection, end: &LdapResult) -> DirectoryError {
        let error = failure::of_result(self.step, connection.url(), end, Some(&self.search.base));
        if !matches!(end.rc, 4 | 11) {
            return error;
        }
        let message = format!("{} (after {} entries)", error.message, self.delivered);
        DirectoryError { message, ..error }
    }
}

/// Who takes entries.
pub(crate) trait Take {
    /// Takes one; an error ends the search.
    fn take(&mut self, entry: RawEntry) -> impl Future<Output = Result<(), DirectoryError>> + Send;
}

/// Collects them.
impl Take for Vec<RawEntry> {
    async fn take(&mut self, entry: RawEntry) -> Result<(), DirectoryError> {
        self.push(entry);
        Ok(())
    }
}

/// Where the next page begins. A server without paging says nothing: everything has come.
fn cookie_of(controls: &[Control]) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(value) = controls.iter().find(|control| control.1.ctype == OID).and_then(|control| control.1.val.as_ref())
    else {
        return Ok(None);
    };
    let mut parts = Reader(value).expect(SEQUENCE)?.inner()?;
    parts.expect(INTEGER)?;
    Ok(Some(parts.expect(OCTET_STRING)?.content.to_vec()))
}

#[cfg(test)]
mod tests {
    use ldap3::controls::RawControl;

    use super::*;

    #[test]
    fn a_cookie_is_read_and_a_wrong_one_refused() {
        let control = |value: &[u8]| {
            [Control(None, RawControl { ctype: OID.to_owned(), crit: false, val: Some(value.to_vec()) })]
        };
        assert_eq!(cookie_of(&control(b"\x30\x06\x02\x01\x00\x04\x01c")), Ok(Some(b"c".to_vec())));
        assert!(cookie_of(&control(b"\x30\x03\x02\x01\x00")).is_err());
        assert!(cookie_of(&control(b"junk")).is_err());
        assert_eq!(cookie_of(&[]), Ok(None));
    }
}
