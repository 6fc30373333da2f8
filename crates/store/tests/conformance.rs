//! The SQLite store does what every store must do.
#![expect(clippy::expect_used, reason = "a test")]

use std::sync::Arc;

use ports::Store;
use rolegate_store::{SqliteOptions, SqliteStore};

async fn empty_store() -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.expect("a new database opens"))
}

testkit::store_conformance!(empty_store);
