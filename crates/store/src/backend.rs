//! Which database the statements of `sql` are compiled for, and how its driver's errors read.

/// The database.
pub(crate) type Db = sqlx::Sqlite;
/// One connection of it.
pub(crate) type Connection = sqlx::SqliteConnection;

pub(crate) use crate::sqlite::{SqliteStore as Store, SqliteUnit as Unit, explain};
