//! Who asks: the actor for the log, where the request came from, and what it may do.

use domain::{
    User, UserId,
    event::{Actor, Origin},
    user::AdminRole,
};

use crate::error::{Error, Result};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Nothing but what concerns the person.
    Own,
    /// Administration.
    Admin(AdminRole),
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For the log.
    pub actor: Actor,
    /// For the log.
    pub origin: Origin,
    /// The person behind a session or a person's token; absent for tokens of the machine and for Rolegate itself.
    pub user: Option<UserId>,
    /// What it may do.
    pub rights: Rights,
}

impl Caller {
    /// Rolegate itself, and commands on the server's machine.
    pub fn system() -> Self {
        Self {
            actor: Actor::system(),
            origin: Origin::default(),
            user: None,
            rights: Rights::Admin(AdminRole::SuperAdmin),
        }
    }

    /// A signed-in person.
    pub fn person(user: &User, origin: Origin) -> Self {
        Self {
            actor: Actor::user(user),
            origin,
            user: Some(user.id.clone()),
            rights: user.admin_role.map_or(Rights::Own, Rights::Admin),
        }
    }

    /// Somebody who has not signed in; the log names what they typed.
    pub fn unknown(login: &str, origin: Origin) -> Self {
        let actor = Actor {
            id: "unknown".to_owned(),
            kind: "User".to_owned(),
            alternate_id: login.chars().take(100).collect(),
            display_name: "unknown".to_owned(),
        };
        Self { actor, origin, user: None, rights: Rights::Own }
    }

    /// # Errors
    /// `Forbidden` unless the caller may see everything.
    pub fn must_read(&self) -> Result<()> {
        match self.rights {
            Rights::Admin(_) => Ok(()),
            Rights::Own => Err(Error::Forbidden),
        }
    }

    /// # Errors
    /// `Forbidden` unless the caller may change everything.
    pub fn must_manage(&self) -> Result<()> {
        match self.rights {
            Rights::Admin(AdminRole::SuperAdmin) => Ok(()),
            Rights::Admin(AdminRole::ReadOnlyAdmin) | Rights::Own => Err(Error::Forbidden),
        }
    }

    /// # Errors
    /// `Forbidden` unless the caller is this person, or may see everything.
    pub fn must_be_or_read(&self, user: &UserId) -> Result<()> {
        if self.user.as_ref() == Some(user) { Ok(()) } else { self.must_read() }
    }
}
