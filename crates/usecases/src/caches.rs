//! What is derived from the store and kept while its entitlement revision stays the same.
//!
//! Every cached value carries the revision it was made from; a reader that holds a newer revision makes it anew. So a
//! change on any node counts at the next request, without messages between nodes.

/// The caches of one process.
pub(crate) struct Caches {}

impl Caches {
    /// Empty ones.
    pub(crate) fn new() -> Self {
        Self {}
    }
}
