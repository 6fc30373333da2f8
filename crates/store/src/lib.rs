//! The store on SQLite: implements `ports::Store`; nothing outside this crate names SQL.
//!
//! ```text
//! sqlite/    opening, pragmas, pools, migrations, the writer, the unit of work, the hot reads and writes: what only
//!            SQLite knows
//! sql/       one file per aggregate: the statements, as implementations of the ports' traits
//! rows/      what a row holds, and its conversion into domain values; JSON documents
//! ```
//! `sql` and `rows` name no database: they take `Db`, `Store` and `Unit` from [`backend`], and their SQL keeps to what
//! PostgreSQL takes too (`$1`, `ON CONFLICT … excluded`, `RETURNING`, no functions of SQLite's own). A second backend
//! brings its own `backend` module and compiles the same files against it.

mod backend;
mod cursor;
mod error;
mod rows;
mod sql;
mod sqlite;
mod text;

pub use sqlite::{OpenError, SchemaState, SqliteOptions, SqliteStore};
