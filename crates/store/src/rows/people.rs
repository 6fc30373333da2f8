//! Users, groups, assignments.

use domain::{Group, GroupAssignment, GroupSource, RoleAssignment, User, UserAssignment, UserProfile};
use ports::{StoreError, StoreResult};

use super::{Columns, FromColumns, from_json, id, optional, small, time, to_json, value};

/// A user's row without password and lockout.
#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    id: String,
    status: String,
    login: String,
    email: String,
    first_name: String,
    last_name: String,
    extra: String,
    admin_role: Option<String>,
    directory_id: Option<String>,
    created: i64,
    activated: Option<i64>,
    status_changed: Option<i64>,
    last_login: Option<i64>,
    last_updated: i64,
    password_changed: Option<i64>,
}

/// In the order of `user_columns`.
impl FromColumns for UserRow {
    fn read(columns: &mut impl Columns) -> StoreResult<Self> {
        Ok(Self {
            id: columns.text()?,
            status: columns.text()?,
            login: columns.text()?,
            email: columns.text()?,
            first_name: columns.text()?,
            last_name: columns.text()?,
            extra: columns.text()?,
            admin_role: columns.optional_text()?,
            directory_id: columns.optional_text()?,
            created: columns.number()?,
            activated: columns.optional_number()?,
            status_changed: columns.optional_number()?,
            last_login: columns.optional_number()?,
            last_updated: columns.number()?,
            password_changed: columns.optional_number()?,
        })
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;
    fn try_from(row: UserRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("users.id", row.id)?,
            status: value("users.status", &row.status)?,
            profile: UserProfile {
                login: value("users.login", &row.login)?,
                email: value("users.email", &row.email)?,
                first_name: row.first_name,
                last_name: row.last_name,
                extra: from_json("users.extra", &row.extra)?,
            },
            admin_role: optional("users.admin_role", row.admin_role.as_deref())?,
            directory: row.directory_id.map(|directory| id("users.directory_id", directory)).transpose()?,
            created: time(row.created),
            activated: row.activated.map(time),
            status_changed: row.status_changed.map(time),
            last_login: row.last_login.map(time),
            last_updated: time(row.last_updated),
            password_changed: row.password_changed.map(time),
        })
    }
}

/// A group's row.
#[derive(sqlx::FromRow)]
pub(crate) struct GroupRow {
    id: String,
    directory_id: Option<String>,
    directory_name: Option<String>,
    directory_kind: Option<String>,
    name: String,
    description: String,
    created: i64,
    last_updated: i64,
    last_membership_updated: i64,
}

/// In the order of `group_columns`.
impl FromColumns for GroupRow {
    fn read(columns: &mut impl Columns) -> StoreResult<Self> {
        Ok(Self {
            id: columns.text()?,
            directory_id: columns.optional_text()?,
            directory_name: columns.optional_text()?,
            directory_kind: columns.optional_text()?,
            name: columns.text()?,
            description: columns.text()?,
            created: columns.number()?,
            last_updated: columns.number()?,
            last_membership_updated: columns.number()?,
        })
    }
}

impl TryFrom<GroupRow> for Group {
    type Error = StoreError;
    fn try_from(row: GroupRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("user_groups.id", row.id)?,
            source: source(row.directory_id, row.directory_name, row.directory_kind.as_deref())?,
            name: row.name,
            description: row.description,
            created: time(row.created),
            last_updated: time(row.last_updated),
            last_membership_updated: time(row.last_membership_updated),
        })
    }
}

fn source(directory: Option<String>, name: Option<String>, kind: Option<&str>) -> StoreResult<GroupSource> {
    let Some(directory) = directory else { return Ok(GroupSource::Local) };
    Ok(GroupSource::Directory {
        id: id("user_groups.directory_id", directory)?,
        name: name.unwrap_or_default(),
        kind: value("directories.kind", kind.unwrap_or_default())?,
    })
}

/// The JSON of `samlRoles`.
pub(crate) fn roles_text(roles: &RoleAssignment) -> StoreResult<String> {
    to_json(&roles.saml_roles)
}

fn roles(what: &'static str, role: Option<&str>, saml_roles: &str) -> StoreResult<RoleAssignment> {
    Ok(RoleAssignment { role: optional(what, role)?, saml_roles: from_json(what, saml_roles)? })
}

/// A direct assignment's row.
#[derive(sqlx::FromRow)]
pub(crate) struct UserAssignmentRow {
    app_id: String,
    user_id: String,
    user_name: Option<String>,
    role: Option<String>,
    saml_roles: String,
    created: i64,
    last_updated: i64,
}

impl TryFrom<UserAssignmentRow> for UserAssignment {
    type Error = StoreError;
    fn try_from(row: UserAssignmentRow) -> StoreResult<Self> {
        Ok(Self {
            app: id("user_assignments.app_id", row.app_id)?,
            user: id("user_assignments.user_id", row.user_id)?,
            user_name: row.user_name,
            roles: roles("user_assignments.saml_roles", row.role.as_deref(), &row.saml_roles)?,
            created: time(row.created),
            last_updated: time(row.last_updated),
        })
    }
}

/// A group assignment's row; its times have names of their own, so that the group's row fits beside it.
#[derive(sqlx::FromRow)]
pub(crate) struct GroupAssignmentRow {
    app_id: String,
    group_id: String,
    priority: i64,
    role: Option<String>,
    saml_roles: String,
    assigned: i64,
    assignment_updated: i64,
}

impl TryFrom<GroupAssignmentRow> for GroupAssignment {
    type Error = StoreError;
    fn try_from(row: GroupAssignmentRow) -> StoreResult<Self> {
        Ok(Self {
            app: id("group_assignments.app_id", row.app_id)?,
            group: id("group_assignments.group_id", row.group_id)?,
            priority: small("group_assignments.priority", row.priority)?,
            roles: roles("group_assignments.saml_roles", row.role.as_deref(), &row.saml_roles)?,
            created: time(row.assigned),
            last_updated: time(row.assignment_updated),
        })
    }
}
