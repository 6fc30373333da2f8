//! Users, groups, assignments.

use domain::{Group, GroupAssignment, GroupSource, RoleAssignment, User, UserAssignment, UserProfile};
use ports::{StoreError, StoreResult};

use super::{Columns, FromColumns, from_json, optional, small, time, to_json, value};

/// A user's row without password and lockout.
#[derive(sqlx::FromRow)]
pub(crate) struct UserRow<T = String> {
    id: T,
    status: T,
    login: T,
    email: T,
    first_name: T,
    last_name: T,
    extra: T,
    admin_role: Option<T>,
    directory_id: Option<T>,
    created: i64,
    activated: Option<i64>,
    status_changed: Option<i64>,
    last_login: Option<i64>,
    last_updated: i64,
    password_changed: Option<i64>,
}

/// In the order of `user_columns`.
impl FromColumns for User {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = UserRow {
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
        };
        row.try_into()
    }
}

impl<T: AsRef<str> + Into<String>> TryFrom<UserRow<T>> for User {
    type Error = StoreError;
    fn try_from(row: UserRow<T>) -> StoreResult<Self> {
        Ok(Self {
            id: value("users.id", row.id.as_ref())?,
            status: value("users.status", row.status.as_ref())?,
            profile: UserProfile {
                login: value("users.login", row.login.as_ref())?,
                email: value("users.email", row.email.as_ref())?,
                first_name: row.first_name.into(),
                last_name: row.last_name.into(),
                extra: from_json("users.extra", row.extra.as_ref())?,
            },
            admin_role: optional("users.admin_role", row.admin_role)?,
            directory: optional("users.directory_id", row.directory_id)?,
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
pub(crate) struct GroupRow<T = String> {
    id: T,
    directory_id: Option<T>,
    directory_name: Option<T>,
    directory_kind: Option<T>,
    name: T,
    description: T,
    created: i64,
    last_updated: i64,
    last_membership_updated: i64,
}

/// In the order of `group_columns`.
impl FromColumns for Group {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = GroupRow {
            id: columns.text()?,
            directory_id: columns.optional_text()?,
            directory_name: columns.optional_text()?,
            directory_kind: columns.optional_text()?,
            name: columns.text()?,
            description: columns.text()?,
            created: columns.number()?,
            last_updated: columns.number()?,
            last_membership_updated: columns.number()?,
        };
        row.try_into()
    }
}

impl<T: AsRef<str> + Into<String>> TryFrom<GroupRow<T>> for Group {
    type Error = StoreError;
    fn try_from(row: GroupRow<T>) -> StoreResult<Self> {
        Ok(Self {
            id: value("user_groups.id", row.id.as_ref())?,
            source: source(row.directory_id, row.directory_name, row.directory_kind.as_ref())?,
            name: row.name.into(),
            description: row.description.into(),
            created: time(row.created),
            last_updated: time(row.last_updated),
            last_membership_updated: time(row.last_membership_updated),
        })
    }
}

fn source<T: AsRef<str> + Into<String>>(
    directory: Option<T>,
    name: Option<T>,
    kind: Option<&T>,
) -> StoreResult<GroupSource> {
    let Some(directory) = directory else { return Ok(GroupSource::Local) };
    Ok(GroupSource::Directory {
        id: value("user_groups.directory_id", directory.as_ref())?,
        name: name.map(T::into).unwrap_or_default(),
        kind: value("directories.kind", kind.map_or("", T::as_ref))?,
    })
}

/// The JSON of `samlRoles`.
pub(crate) fn roles_text(roles: &RoleAssignment) -> StoreResult<String> {
    to_json(&roles.saml_roles)
}

fn roles<T: AsRef<str>>(what: &'static str, role: Option<T>, saml_roles: &str) -> StoreResult<RoleAssignment> {
    Ok(RoleAssignment { role: optional(what, role)?, saml_roles: from_json(what, saml_roles)? })
}

/// A direct assignment's row.
#[derive(sqlx::FromRow)]
pub(crate) struct UserAssignmentRow<T = String> {
    app_id: T,
    user_id: T,
    user_name: Option<T>,
    role: Option<T>,
    saml_roles: T,
    created: i64,
    last_updated: i64,
}

/// In the order of `user_assignment_columns`.
impl FromColumns for UserAssignment {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = UserAssignmentRow {
            app_id: columns.text()?,
            user_id: columns.text()?,
            user_name: columns.optional_text()?,
            role: columns.optional_text()?,
            saml_roles: columns.text()?,
            created: columns.number()?,
            last_updated: columns.number()?,
        };
        row.try_into()
    }
}

impl<T: AsRef<str> + Into<String>> TryFrom<UserAssignmentRow<T>> for UserAssignment {
    type Error = StoreError;
    fn try_from(row: UserAssignmentRow<T>) -> StoreResult<Self> {
        Ok(Self {
            app: value("user_assignments.app_id", row.app_id.as_ref())?,
            user: value("user_assignments.user_id", row.user_id.as_ref())?,
            user_name: row.user_name.map(T::into),
            roles: roles("user_assignments.saml_roles", row.role, row.saml_roles.as_ref())?,
            created: time(row.created),
            last_updated: time(row.last_updated),
        })
    }
}

/// A group assignment's row; its times have names of their own, so that the group's row fits beside it.
#[derive(sqlx::FromRow)]
pub(crate) struct GroupAssignmentRow<T = String> {
    app_id: T,
    group_id: T,
    priority: i64,
    role: Option<T>,
    saml_roles: T,
    assigned: i64,
    assignment_updated: i64,
}

/// In the order of `group_assignment_columns`.
impl FromColumns for GroupAssignment {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = GroupAssignmentRow {
            app_id: columns.text()?,
            group_id: columns.text()?,
            priority: columns.number()?,
            role: columns.optional_text()?,
            saml_roles: columns.text()?,
            assigned: columns.number()?,
            assignment_updated: columns.number()?,
        };
        row.try_into()
    }
}

impl<T: AsRef<str>> TryFrom<GroupAssignmentRow<T>> for GroupAssignment {
    type Error = StoreError;
    fn try_from(row: GroupAssignmentRow<T>) -> StoreResult<Self> {
        Ok(Self {
            app: value("group_assignments.app_id", row.app_id.as_ref())?,
            group: value("group_assignments.group_id", row.group_id.as_ref())?,
            priority: small("group_assignments.priority", row.priority)?,
            roles: roles("group_assignments.saml_roles", row.role, row.saml_roles.as_ref())?,
            created: time(row.assigned),
            last_updated: time(row.assignment_updated),
        })
    }
}
