//! Users, lockout, groups, memberships, assignments.

use async_trait::async_trait;
use domain::{
    AppId, DirectoryId, Group, GroupAssignment, GroupId, Login, Timestamp, User, UserAssignment, UserGroups, UserId,
    UserStatus,
};

use super::{Page, PageRequest, StoreResult};

/// Which users a list holds. All given conditions must be met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    /// Prefix of login, e-mail, first or last name, without regard to case (`q=`).
    pub q: Option<String>,
    /// One of these; when empty, all but `Deprovisioned` (as Okta lists).
    pub statuses: Vec<UserStatus>,
    /// Exactly this login, without regard to case.
    pub login: Option<String>,
    /// Exactly this e-mail, without regard to case.
    pub email: Option<String>,
    /// Changed after this time.
    pub last_updated_after: Option<Timestamp>,
    /// Owned by this directory.
    pub directory: Option<DirectoryId>,
}

/// Reads users.
#[async_trait]
pub trait UserReader: Send + Sync {
    /// By id.
    async fn user(&self, id: &UserId) -> StoreResult<Option<User>>;
    /// By login, without regard to case.
    async fn user_by_login(&self, login: &Login) -> StoreResult<Option<User>>;
    /// The password's PHC string, if one is set.
    async fn password_hash(&self, id: &UserId) -> StoreResult<Option<String>>;
    /// A page of users by id (creation order is not promised).
    async fn users(&self, filter: &UserFilter, page: &PageRequest) -> StoreResult<Page<User>>;
    /// How many wrong passwords in a row, and until when the account is locked.
    async fn lockout(&self, id: &UserId) -> StoreResult<(u32, Option<Timestamp>)>;
    /// How many active users have `super_admin`: the last one is never taken away.
    async fn count_super_admins(&self) -> StoreResult<u32>;
}

/// Writes users.
#[async_trait]
pub trait UserWriter: Send {
    /// Adds a user. `Conflict{user, login}` when the login is taken in any case.
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> StoreResult<()>;
    /// Replaces every field of a user (not the password). `Missing` when it is not there.
    async fn update_user(&mut self, user: &User) -> StoreResult<()>;
    /// Sets or clears the password's PHC string.
    async fn set_password_hash(&mut self, id: &UserId, password_hash: Option<&str>) -> StoreResult<()>;
    /// Removes a user with memberships, assignments, sessions and tokens. `Missing` when it is not there.
    async fn delete_user(&mut self, id: &UserId) -> StoreResult<()>;
    /// Reads a user inside the transaction.
    async fn user_for_update(&mut self, id: &UserId) -> StoreResult<Option<User>>;
    /// Notes a completed sign-in without touching `last_updated` or the entitlement revision.
    async fn note_sign_in(&mut self, id: &UserId, now: Timestamp) -> StoreResult<()>;
}

/// Counts wrong passwords.
#[async_trait]
pub trait LockoutWriter: Send {
    /// Adds one failure; answers how many there are now in a row.
    async fn add_failure(&mut self, id: &UserId, now: Timestamp) -> StoreResult<u32>;
    /// Locks until this time, or (with `None`) clears failures and lock.
    async fn set_lockout(&mut self, id: &UserId, until: Option<Timestamp>) -> StoreResult<()>;
}

/// Reads groups and memberships. Direct memberships alone are stored; "through others" means to any depth, and a group
/// that is its own grandparent does no harm.
#[async_trait]
pub trait GroupReader: Send + Sync {
    /// By id.
    async fn group(&self, id: &GroupId) -> StoreResult<Option<Group>>;
    /// A local group by its exact name.
    async fn group_by_name(&self, name: &str) -> StoreResult<Option<Group>>;
    /// A page of groups by id; `q` is a prefix of the name without regard to case.
    async fn groups(&self, q: Option<&str>, page: &PageRequest) -> StoreResult<Page<Group>>;
    /// A page of the people in a group, directly or through groups in it, by id.
    async fn group_members(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<User>>;
    /// A page of the people in a group without a group between, by id.
    async fn direct_members(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<User>>;
    /// A page of the groups that are members of a group, directly, by id.
    async fn child_groups(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<Group>>;
    /// A page of the groups that a group is a member of, directly, by id.
    async fn parent_groups(&self, id: &GroupId, page: &PageRequest) -> StoreResult<Page<Group>>;
    /// All groups that a user is in, directly or through others, by name.
    async fn groups_of_user(&self, id: &UserId) -> StoreResult<Vec<Group>>;
    /// The same with the way there.
    async fn user_groups_graph(&self, id: &UserId) -> StoreResult<UserGroups>;
    /// Which group is a member of which, directly: all pairs (child, parent), in no order.
    async fn group_nesting(&self) -> StoreResult<Vec<(GroupId, GroupId)>>;
    /// The groups that these people are in without a group between, as pairs in no order.
    async fn direct_groups_of(&self, users: &[UserId]) -> StoreResult<Vec<(UserId, GroupId)>>;
}

/// Writes groups and memberships.
#[async_trait]
pub trait GroupWriter: Send {
    /// Adds a group. `Conflict{group, name}` when a local group has the name; `Missing` for an unknown directory.
    async fn insert_group(&mut self, group: &Group) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_group(&mut self, group: &Group) -> StoreResult<()>;
    /// Removes it with memberships, nesting and assignments. `Missing`.
    async fn delete_group(&mut self, id: &GroupId) -> StoreResult<()>;
    /// Adds a member by hand, who stays even if a rule had made them one; answers whether they were none before. `Missing`
    /// for an unknown user or group.
    async fn add_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool>;
    /// Removes a member; answers whether that changed anything.
    async fn remove_member(&mut self, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool>;
    /// Puts the group `child` into the group `parent`; answers whether that changed anything. Loops are allowed.
    /// `Missing` for an unknown group.
    async fn add_nested(&mut self, parent: &GroupId, child: &GroupId, now: Timestamp) -> StoreResult<bool>;
    /// Takes it out again; answers whether that changed anything.
    async fn remove_nested(&mut self, parent: &GroupId, child: &GroupId, now: Timestamp) -> StoreResult<bool>;
}

/// Reads assignments.
#[async_trait]
pub trait AssignmentReader: Send + Sync {
    /// One user's direct assignment.
    async fn user_assignment(&self, app: &AppId, user: &UserId) -> StoreResult<Option<UserAssignment>>;
    /// A page of direct assignments by user id.
    async fn user_assignments(&self, app: &AppId, page: &PageRequest) -> StoreResult<Page<UserAssignment>>;
    /// One group's assignment.
    async fn group_assignment(&self, app: &AppId, group: &GroupId) -> StoreResult<Option<GroupAssignment>>;
    /// A page of group assignments by priority, then creation.
    async fn group_assignments(&self, app: &AppId, page: &PageRequest) -> StoreResult<Page<GroupAssignment>>;
    /// The assigned groups of an app that the user is in, directly or through others, by priority, then creation.
    async fn group_assignments_of_user(&self, app: &AppId, user: &UserId)
    -> StoreResult<Vec<(GroupAssignment, Group)>>;
    /// Any one of them, as soon as it is found: for whoever asks only whether there is one.
    async fn some_group_assignment_of_user(
        &self,
        app: &AppId,
        user: &UserId,
    ) -> StoreResult<Option<(GroupAssignment, Group)>>;
    /// Active apps that a user is assigned to, directly or through groups, by label.
    async fn apps_of_user(&self, user: &UserId) -> StoreResult<Vec<domain::App>>;
    /// Apps that a group is assigned to, by label.
    async fn apps_of_group(&self, group: &GroupId) -> StoreResult<Vec<domain::App>>;
}

/// Writes assignments.
#[async_trait]
pub trait AssignmentWriter: Send {
    /// Adds or replaces. `Missing` for an unknown app or user.
    async fn put_user_assignment(&mut self, assignment: &UserAssignment) -> StoreResult<()>;
    /// Answers whether there was one.
    async fn delete_user_assignment(&mut self, app: &AppId, user: &UserId) -> StoreResult<bool>;
    /// Adds or replaces. `Missing` for an unknown app or group.
    async fn put_group_assignment(&mut self, assignment: &GroupAssignment) -> StoreResult<()>;
    /// Answers whether there was one.
    async fn delete_group_assignment(&mut self, app: &AppId, group: &GroupId) -> StoreResult<bool>;
}
