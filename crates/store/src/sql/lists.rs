//! Many values with one statement: lists in a condition (`… IN (…)`), and rows to insert.

use ports::StoreResult;
use sqlx::QueryBuilder;

use super::{Connection, Db};
use crate::error::failed;

/// As many values as one statement asks for: far below every database's limit on bound values.
pub(super) const AT_ONCE: usize = 512;

/// These values, filled up to a power of two with the first one again: few statements, each prepared once.
pub(super) fn filled<T>(values: impl ExactSizeIterator<Item = T> + Clone) -> impl Iterator<Item = T> {
    let count = values.len().next_power_of_two();
    let first = values.clone().take(1).cycle();
    values.chain(first).take(count)
}

/// Adds `(…)` with these values, at most [`AT_ONCE`], [`filled`].
pub(super) fn push_list<'value>(
    query: &mut QueryBuilder<Db>,
    values: impl ExactSizeIterator<Item = &'value str> + Clone,
) {
    let mut list = query.push("(").separated(", ");
    for value in filled(values) {
        list.push_bind(value.to_owned());
    }
    list.push_unseparated(")");
}

/// One row of values in the making.
pub(super) type Row<'query> = sqlx::query_builder::Separated<'query, Db, &'static str>;

/// As many values as one statement writes: close to what SQLite takes with the same ease, far below its limit.
const WRITTEN_AT_ONCE: usize = 4_096;

/// Inserts rows, many with each statement; answers how many were. `insert` ends before `VALUES`, `conflict` comes after the
/// rows.
pub(super) async fn insert_all<T>(
    connection: &mut Connection,
    insert: &'static str,
    conflict: &'static str,
    rows: &[T],
    bind: impl Fn(Row<'_>, &T),
) -> StoreResult<usize> {
    let columns = insert.matches(',').count() + 1;
    let at_once = (WRITTEN_AT_ONCE / columns).max(1);
    let mut inserted = 0;
    for some in rows.chunks(at_once) {
        let mut query = QueryBuilder::<Db>::new(insert);
        query.push_values(some, &bind);
        query.push(conflict);
        // A full piece always has the same text and is prepared once; the rest is not kept.
        let statement = query.build().persistent(some.len() == at_once);
        inserted += statement.execute(&mut *connection).await.map_err(failed)?.rows_affected();
    }
    Ok(usize::try_from(inserted).unwrap_or(usize::MAX))
}
