//! People: status as in Okta's life cycle, profile, and the administrator role some of them carry.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    id::{DirectoryId, UserId},
    login::{Email, Login},
    time::Timestamp,
};

/// Where a user stands in Okta's life cycle. Only [`UserStatus::Active`] signs in with a password and launches roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// Made, not yet activated.
    Staged,
    /// Activated without a password: it has to be set first.
    Provisioned,
    /// May sign in.
    Active,
    /// A password reset was begun.
    Recovery,
    /// Must choose a new password first.
    PasswordExpired,
    /// Too many wrong passwords; ends by itself or by an administrator.
    LockedOut,
    /// Put on hold by an administrator.
    Suspended,
    /// Left: kept for the log, signs in no more.
    Deprovisioned,
}

/// A text that names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a user status")]
pub struct UserStatusError(String);

impl UserStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Staged,
        Self::Provisioned,
        Self::Active,
        Self::Recovery,
        Self::PasswordExpired,
        Self::LockedOut,
        Self::Suspended,
        Self::Deprovisioned,
    ];

    /// As Okta's API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }
}

impl fmt::Display for UserStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for UserStatus {
    type Err = UserStatusError;
    fn from_str(value: &str) -> Result<Self, UserStatusError> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == value)
            .ok_or_else(|| UserStatusError(value.chars().take(64).collect()))
    }
}

/// What an administrator may do. `SuperAdmin` everything, `ReadOnlyAdmin` see everything and change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdminRole {
    /// Everything.
    SuperAdmin,
    /// Reads, changes nothing.
    ReadOnlyAdmin,
}

impl AdminRole {
    /// As the command line and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::ReadOnlyAdmin => "read_only_admin",
        }
    }
}

impl FromStr for AdminRole {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        match value.to_ascii_lowercase().as_str() {
            "super_admin" => Ok(Self::SuperAdmin),
            "read_only_admin" => Ok(Self::ReadOnlyAdmin),
            _ => Err(format!("`{value}` is not an administrator role: `super_admin` or `read_only_admin`")),
        }
    }
}

/// What is known of a person. `extra` keeps further profile attributes (`department`, `displayName`) as they came.
#[derive(Debug, Clone, PartialEq)]
pub struct UserProfile {
    /// Unique without regard to case.
    pub login: Login,
    /// Where mail goes.
    pub email: Email,
    /// At most 50 characters.
    pub first_name: String,
    /// At most 50 characters.
    pub last_name: String,
    /// Further attributes by name: `mobilePhone`, `secondEmail`, `department` …
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// One person, without the password.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Unchanging.
    pub id: UserId,
    /// Life cycle.
    pub status: UserStatus,
    /// Who it is.
    pub profile: UserProfile,
    /// Administrator rights, if any.
    pub admin_role: Option<AdminRole>,
    /// The directory that owns profile and password; `None`: Rolegate itself.
    pub directory: Option<DirectoryId>,
    /// When the record was made.
    pub created: Timestamp,
    /// When it was activated last.
    pub activated: Option<Timestamp>,
    /// When the status changed last.
    pub status_changed: Option<Timestamp>,
    /// Last completed sign-in.
    pub last_login: Option<Timestamp>,
    /// Last change of any field.
    pub last_updated: Timestamp,
    /// When the password was set.
    pub password_changed: Option<Timestamp>,
}

impl User {
    /// First and last name; the login where both are empty.
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.profile.first_name, self.profile.last_name);
        let name = name.trim();
        if name.is_empty() { self.profile.login.to_string() } else { name.to_owned() }
    }

    /// Whether this person may sign in and launch.
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
}
