//! Groups, who is in them, and which groups are in which. Direct memberships are stored; what follows from nesting is found
//! when it is asked for.

use async_trait::async_trait;
use domain::{Group, GroupId, Timestamp, User, UserGroups, UserId};
use ports::{GroupReader, GroupWriter, Page, PageRequest, StoreResult};

use super::{
    Conditions, Connection, Db, HAS_DIRECTORY, HAS_GROUP, HAS_USER, Store, Unit,
    lists::{AT_ONCE, push_list},
    require,
    users::user_columns,
};
use crate::{
    cursor,
    error::{conflict, expect_row, failed},
    rows::{Columns, FromColumns, GroupRow, UserRow, all, id as parsed_id, one},
    text::{fold, prefix_pattern},
};

/// The columns of [`GroupRow`], to be selected from [`group_tables`].
macro_rules! group_columns {
    () => {
        "g.id, g.directory_id, d.name AS directory_name, d.kind AS directory_kind, g.name, g.description, g.created, \
         g.last_updated, g.last_membership_updated"
    };
}
pub(super) use group_columns;

/// Groups as `g`, which the condition picks, with the directories that they come from.
macro_rules! group_tables {
    ($condition:literal) => {
        concat!("user_groups g ON ", $condition, " LEFT JOIN directories d ON d.id = g.directory_id")
    };
    () => {
        "user_groups g LEFT JOIN directories d ON d.id = g.directory_id"
    };
}
pub(super) use group_tables;

/// Begins a statement that knows every group that a user is in as `mine (id)`. `UNION` keeps each group once, so that
/// loops end; `CROSS JOIN` makes SQLite begin with the few groups found so far.
macro_rules! with_groups_of {
    ($user:literal) => {
        concat!(
            "WITH RECURSIVE mine (id) AS (SELECT m.group_id FROM memberships m WHERE m.user_id = ",
            $user,
            " UNION SELECT n.parent_id FROM mine CROSS JOIN group_nesting n WHERE n.child_id = mine.id) "
        )
    };
}
pub(super) use with_groups_of;

const BY_ID: &str = concat!("SELECT ", group_columns!(), " FROM ", group_tables!(), " WHERE g.id = $1");
const BY_NAME: &str =
    concat!("SELECT ", group_columns!(), " FROM ", group_tables!(), " WHERE g.directory_id IS NULL AND g.name = $1");
const LIST: &str = concat!("SELECT ", group_columns!(), " FROM ", group_tables!());
const OF_USER: &str = concat!(
    with_groups_of!("$1"),
    "SELECT ",
    group_columns!(),
    " FROM mine CROSS JOIN ",
    group_tables!(),
    " WHERE g.id = mine.id ORDER BY g.name_folded, g.id"
);
const GRAPH: &str = concat!(
    "WITH RECURSIVE way (member_id, group_id) AS (\
     SELECT NULL, m.group_id FROM memberships m WHERE m.user_id = $1 \
     UNION SELECT n.child_id, n.parent_id FROM way CROSS JOIN group_nesting n WHERE n.child_id = way.group_id) \
     SELECT way.member_id, ",
    group_columns!(),
    " FROM way CROSS JOIN ",
    group_tables!(),
    " WHERE g.id = way.group_id ORDER BY g.name_folded, g.id, way.member_id"
);
const DIRECT_MEMBERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.group_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3"
);
const MEMBERS: &str = concat!(
    "WITH RECURSIVE below (id) AS (SELECT g.id FROM user_groups g WHERE g.id = $1 \
     UNION SELECT n.child_id FROM below CROSS JOIN group_nesting n WHERE n.parent_id = below.id), \
     members (id) AS (SELECT DISTINCT m.user_id FROM below CROSS JOIN memberships m \
     WHERE m.group_id = below.id AND m.user_id > $2 ORDER BY m.user_id LIMIT $3) \
     SELECT ",
    user_columns!(),
    " FROM members CROSS JOIN users u WHERE u.id = members.id ORDER BY u.id"
);
const HAS_CHILDREN: &str = "SELECT count(*) FROM (SELECT 1 FROM group_nesting WHERE parent_id = $1 LIMIT 1) some";
const CHILDREN: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM group_nesting n JOIN ",
    group_tables!("g.id = n.child_id"),
    " WHERE n.parent_id = $1 AND n.child_id > $2 ORDER BY n.child_id LIMIT $3"
);
const PARENTS: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM group_nesting n JOIN ",
    group_tables!("g.id = n.parent_id"),
    " WHERE n.child_id = $1 AND n.parent_id > $2 ORDER BY n.parent_id LIMIT $3"
);
const UNIQUE: &[(&str, &str)] = &[("name", "name")];

/// A group, and the group through which one comes into it; none where one is in it directly.
struct Way {
    through: Option<GroupId>,
    group: Group,
}

impl FromColumns for Way {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let through = columns.optional_text()?.map(|id| parsed_id("group_nesting.child_id", id.to_owned()));
        Ok(Self { through: through.transpose()?, group: Group::read(columns)? })
    }
}

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
        let mut reader = self.reader().await?;
        let nested: i64 =
            sqlx::query_scalar(HAS_CHILDREN).bind(id.as_str()).fetch_one(&mut *reader).await.map_err(failed)?;
        // Without nesting, a page is a walk along the index from where the last one ended.
        people(&mut reader, if nested == 0 { DIRECT_MEMBERS } else { MEMBERS }, id, page).await
    }

    async fn direct_members(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<User>> {
        people(&mut *self.reader().await?, DIRECT_MEMBERS, id, page).await
    }

    async fn child_groups(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<Group>> {
        groups_beside(&mut *self.reader().await?, CHILDREN, id, page).await
    }

    async fn parent_groups(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<Group>> {
        groups_beside(&mut *self.reader().await?, PARENTS, id, page).await
    }

    async fn groups_of_user(&self, id: &UserId) -> StoreResult<Vec<Group>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, GroupRow>(OF_USER).bind(id.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }

    async fn user_groups_graph(&self, id: &UserId) -> StoreResult<UserGroups> {
        let mut graph = UserGroups::default();
        self.rows_by_keys(GRAPH, std::iter::once([id.as_str()]), |way| add_way(&mut graph, way)).await?;
        Ok(graph)
    }

    async fn group_nesting(&self) -> StoreResult<Vec<(GroupId, GroupId)>> {
        let mut reader = self.reader().await?;
        let pairs: Vec<(String, String)> = sqlx::query_as("SELECT n.child_id, n.parent_id FROM group_nesting n")
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        let parsed = |(child, parent)| {
            Ok((parsed_id("group_nesting.child_id", child)?, parsed_id("group_nesting.parent_id", parent)?))
        };
        pairs.into_iter().map(parsed).collect()
    }

    async fn direct_groups_of(&self, users: &[UserId]) -> StoreResult<Vec<(UserId, GroupId)>> {
        let mut reader = self.reader().await?;
        let mut found = Vec::new();
        for some in users.chunks(AT_ONCE) {
            let mut query = Conditions::of("SELECT m.user_id, m.group_id FROM memberships m");
            push_list(query.and("m.user_id IN "), some.iter().map(UserId::as_str));
            let pairs: Vec<(String, String)> =
                query.query.build_query_as().fetch_all(&mut *reader).await.map_err(failed)?;
            for (user, group) in pairs {
                found.push((parsed_id("memberships.user_id", user)?, parsed_id("memberships.group_id", group)?));
            }
        }
        Ok(found)
    }
}

/// Ways that lead to one group come one after the other.
fn add_way(graph: &mut UserGroups, Way { through, group }: Way) {
    match through {
        None => graph.direct.push(group.id.clone()),
        Some(child) => graph.parents.push((child, group.id.clone())),
    }
    if graph.groups.last().is_none_or(|last| last.id != group.id) {
        graph.groups.push(group);
    }
}

async fn people(
    connection: &mut Connection,
    select: &'static str,
    group: &GroupId,
    page: &PageRequest,
) -> StoreResult<Page<User>> {
    let limit = cursor::limit(page);
    let after = cursor::after_id(page, UserId::parse)?;
    let query = sqlx::query_as::<_, UserRow>(select).bind(group.as_str()).bind(after).bind(limit + 1);
    let rows = query.fetch_all(connection).await.map_err(failed)?;
    Ok(cursor::page(all(rows)?, limit, |user: &User| user.id.to_string()))
}

async fn groups_beside(
    connection: &mut Connection,
    select: &'static str,
    group: &GroupId,
    page: &PageRequest,
) -> StoreResult<Page<Group>> {
    let limit = cursor::limit(page);
    let after = cursor::after_id(page, GroupId::parse)?;
    let query = sqlx::query_as::<_, GroupRow>(select).bind(group.as_str()).bind(after).bind(limit + 1);
    let rows = query.fetch_all(connection).await.map_err(failed)?;
    Ok(cursor::page(all(rows)?, limit, |group: &Group| group.id.to_string()))
}

fn bind_group(sql: &'static str, group: &Group) -> sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments> {
    sqlx::query(sql)
        .bind(group.id.to_string())
        .bind(group.source.directory().map(ToString::to_string))
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
        require_directory(self.connection(), group).await?;
        let statement = bind_group(
            "INSERT INTO group_records (id, directory_id, name, name_folded, description, created, last_updated, \
             last_membership_updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            group,
        );
        statement.execute(self.entitlement_changes()).await.map_err(conflict("group", UNIQUE))?;
        Ok(())
    }

    async fn update_group(&mut self, group: &Group) -> StoreResult<()> {
        require_directory(self.connection(), group).await?;
        let statement = bind_group(
            "UPDATE group_records SET directory_id = $2, name = $3, name_folded = $4, description = $5, created = $6, \
             last_updated = $7, last_membership_updated = $8 WHERE id = $1",
            group,
        );
        let done = statement.execute(self.entitlement_changes()).await.map_err(conflict("group", UNIQUE))?;
        expect_row(done.rows_affected(), "group", &group.id)
    }

    async fn delete_group(&mut self, id: &GroupId) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM group_records WHERE id = $1")
            .bind(id.as_str())
            .execute(self.entitlement_changes())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "group", id)
    }

    async fn add_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool> {
        require(self.connection(), HAS_GROUP, "group", group.as_str()).await?;
        require(self.connection(), HAS_USER, "user", user.as_str()).await?;
        let keep = "UPDATE memberships SET rule_id = NULL WHERE group_id = $1 AND user_id = $2 AND rule_id IS NOT NULL";
        let kept = sqlx::query(keep).bind(group.as_str()).bind(user.as_str());
        if kept.execute(self.connection()).await.map_err(failed)?.rows_affected() > 0 {
            return Ok(false);
        }
        let insert = "INSERT INTO memberships (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        change_membership(self, insert, group, user.as_str(), now).await
    }

    async fn remove_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool> {
        let delete = "DELETE FROM memberships WHERE group_id = $1 AND user_id = $2";
        change_membership(self, delete, group, user.as_str(), now).await
    }

    async fn add_nested(&mut self, parent: &GroupId, child: &GroupId, now: Timestamp) -> StoreResult<bool> {
        require(self.connection(), HAS_GROUP, "group", parent.as_str()).await?;
        require(self.connection(), HAS_GROUP, "group", child.as_str()).await?;
        let insert = "INSERT INTO group_nesting (parent_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        change_membership(self, insert, parent, child.as_str(), now).await
    }

    async fn remove_nested(&mut self, parent: &GroupId, child: &GroupId, now: Timestamp) -> StoreResult<bool> {
        let delete = "DELETE FROM group_nesting WHERE parent_id = $1 AND child_id = $2";
        change_membership(self, delete, parent, child.as_str(), now).await
    }
}

async fn require_directory(connection: &mut Connection, group: &Group) -> StoreResult<()> {
    match group.source.directory() {
        None => Ok(()),
        Some(directory) => require(connection, HAS_DIRECTORY, "directory", directory.as_str()).await,
    }
}

async fn change_membership(
    unit: &mut Unit,
    statement: &'static str,
    group: &GroupId,
    member: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let done =
        sqlx::query(statement).bind(group.as_str()).bind(member).execute(unit.connection()).await.map_err(failed)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    members_changed(unit, group, now).await?;
    Ok(true)
}

/// Notes on a group that its members changed.
pub(super) async fn members_changed(unit: &mut Unit, group: &GroupId, now: Timestamp) -> StoreResult<()> {
    sqlx::query("UPDATE group_records SET last_membership_updated = $2 WHERE id = $1")
        .bind(group.as_str())
        .bind(now.millis())
        .execute(unit.entitlement_changes())
        .await
        .map_err(failed)?;
    Ok(())
}
