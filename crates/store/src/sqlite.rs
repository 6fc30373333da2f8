//! What only SQLite knows: the file, the pragmas, one writer with readers beside it, migrations under a lock.

mod bulk;
mod checkpoint;
mod direct;
mod explain;
mod journal;
mod line;
mod loader;
mod migrations;
mod open;
mod options;
mod store;
mod unit;

pub(crate) use explain::explain;
pub use migrations::SchemaState;
pub use options::{OpenError, SqliteOptions};
pub use store::SqliteStore;
pub(crate) use unit::SqliteUnit;
