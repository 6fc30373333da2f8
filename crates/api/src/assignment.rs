//! Users and groups assigned to an app, as Okta's API writes them.
//!
//! Roles are stored as ARNs, so `role` and `samlRoles` come back as ARNs whatever form they were written in;
//! `samlRoleLabels` beside them is ours and holds the labels that people know.

mod request;

use domain::{RoleAssignment, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use request::{AppGroupRequest, AppUserRequest, Given, Roles, read_patch};

use crate::link::{Link, Links, add};

/// `role`, `samlRoles` and the labels of the latter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleProfile {
    /// The default when no `samlRoles` are chosen.
    pub role: Option<String>,
    /// Role ARNs.
    #[serde(default)]
    pub saml_roles: Vec<String>,
    /// `[alias] - role`, `account name - role` or `account id -- role`, in the order of `saml_roles`.
    #[serde(default)]
    pub saml_role_labels: Vec<String>,
}

impl RoleProfile {
    /// Of an assignment and the labels of its `samlRoles`.
    pub fn new(roles: &RoleAssignment, labels: &[String]) -> Self {
        Self {
            role: roles.role.as_ref().map(ToString::to_string),
            saml_roles: roles.saml_roles.iter().map(ToString::to_string).collect(),
            saml_role_labels: labels.to_vec(),
        }
    }
}

/// A user at an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUser {
    /// The user's id.
    pub id: String,
    /// `null`: AWS knows no users of ours.
    pub external_id: Option<String>,
    /// When the assignment was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
    /// `USER`: by an assignment of its own. `GROUP`: through groups.
    pub scope: String,
    /// `ACTIVE`.
    pub status: String,
    /// When it was made.
    pub status_changed: Timestamp,
    /// `null`: there is no password at the app.
    pub password_changed: Option<Timestamp>,
    /// `DISABLED`: nothing is provisioned.
    pub sync_state: String,
    /// The name at the app.
    pub credentials: AppUserCredentials,
    /// Who it is, and the roles.
    pub profile: AppUserProfile,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// The name at the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUserCredentials {
    /// What AWS sees: `NameID`, and the role session name made of it.
    pub user_name: String,
}

/// The profile of a user at an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUserProfile {
    /// The user's.
    pub email: String,
    /// The user's.
    pub first_name: String,
    /// The user's.
    pub last_name: String,
    /// The user's, if there is one.
    pub mobile_phone: Option<Value>,
    /// The user's, if there is one.
    pub second_email: Option<Value>,
    /// The roles.
    #[serde(flatten)]
    pub roles: RoleProfile,
}

impl AppUserProfile {
    /// Of a user.
    pub fn new(user: &domain::User, roles: RoleProfile) -> Self {
        let extra = |name: &str| user.profile.extra.get(name).cloned();
        Self {
            email: user.profile.email.to_string(),
            first_name: user.profile.first_name.clone(),
            last_name: user.profile.last_name.clone(),
            mobile_phone: extra("mobilePhone"),
            second_email: extra("secondEmail"),
            roles,
        }
    }
}

/// Links of a user at an app; `group` is the one through which it is there.
pub fn app_user_links(app: &str, user: &str, group: Option<&str>, origin: &str) -> Links {
    let mut links = Links::new();
    add(&mut links, "app", Link::to(format!("{origin}/api/v1/apps/{app}")));
    add(&mut links, "user", Link::to(format!("{origin}/api/v1/users/{user}")));
    if let Some(group) = group {
        add(&mut links, "group", Link::to(format!("{origin}/api/v1/groups/{group}")));
    }
    links
}

/// A group at an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppGroup {
    /// The group's id.
    pub id: String,
    /// Last change.
    pub last_updated: Timestamp,
    /// 0 is the highest.
    pub priority: u32,
    /// The roles.
    pub profile: RoleProfile,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

impl AppGroup {
    /// Of an assignment and the labels of its `samlRoles`; `origin` is scheme, host and port of this server.
    pub fn new(assignment: &domain::GroupAssignment, labels: &[String], origin: &str) -> Self {
        let app = format!("{origin}/api/v1/apps/{}", assignment.app);
        let mut links = Links::new();
        add(&mut links, "app", Link::to(app.clone()));
        add(&mut links, "self", Link::to(format!("{app}/groups/{}", assignment.group)));
        add(&mut links, "group", Link::to(format!("{origin}/api/v1/groups/{}", assignment.group)));
        Self {
            id: assignment.group.to_string(),
            last_updated: assignment.last_updated,
            priority: assignment.priority,
            profile: RoleProfile::new(&assignment.roles, labels),
            links,
        }
    }
}

/// What can be chosen in an assignment, from Okta's private endpoint of this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppTypes {
    /// Values of `awsEnvironmentType`.
    #[serde(rename = "AWSEnvironmentEnum")]
    pub environments: Vec<String>,
    /// Labels for `samlRoles`.
    #[serde(rename = "SamlIamRole")]
    pub saml_roles: Vec<String>,
    /// Labels for `role`.
    #[serde(rename = "IamRole")]
    pub roles: Vec<String>,
    /// What else there is.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
