//! Lists that the store can narrow but not decide: reads page after page until something matches.

use std::{future::Future, pin::Pin};

use ports::{Page, PageRequest, StoreResult};

use crate::error::Result;

/// Whether an entry belongs into the list.
pub type Keep<'a, T> = &'a (dyn Fn(&T) -> bool + Send + Sync);

/// A page on its way from the store.
pub(crate) type Reading<'a, T> = Pin<Box<dyn Future<Output = StoreResult<Page<T>>> + Send + 'a>>;

/// The store's pages read for one of ours. A search that finds nothing in so many answers an empty page with `next`.
const PAGES: usize = 200;

/// What was found.
pub(crate) struct Sifted<T> {
    /// At most as many entries as were asked for, and where to go on.
    pub(crate) page: Page<T>,
    /// The store's last page was not full: there is no more for now.
    pub(crate) ended: bool,
}

/// Reads until a page holds something to keep, or until the end.
pub(crate) async fn sift<'a, T>(
    request: &PageRequest,
    read: impl Fn(PageRequest) -> Reading<'a, T>,
    keep: Keep<'_, T>,
) -> Result<Sifted<T>> {
    let mut after = request.after.clone();
    for _ in 0..PAGES {
        let found = read(PageRequest { after: after.clone(), limit: request.limit }).await?;
        let full = u32::try_from(found.items.len()).is_ok_and(|count| count >= request.limit);
        let ended = !full || found.next.is_none();
        let items: Vec<T> = found.items.into_iter().filter(|item| keep(item)).collect();
        if ended || !items.is_empty() {
            return Ok(Sifted { page: Page { items, next: found.next }, ended });
        }
        after = found.next;
    }
    Ok(Sifted { page: Page { items: Vec::new(), next: after }, ended: false })
}

/// Entries of one page where all are wanted.
pub(crate) const FULL_PAGE: u32 = 1_000;

/// Reads page after page to the end.
pub(crate) async fn every<'a, T>(read: impl Fn(PageRequest) -> Reading<'a, T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut page = PageRequest { after: None, limit: FULL_PAGE };
    loop {
        let found = read(page).await?;
        all.extend(found.items);
        match found.next {
            Some(next) => page = PageRequest { after: Some(next), limit: FULL_PAGE },
            None => return Ok(all),
        }
    }
}

/// Keeps everything.
pub fn all<T>(_: &T) -> bool {
    true
}
