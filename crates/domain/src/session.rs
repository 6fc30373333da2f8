//! A person's session here, and the one-time tokens that lead to one.

use crate::{
    id::{SessionId, UserId},
    time::Timestamp,
};

/// SHA-256 of a secret: what is stored instead of it.
pub type SecretHash = [u8; 32];

/// A signed-in session. The cookie holds 256 random bits; only their hash is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Public: names it in lists, does not authenticate.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it began (the password was checked then).
    pub created: Timestamp,
    /// When it was used last; written at most once a minute.
    pub last_used: Timestamp,
    /// When it ends if it is not used; moves with use.
    pub idle_expires: Timestamp,
    /// When it ends in any case.
    pub expires: Timestamp,
    /// How the person proved who they are: `pwd`.
    pub amr: Vec<String>,
    /// Address at sign-in.
    pub ip: Option<String>,
    /// Browser or client at sign-in, at most 300 characters.
    pub user_agent: String,
}

impl Session {
    /// When it ends: the nearer of the two limits.
    pub fn ends(&self) -> Timestamp {
        self.idle_expires.min(self.expires)
    }

    /// Whether it still counts.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends()
    }
}

/// What a one-time token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OneTimePurpose {
    /// `sessionToken`: exchanged for a session, once, within five minutes.
    SessionToken,
    /// `stateToken`: an unfinished sign-in.
    StateToken,
}

impl OneTimePurpose {
    /// As the store writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionToken => "SESSION",
            Self::StateToken => "STATE",
        }
    }
}

/// A token that is taken once.
#[derive(Debug, Clone, PartialEq)]
pub struct OneTimeToken {
    /// Hash of the secret.
    pub hash: SecretHash,
    /// What for.
    pub purpose: OneTimePurpose,
    /// Whose, where that is known already.
    pub user: Option<UserId>,
    /// End of its life.
    pub expires: Timestamp,
}
