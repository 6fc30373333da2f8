//! A group as Okta's API writes it.

use domain::{DirectoryKind, GroupSource, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::link::{Link, Links, add};

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// `00g…`
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Last change of the profile.
    pub last_updated: Timestamp,
    /// Last change of members.
    pub last_membership_updated: Timestamp,
    /// `okta:user_group`, or what a directory calls it.
    pub object_class: Vec<String>,
    /// `OKTA_GROUP` made here, `APP_GROUP` read from a directory.
    #[serde(rename = "type")]
    pub kind: String,
    /// The directory that it is read from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<Source>,
    /// What it is called.
    pub profile: GroupProfile,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// Where a group comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `0di…`
    pub id: String,
    /// `OPENLDAP`, `ACTIVE_DIRECTORY`
    #[serde(rename = "type")]
    pub kind: String,
    /// The directory's name.
    pub name: String,
}

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupProfile {
    /// Unique among groups made here.
    pub name: String,
    /// May be empty.
    #[serde(default)]
    pub description: Option<String>,
}

/// What a client sends to make or replace a group.
#[derive(Debug, Clone, Deserialize)]
pub struct GroupRequest {
    /// Name and description.
    pub profile: GroupProfile,
}

/// `OKTA_GROUP` or `APP_GROUP`.
pub fn kind(source: &GroupSource) -> &'static str {
    match source {
        GroupSource::Local => "OKTA_GROUP",
        GroupSource::Directory { .. } => "APP_GROUP",
    }
}

impl Group {
    /// Writes a group; `origin` is scheme, host and port of this server.
    pub fn new(group: &domain::Group, origin: &str) -> Self {
        let own = format!("{origin}/api/v1/groups/{}", group.id);
        let mut links = Links::new();
        // No picture is kept, but the list has to be there: a client reads it without asking.
        links.insert("logo".to_owned(), json!([]));
        add(&mut links, "users", Link::to(format!("{own}/users")));
        add(&mut links, "apps", Link::to(format!("{own}/apps")));
        add(&mut links, "groups", Link::to(format!("{own}/groups")));
        let (class, source) = match &group.source {
            GroupSource::Local => ("okta:user_group", None),
            GroupSource::Directory { id, name, kind } => {
                add(&mut links, "source", Link::to(format!("{origin}/api/v1/directories/{id}")));
                let class = match kind {
                    DirectoryKind::ActiveDirectory => "okta:windows_security_principal",
                    DirectoryKind::OpenLdap => "okta:directory_group",
                };
                let source = Source { id: id.to_string(), kind: kind.as_str().to_owned(), name: name.clone() };
                (class, Some(source))
            }
        };
        Self {
            id: group.id.to_string(),
            created: group.created,
            last_updated: group.last_updated,
            last_membership_updated: group.last_membership_updated,
            object_class: vec![class.to_owned()],
            kind: kind(&group.source).to_owned(),
            source,
            profile: GroupProfile { name: group.name.clone(), description: Some(group.description.clone()) },
            links,
        }
    }
}
