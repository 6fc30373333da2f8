//! The statements, one file per aggregate, as implementations of the ports' traits for the backend's store and unit of
//! work. Lists that are filtered are put together from fixed pieces; values are always bound.

mod agents;
mod apps;
mod assignments;
mod aws_accounts;
mod aws_reading;
mod aws_roles;
mod aws_settings;
mod directories;
mod directory_entries;
mod events;
mod group_rules;
mod groups;
mod import_runs;
mod keys;
mod lists;
mod matches;
mod sessions;
mod staging;
mod tokens;
mod users;

pub(crate) use super::backend::{Connection, Db, Store, Unit};
pub(crate) use directory_entries::{IN, IS};
pub(crate) use events::{INSERT_EVENT, INSERT_SUBJECT};

use ports::{StoreError, StoreResult};
use sqlx::QueryBuilder;

use crate::error::failed;

/// Begins a statement with conditions: each [`Conditions::and`] adds one more.
struct Conditions {
    query: QueryBuilder<Db>,
    joined: bool,
}

impl Conditions {
    fn of(select: &'static str) -> Self {
        Self { query: QueryBuilder::new(select), joined: false }
    }

    /// `WHERE` the first time, `AND` after it; to be followed by a condition.
    fn and(&mut self, condition: &'static str) -> &mut QueryBuilder<Db> {
        self.query.push(if self.joined { " AND " } else { " WHERE " });
        self.joined = true;
        self.query.push(condition)
    }

    /// Adds `ORDER BY … LIMIT` with one entry more than asked for: it tells whether there is a next page.
    fn ordered(mut self, order: &'static str, limit: i64) -> QueryBuilder<Db> {
        self.query.push(order).push(" LIMIT ").push_bind(limit + 1);
        self.query
    }
}

/// `Missing` unless the row is there. `select` answers one number: how many rows have the id.
async fn require(connection: &mut Connection, select: &'static str, entity: &'static str, id: &str) -> StoreResult<()> {
    let count: i64 = sqlx::query_scalar(select).bind(id).fetch_one(connection).await.map_err(failed)?;
    if count == 0 { Err(StoreError::Missing { entity, id: id.to_owned() }) } else { Ok(()) }
}

const HAS_USER: &str = "SELECT count(*) FROM users WHERE id = $1";
const HAS_GROUP: &str = "SELECT count(*) FROM user_groups WHERE id = $1";
const HAS_DIRECTORY: &str = "SELECT count(*) FROM directories WHERE id = $1";
const HAS_APP: &str = "SELECT count(*) FROM apps WHERE id = $1";
