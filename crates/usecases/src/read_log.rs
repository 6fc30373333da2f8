//! The system log, read back.

use domain::Event;
use ports::{Page, PageRequest};

pub use ports::{EventFilter, SortOrder};

use crate::{
    caller::Caller,
    error::Result,
    services::Services,
    sift::{Keep, Reading, sift},
};

/// A page of events. `next` is always given, so that a reader can wait for what comes; only a list that has an end
/// (`until` is set, or newest first) has none after its last page. About `keep` see [`crate::manage_users::list`].
///
/// # Errors
/// `Forbidden`; `Invalid` for an `after` that was never given.
pub async fn list(
    services: &Services,
    caller: &Caller,
    filter: &EventFilter,
    page: &PageRequest,
    keep: Keep<'_, Event>,
) -> Result<Page<Event>> {
    caller.must_read()?;
    let read = |request: PageRequest| -> Reading<'_, Event> {
        Box::pin(async move { services.store.events(filter, &request).await })
    };
    let found = sift(page, read, keep).await?;
    let next = if filter.has_an_end() && found.ended { None } else { found.page.next };
    Ok(Page { items: found.page.items, next })
}
