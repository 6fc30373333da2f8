//! What a client sends to make, replace or try a directory. What is left out has a default by the kind of directory.

use std::collections::BTreeMap;

use domain::{Secret, directory::MatchBy};
use serde::Deserialize;

use crate::{duration::Duration, field::Field};

/// A directory as it is to be. Keys that are not named here are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DirectoryRequest {
    /// Has to be there.
    pub name: Option<String>,
    /// Has to be there: `OPENLDAP`, `ACTIVE_DIRECTORY`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `DIRECT` (default), `AGENT`.
    pub reach: Option<String>,
    /// At least one has to be there.
    pub urls: Vec<String>,
    /// Default `false`.
    pub start_tls: bool,
    /// Default: the system's certificates.
    pub ca_pem: Option<String>,
    /// Default: reads anonymously.
    pub bind_dn: Option<String>,
    /// Left out in a change, the one that is kept stays; `null` forgets it.
    pub bind_password: Field<Secret<String>>,
    /// Default 10 seconds.
    pub timeout: Option<Duration>,
    /// Default 500.
    pub page_size: Option<u32>,
    /// Which people.
    pub people: PeopleRequest,
    /// Which groups.
    pub groups: GroupsRequest,
    /// Default `true`.
    pub delegated_authentication: Option<bool>,
    /// Default `true`.
    pub just_in_time: Option<bool>,
    /// When imports run by themselves.
    pub schedule: Field<ScheduleRequest>,
    /// Default 20.
    pub safeguard_percent: Option<u8>,
    /// How people are recognised.
    pub matching: MatchingRequest,
}

/// `people` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PeopleRequest {
    /// One, or `bases`: at least one has to be there.
    pub base: Option<String>,
    /// Several.
    pub bases: Vec<String>,
    /// Default by kind.
    pub filter: Option<String>,
    /// Profile attribute → attribute of the directory; those that are left out have a default by kind.
    pub attributes: BTreeMap<String, String>,
}

/// `groups` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GroupsRequest {
    /// One, or `bases`. Default: where the people are.
    pub base: Option<String>,
    /// Several.
    pub bases: Vec<String>,
    /// Default by kind.
    pub filter: Option<String>,
    /// Default `cn`.
    pub name: Option<String>,
    /// Default `description`.
    pub description: Option<String>,
}

/// `schedule` of a request; `null` for a part or the whole: on demand alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScheduleRequest {
    /// Default `PT15M`.
    pub incremental: Field<Duration>,
    /// Default `P1D`.
    pub full: Field<Duration>,
}

/// `matching` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MatchingRequest {
    /// Default `["login"]`.
    pub by: Option<Vec<String>>,
    /// Default `true`.
    pub confirm_automatically: Option<bool>,
}

/// A profile attribute by which people are recognised.
pub fn by(name: String) -> MatchBy {
    match name.as_str() {
        "login" => MatchBy::Login,
        "email" => MatchBy::Email,
        _ => MatchBy::Attribute(name),
    }
}
