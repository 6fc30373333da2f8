//! API tokens (`SSWS`): shown once, stored as a hash.

use crate::{
    id::{TokenId, UserId},
    time::Timestamp,
    user::AdminRole,
};

/// An API token without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiToken {
    /// Names it in lists.
    pub id: TokenId,
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// Who made it; absent when made on the server's machine.
    pub user: Option<UserId>,
    /// What it may do.
    pub role: AdminRole,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last; written at most once a minute.
    pub last_used: Option<Timestamp>,
    /// When it stops working, if ever.
    pub expires: Option<Timestamp>,
}
