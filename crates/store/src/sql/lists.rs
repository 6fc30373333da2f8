//! Lists of values in a condition: `… IN (…)`.

use sqlx::QueryBuilder;

use super::Db;

/// As many values as one statement asks for: far below every database's limit on bound values.
pub(super) const AT_ONCE: usize = 512;

/// Adds `(…)` with these values, at most [`AT_ONCE`], filled up to a power of two with the first one again: few
/// statements, each prepared once.
pub(super) fn push_list<'value>(
    query: &mut QueryBuilder<Db>,
    values: impl ExactSizeIterator<Item = &'value str> + Clone,
) {
    let count = values.len().next_power_of_two();
    let first = values.clone().take(1).cycle();
    let mut list = query.push("(").separated(", ");
    for value in values.chain(first).take(count) {
        list.push_bind(value.to_owned());
    }
    list.push_unseparated(")");
}
