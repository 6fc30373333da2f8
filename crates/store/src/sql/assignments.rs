//! Assignments of users and groups to apps.

use async_trait::async_trait;
use domain::{App, AppId, Group, GroupAssignment, GroupId, UserAssignment, UserId};
use ports::{AssignmentReader, AssignmentWriter, Page, PageRequest, StoreResult};

use super::{
    HAS_APP, HAS_GROUP, HAS_USER, Store, Unit,
    apps::app_columns,
    groups::{group_columns, group_tables, with_groups_of},
    require,
};
use crate::{
    cursor,
    error::failed,
    rows::{AppRow, Columns, FromColumns, GroupAssignmentRow, UserAssignmentRow, all, one, roles_text},
};

macro_rules! user_assignment_columns {
    () => {
        "a.app_id, a.user_id, a.user_name, a.role, a.saml_roles, a.created, a.last_updated"
    };
}
macro_rules! group_assignment_columns {
    () => {
        "a.app_id, a.group_id, a.priority, a.role, a.saml_roles, a.created AS assigned, \
         a.last_updated AS assignment_updated"
    };
}

const OF_USER: &str =
    concat!("SELECT ", user_assignment_columns!(), " FROM user_assignments a WHERE a.app_id = $1 AND a.user_id = $2");
const USERS: &str = concat!(
    "SELECT ",
    user_assignment_columns!(),
    " FROM user_assignments a WHERE a.app_id = $1 AND a.user_id > $2 ORDER BY a.user_id LIMIT $3"
);
const OF_GROUP: &str = concat!(
    "SELECT ",
    group_assignment_columns!(),
    " FROM group_assignments a WHERE a.app_id = $1 AND a.group_id = $2"
);
const GROUPS: &str = concat!(
    "SELECT ",
    group_assignment_columns!(),
    " FROM group_assignments a WHERE a.app_id = $1 AND (a.priority, a.created, a.group_id) > ($2, $3, $4) \
     ORDER BY a.priority, a.created, a.group_id LIMIT $5"
);
/// `CROSS JOIN` makes SQLite begin with the few groups of the user, not with all assignments of the app.
macro_rules! through_groups {
    ($rest:literal) => {
        concat!(
            with_groups_of!("$1"),
            "SELECT ",
            group_assignment_columns!(),
            ", ",
            group_columns!(),
            " FROM mine CROSS JOIN group_assignments a CROSS JOIN ",
            group_tables!("g.id = a.group_id"),
            " WHERE a.group_id = mine.id AND a.app_id = $2",
            $rest
        )
    };
}
const THROUGH_GROUPS: &str = through_groups!(" ORDER BY a.priority, a.created, a.group_id");
/// Nothing is sorted, so that SQLite stops at the first: as a rule a group that the user is in directly.
const THROUGH_SOME_GROUP: &str = through_groups!(" LIMIT 1");
const APPS_OF_USER: &str = concat!(
    with_groups_of!("$1"),
    "SELECT ",
    app_columns!(),
    " FROM apps p WHERE p.status = 'ACTIVE' AND p.id IN (\
     SELECT a.app_id FROM user_assignments a WHERE a.user_id = $1 \
     UNION SELECT a.app_id FROM mine CROSS JOIN group_assignments a \
     WHERE a.group_id = mine.id) ORDER BY p.label_folded, p.id"
);
const APPS_OF_GROUP: &str = concat!(
    "SELECT ",
    app_columns!(),
    " FROM apps p JOIN group_assignments a ON a.app_id = p.id WHERE a.group_id = $1 ORDER BY p.label_folded, p.id"
);

struct AssignedGroup {
    assignment: GroupAssignment,
    group: Group,
}

impl FromColumns for AssignedGroup {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        Ok(Self { assignment: GroupAssignment::read(columns)?, group: Group::read(columns)? })
    }
}

#[async_trait]
impl AssignmentReader for Store {
    async fn user_assignment(&self, app: &AppId, user: &UserId) -> StoreResult<Option<UserAssignment>> {
        self.row_by_key(OF_USER, [app.as_str(), user.as_str()]).await
    }

    async fn user_assignments(&self, app: &AppId, page: &PageRequest) -> StoreResult<Page<UserAssignment>> {
        let limit = cursor::limit(page);
        let after = cursor::after_id(page, UserId::parse)?;
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, UserAssignmentRow>(USERS).bind(app.as_str()).bind(after).bind(limit + 1);
        let items = all(query.fetch_all(&mut *reader).await.map_err(failed)?)?;
        Ok(cursor::page(items, limit, |assignment: &UserAssignment| assignment.user.to_string()))
    }

    async fn group_assignment(&self, app: &AppId, group: &GroupId) -> StoreResult<Option<GroupAssignment>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, GroupAssignmentRow>(OF_GROUP).bind(app.as_str()).bind(group.as_str());
        one(query.fetch_optional(&mut *reader).await.map_err(failed)?)
    }

    async fn group_assignments(&self, app: &AppId, page: &PageRequest) -> StoreResult<Page<GroupAssignment>> {
        let limit = cursor::limit(page);
        let first = || Ok((-1, 0, String::new()));
        let (priority, created, group) = page.after.as_deref().map_or_else(first, cursor::split)?;
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, GroupAssignmentRow>(GROUPS)
            .bind(app.as_str())
            .bind(priority)
            .bind(created)
            .bind(group)
            .bind(limit + 1)
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        Ok(cursor::page(all(rows)?, limit, |assignment: &GroupAssignment| {
            cursor::join(assignment.priority.into(), assignment.created.millis(), assignment.group.as_str())
        }))
    }

    async fn group_assignments_of_user(
        &self,
        app: &AppId,
        user: &UserId,
    ) -> StoreResult<Vec<(GroupAssignment, Group)>> {
        let key = [user.as_str(), app.as_str()];
        let mut found = Vec::new();
        let pair = |row: AssignedGroup| found.push((row.assignment, row.group));
        self.rows_by_keys(THROUGH_GROUPS, std::iter::once(key), pair).await?;
        Ok(found)
    }

    async fn some_group_assignment_of_user(
        &self,
        app: &AppId,
        user: &UserId,
    ) -> StoreResult<Option<(GroupAssignment, Group)>> {
        let found: Option<AssignedGroup> = self.row_by_key(THROUGH_SOME_GROUP, [user.as_str(), app.as_str()]).await?;
        Ok(found.map(|found| (found.assignment, found.group)))
    }

    async fn apps_of_user(&self, user: &UserId) -> StoreResult<Vec<App>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, AppRow>(APPS_OF_USER).bind(user.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }

    async fn apps_of_group(&self, group: &GroupId) -> StoreResult<Vec<App>> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query_as::<_, AppRow>(APPS_OF_GROUP).bind(group.as_str()).fetch_all(&mut *reader).await;
        all(rows.map_err(failed)?)
    }
}

#[async_trait]
impl AssignmentWriter for Unit {
    async fn put_user_assignment(&mut self, assignment: &UserAssignment) -> StoreResult<()> {
        require(self.connection(), HAS_APP, "app", assignment.app.as_str()).await?;
        require(self.connection(), HAS_USER, "user", assignment.user.as_str()).await?;
        sqlx::query(
            "INSERT INTO user_assignments (app_id, user_id, user_name, role, saml_roles, created, last_updated) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (app_id, user_id) DO UPDATE SET \
             user_name = excluded.user_name, role = excluded.role, saml_roles = excluded.saml_roles, \
             created = excluded.created, last_updated = excluded.last_updated",
        )
        .bind(assignment.app.as_str())
        .bind(assignment.user.as_str())
        .bind(assignment.user_name.as_deref())
        .bind(assignment.roles.role.as_ref().map(ToString::to_string))
        .bind(roles_text(&assignment.roles)?)
        .bind(assignment.created.millis())
        .bind(assignment.last_updated.millis())
        .execute(self.entitlement_changes())
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn delete_user_assignment(&mut self, app: &AppId, user: &UserId) -> StoreResult<bool> {
        let delete = "DELETE FROM user_assignments WHERE app_id = $1 AND user_id = $2";
        let query = sqlx::query(delete).bind(app.as_str()).bind(user.as_str());
        Ok(query.execute(self.entitlement_changes()).await.map_err(failed)?.rows_affected() > 0)
    }

    async fn put_group_assignment(&mut self, assignment: &GroupAssignment) -> StoreResult<()> {
        require(self.connection(), HAS_APP, "app", assignment.app.as_str()).await?;
        require(self.connection(), HAS_GROUP, "group", assignment.group.as_str()).await?;
        sqlx::query(
            "INSERT INTO group_assignments (app_id, group_id, priority, role, saml_roles, created, last_updated) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (app_id, group_id) DO UPDATE SET \
             priority = excluded.priority, role = excluded.role, saml_roles = excluded.saml_roles, \
             created = excluded.created, last_updated = excluded.last_updated",
        )
        .bind(assignment.app.as_str())
        .bind(assignment.group.as_str())
        .bind(i64::from(assignment.priority))
        .bind(assignment.roles.role.as_ref().map(ToString::to_string))
        .bind(roles_text(&assignment.roles)?)
        .bind(assignment.created.millis())
        .bind(assignment.last_updated.millis())
        .execute(self.entitlement_changes())
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn delete_group_assignment(&mut self, app: &AppId, group: &GroupId) -> StoreResult<bool> {
        let delete = "DELETE FROM group_assignments WHERE app_id = $1 AND group_id = $2";
        let query = sqlx::query(delete).bind(app.as_str()).bind(group.as_str());
        Ok(query.execute(self.entitlement_changes()).await.map_err(failed)?.rows_affected() > 0)
    }
}
