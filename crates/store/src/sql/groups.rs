//! Groups and memberships.

use async_trait::async_trait;
use domain::{Group, GroupId, GroupSource, Timestamp, User, UserId};
use ports::{GroupReader, GroupWriter, Page, PageRequest, StoreResult};

use super::{Conditions, Db, HAS_GROUP, HAS_USER, Store, Unit, require, users::user_columns};
use crate::{
    cursor,
    error::{conflict, expect_row, failed},
    rows::{GroupRow, UserRow, all, one},
    text::{fold, prefix_pattern},
};

/// The columns of [`GroupRow`]; the table is called `g`.
macro_rules! group_columns {
    () => {
        "g.id, g.directory, g.name, g.description, g.created, g.last_updated, g.last_membership_updated"
    };
}
pub(super) use group_columns;

const BY_ID: &str = concat!("SELECT ", group_columns!(), " FROM user_groups g WHERE g.id = $1");
const BY_NAME: &str =
    concat!("SELECT ", group_columns!(), " FROM user_groups g WHERE g.directory IS NULL AND g.name = $1");
const LIST: &str = concat!("SELECT ", group_columns!(), " FROM user_groups g");
const OF_USER: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM memberships m JOIN user_groups g ON g.id = m.group_id WHERE m.user_id = $1 ORDER BY g.name_folded, g.id"
);
const MEMBERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.group_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3"
);
const UNIQUE: &[(&str, &str)] = &[("name", "name")];

#[async_trait]
impl GroupReader for Store {
    async fn group(&self, id: &GroupId) -> StoreResult<Option<Group>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, GroupRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn group_by_name(&self, name: &str) -> StoreResult<Option<Group>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, GroupRow>(BY_NAME).bind(name).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn groups(&self, q: Option<&str>, page: &PageRequest) -> StoreResult<Page<Group>> {
        let limit = cursor::limit(page);
        let mut query = Conditions::of(LIST);
        query.and("g.id > ").push_bind(cursor::after_id(page, GroupId::parse)?);
        if let Some(q) = q {
            query.and("g.name_folded LIKE ").push_bind(prefix_pattern(q)).push(r" ESCAPE '\'");
        }
        let mut query = query.ordered(" ORDER BY g.id", limit);
        let mut reader = self.reader().await?;
        let rows = query.build_query_as::<GroupRow>().fetch_all(&mut *reader).await.map_err(failed)?;
        Ok(cursor::page(all(rows)?, limit, |group: &Group| group.id.to_string()))
    }

    async fn group_members(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<User>> {
        let limit = cursor::limit(page);
        let after = cursor::after_id(page, UserId::parse)?;
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, UserRow>(MEMBERS)
            .bind(id.as_str())
            .bind(after)
            .bind(limit + 1)
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        Ok(cursor::page(all(rows)?, limit, |user: &User| user.id.to_string()))
    }

    async fn groups_of_user(&self, id: &UserId) -> StoreResult<Vec<Group>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, GroupRow>(OF_USER).bind(id.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }
}

fn bind_group(sql: &'static str, group: &Group) -> sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments> {
    let directory = match &group.source {
        GroupSource::Local => None,
        GroupSource::Directory(name) => Some(name.clone()),
    };
    sqlx::query(sql)
        .bind(group.id.to_string())
        .bind(directory)
        .bind(group.name.clone())
        .bind(fold(&group.name))
        .bind(group.description.clone())
        .bind(group.created.millis())
        .bind(group.last_updated.millis())
        .bind(group.last_membership_updated.millis())
}

#[async_trait]
impl GroupWriter for Unit {
    async fn insert_group(&mut self, group: &Group) -> StoreResult<()> {
        let statement = bind_group(
            "INSERT INTO user_groups (id, directory, name, name_folded, description, created, last_updated, \
             last_membership_updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            group,
        );
        statement.execute(self.entitlement_changes()).await.map_err(conflict("group", UNIQUE))?;
        Ok(())
    }

    async fn update_group(&mut self, group: &Group) -> StoreResult<()> {
        let statement = bind_group(
            "UPDATE user_groups SET directory = $2, name = $3, name_folded = $4, description = $5, created = $6, \
             last_updated = $7, last_membership_updated = $8 WHERE id = $1",
            group,
        );
        let done = statement.execute(self.entitlement_changes()).await.map_err(conflict("group", UNIQUE))?;
        expect_row(done.rows_affected(), "group", &group.id)
    }

    async fn delete_group(&mut self, id: &GroupId) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM user_groups WHERE id = $1")
            .bind(id.as_str())
            .execute(self.entitlement_changes())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "group", id)
    }

    async fn add_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool> {
        require(self.connection(), HAS_GROUP, "group", group.as_str()).await?;
        require(self.connection(), HAS_USER, "user", user.as_str()).await?;
        let insert = "INSERT INTO memberships (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        change_membership(self, insert, group, user, now).await
    }

    async fn remove_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool> {
        let delete = "DELETE FROM memberships WHERE group_id = $1 AND user_id = $2";
        change_membership(self, delete, group, user, now).await
    }
}

async fn change_membership(
    unit: &mut Unit,
    statement: &'static str,
    group: &GroupId,
    user: &UserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(statement)
        .bind(group.as_str())
        .bind(user.as_str())
        .execute(unit.connection())
        .await
        .map_err(failed)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE user_groups SET last_membership_updated = $2 WHERE id = $1")
        .bind(group.as_str())
        .bind(now.millis())
        .execute(unit.entitlement_changes())
        .await
        .map_err(failed)?;
    Ok(true)
}
