//! The driver's errors as the port's: by culprit, with what to do, never with a value of a row in it.

use ports::{StoreError, StoreResult};
use sqlx::error::ErrorKind;

/// Any error of the driver.
#[expect(clippy::needless_pass_by_value, reason = "takes what `map_err` gives")]
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) => match database.kind() {
            ErrorKind::UniqueViolation => StoreError::Conflict { entity: "a record", field: "id" },
            ErrorKind::ForeignKeyViolation => {
                StoreError::Missing { entity: "a record", id: "that this change refers to".to_owned() }
            }
            _ => StoreError::Unavailable {
                message: super::backend::explain(database.as_ref()).unwrap_or_else(|| database.message().to_owned()),
            },
        },
        sqlx::Error::ColumnDecode { source, .. } => {
            StoreError::Corrupt { what: "a column", message: source.to_string() }
        }
        sqlx::Error::PoolTimedOut => StoreError::Unavailable {
            message: "no connection was free for 5 s: another change takes too long".to_owned(),
        },
        sqlx::Error::PoolClosed => StoreError::Unavailable { message: "it was closed".to_owned() },
        other => StoreError::Unavailable { message: other.to_string() },
    }
}

/// As [`failed`], but a unique value that is taken is named: the first of `fields` (column, field) whose column the
/// driver complains about, else `id`.
pub(crate) fn conflict(
    entity: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let Some(database) = error.as_database_error().filter(|database| database.is_unique_violation()) else {
            return failed(error);
        };
        let complaint = database.constraint().unwrap_or_else(|| database.message());
        let field = fields.iter().find(|(column, _)| complaint.contains(column)).map_or("id", |(_, field)| *field);
        StoreError::Conflict { entity, field }
    }
}

/// The same error again, for another caller of the same transaction.
pub(crate) fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Conflict { entity, field } => StoreError::Conflict { entity, field },
        StoreError::Missing { entity, id } => StoreError::Missing { entity, id: id.clone() },
        StoreError::Corrupt { what, message } => StoreError::Corrupt { what, message: message.clone() },
        StoreError::NewerSchema { found, known } => StoreError::NewerSchema { found: *found, known: *known },
        StoreError::BadCursor { cursor } => StoreError::BadCursor { cursor: cursor.clone() },
        StoreError::Unavailable { message } => StoreError::Unavailable { message: message.clone() },
    }
}

/// `Missing` when a change met no row.
pub(crate) fn expect_row(rows: u64, entity: &'static str, id: &impl ToString) -> StoreResult<()> {
    if rows == 0 { Err(StoreError::Missing { entity, id: id.to_string() }) } else { Ok(()) }
}
