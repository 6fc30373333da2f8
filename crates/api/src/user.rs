//! A user as Okta's API writes it, and what clients send to make or change one.

use domain::{Directory, DirectoryKind, Secret, Timestamp, UserStatus, user::AdminRole};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::link::{Link, Links, add};

/// The one user type there is: `default`.
pub const USER_TYPE: &str = "oty00000000000000000";
/// Its schema.
pub const USER_SCHEMA: &str = "osc00000000000000000";

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// `00u…`
    pub id: String,
    /// `ACTIVE` …
    pub status: String,
    /// When the record was made.
    pub created: Timestamp,
    /// When it was activated last.
    pub activated: Option<Timestamp>,
    /// When the status changed last.
    pub status_changed: Option<Timestamp>,
    /// Last completed sign-in.
    pub last_login: Option<Timestamp>,
    /// Last change.
    pub last_updated: Timestamp,
    /// When the password was set.
    pub password_changed: Option<Timestamp>,
    /// Always the default type.
    #[serde(rename = "type")]
    pub kind: UserType,
    /// `login`, `email`, `firstName`, `lastName`, `mobilePhone`, `secondEmail`, and further attributes as they came.
    pub profile: Map<String, Value>,
    /// Where the password is kept, and whether there is one.
    pub credentials: Credentials,
    /// `super_admin`, `read_only_admin`: ours, absent for everybody else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub admin_role: Option<String>,
    /// What can be done next.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// The type of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserType {
    /// [`USER_TYPE`].
    pub id: String,
}

/// Credentials, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// An empty object when there is a password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<PasswordIsSet>,
    /// Who checks it.
    pub provider: Provider,
}

/// `{}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PasswordIsSet {}

/// `{"type":"OKTA","name":"OKTA"}`: us; or the directory that the person comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// `OKTA`, `ACTIVE_DIRECTORY`, `LDAP`
    #[serde(rename = "type")]
    pub kind: String,
    /// `OKTA`, or the directory's name.
    pub name: String,
}

impl Credentials {
    /// Kept here.
    pub fn ours(has_password: bool) -> Self {
        let provider = Provider { kind: "OKTA".to_owned(), name: "OKTA".to_owned() };
        Self { password: has_password.then(PasswordIsSet::default), provider }
    }

    /// Kept by the directory that owns the person, if any, else here.
    pub fn of(user: &domain::User, owner: Option<&Directory>) -> Self {
        let here = Self::ours(user.password_changed.is_some());
        let Some(directory) = owner else { return here };
        let kind = match directory.kind {
            DirectoryKind::ActiveDirectory => "ACTIVE_DIRECTORY",
            DirectoryKind::OpenLdap => "LDAP",
        };
        Self { provider: Provider { kind: kind.to_owned(), name: directory.name.clone() }, ..here }
    }
}

/// How many links an object carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One object: all of them.
    Full,
    /// One of a list: `self`.
    Listed,
}

impl User {
    /// Writes a user whom `owner` owns, if any; `status` is the one to show, `origin` scheme, host and port of this server.
    pub fn new(
        user: &domain::User,
        owner: Option<&Directory>,
        status: UserStatus,
        origin: &str,
        detail: Detail,
    ) -> Self {
        let mut links = links(&format!("{origin}/api/v1/users/{}", user.id), origin, status, detail);
        if owner.is_some_and(|directory| directory.delegated_authentication) {
            links.retain(|step, _| !["resetPassword", "expirePassword", "changePassword"].contains(&step.as_str()));
        }
        Self {
            id: user.id.to_string(),
            status: status.as_str().to_owned(),
            created: user.created,
            activated: user.activated,
            status_changed: user.status_changed,
            last_login: user.last_login,
            last_updated: user.last_updated,
            password_changed: user.password_changed,
            kind: UserType { id: USER_TYPE.to_owned() },
            profile: profile(&user.profile),
            credentials: Credentials::of(user, owner),
            admin_role: user.admin_role.map(|role| AdminRole::as_str(role).to_owned()),
            links,
        }
    }
}

fn profile(profile: &domain::UserProfile) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("firstName".to_owned(), profile.first_name.clone().into());
    map.insert("lastName".to_owned(), profile.last_name.clone().into());
    map.insert("mobilePhone".to_owned(), Value::Null);
    map.insert("secondEmail".to_owned(), Value::Null);
    map.insert("login".to_owned(), profile.login.as_str().into());
    map.insert("email".to_owned(), profile.email.as_str().into());
    map.extend(profile.extra.iter().map(|(name, value)| (name.clone(), value.clone())));
    map
}

fn links(own: &str, origin: &str, status: UserStatus, detail: Detail) -> Links {
    let mut links = Links::new();
    if detail == Detail::Listed {
        add(&mut links, "self", Link::to(own));
        return links;
    }
    let steps: &[(&str, &str)] = match status {
        UserStatus::Staged => &[("activate", "activate"), ("deactivate", "deactivate")],
        UserStatus::Provisioned => {
            &[("reactivate", "reactivate"), ("resetPassword", "reset_password"), ("deactivate", "deactivate")]
        }
        UserStatus::Active => &[
            ("suspend", "suspend"),
            ("resetPassword", "reset_password"),
            ("expirePassword", "expire_password"),
            ("resetFactors", "reset_factors"),
            ("deactivate", "deactivate"),
        ],
        UserStatus::Recovery | UserStatus::PasswordExpired => {
            &[("resetPassword", "reset_password"), ("expirePassword", "expire_password"), ("deactivate", "deactivate")]
        }
        UserStatus::LockedOut => {
            &[("unlock", "unlock"), ("resetPassword", "reset_password"), ("deactivate", "deactivate")]
        }
        UserStatus::Suspended => &[("unsuspend", "unsuspend"), ("deactivate", "deactivate")],
        UserStatus::Deprovisioned => &[("activate", "activate")],
    };
    for (relation, step) in steps {
        add(&mut links, relation, Link::post(format!("{own}/lifecycle/{step}")));
    }
    if matches!(status, UserStatus::Active | UserStatus::PasswordExpired) {
        add(&mut links, "changePassword", Link::post(format!("{own}/credentials/change_password")));
    }
    if status == UserStatus::Deprovisioned {
        links.insert("delete".to_owned(), serde_json::json!({ "href": own, "method": "DELETE" }));
    }
    add(&mut links, "self", Link::to(own));
    add(&mut links, "schema", Link::to(format!("{origin}/api/v1/meta/schemas/user/{USER_SCHEMA}")));
    add(&mut links, "type", Link::to(format!("{origin}/api/v1/meta/types/user/{USER_TYPE}")));
    links
}

/// What a client sends to make, change or replace a user. Keys that are not named here are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRequest {
    /// See [`crate::profile`].
    pub profile: Option<Map<String, Value>>,
    /// A password, perhaps.
    pub credentials: Option<CredentialsRequest>,
    /// Groups to join; only when a user is made.
    pub group_ids: Option<Vec<String>>,
}

/// `credentials` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CredentialsRequest {
    /// The password.
    pub password: Option<PasswordRequest>,
    /// Has to be ours.
    pub provider: Option<ProviderRequest>,
}

/// `credentials.password` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PasswordRequest {
    /// In clear.
    pub value: Option<Secret<String>>,
    /// A hash from elsewhere: not taken.
    pub hash: Option<serde::de::IgnoredAny>,
}

/// `credentials.provider` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ProviderRequest {
    /// `OKTA` or nothing.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Body of `POST /users/{id}/credentials/change_password`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    /// What it was.
    pub old_password: PasswordRequest,
    /// What it shall be.
    pub new_password: PasswordRequest,
}

/// Body of `POST /users/{id}/roles`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleRequest {
    /// `SUPER_ADMIN`, `READ_ONLY_ADMIN`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An administrator role of a user. There is at most one, and its id is the user's with another prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// `ra1…`
    pub id: String,
    /// For people.
    pub label: String,
    /// `SUPER_ADMIN`, `READ_ONLY_ADMIN`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `ACTIVE`
    pub status: String,
    /// As far as is known: the user's last change.
    pub created: Timestamp,
    /// The user's last change.
    pub last_updated: Timestamp,
    /// `USER`
    pub assignment_type: String,
    /// Whose it is.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

impl Role {
    /// The role of a user, if any.
    pub fn of(user: &domain::User, origin: &str) -> Option<Self> {
        let (kind, label) = match user.admin_role? {
            AdminRole::SuperAdmin => ("SUPER_ADMIN", "Super Organization Administrator"),
            AdminRole::ReadOnlyAdmin => ("READ_ONLY_ADMIN", "Read-only Administrator"),
        };
        let mut links = Links::new();
        add(&mut links, "assignee", Link::to(format!("{origin}/api/v1/users/{}", user.id)));
        Some(Self {
            id: user.id.as_str().replacen("00u", "ra1", 1),
            label: label.to_owned(),
            kind: kind.to_owned(),
            status: "ACTIVE".to_owned(),
            created: user.last_updated,
            last_updated: user.last_updated,
            assignment_type: "USER".to_owned(),
            links,
        })
    }
}
