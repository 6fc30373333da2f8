//! `/api/v1/directories…`: directory integrations, their imports and who waits for a word. The bind password goes in and
//! never comes out; lengths of time are written as in ISO 8601; one base is `base`, several are `bases`.

mod request;
mod run;

use domain::{
    Timestamp,
    directory::{DirectoryStatus, GroupSettings, MatchBy, Matching, PeopleSettings, PersonAttributes, Reach},
};
use serde::{Deserialize, Serialize};

pub use request::{DirectoryRequest, GroupsRequest, MatchingRequest, PeopleRequest, ScheduleRequest, by};
pub use run::{
    Candidate, Decided, Decision, DecisionEffect, DecisionWord, ImportRequest, PendingMatch, Run, Sample, TestAnswer,
    TestedGroup, TestedPerson,
};

use crate::{
    duration::Duration,
    link::{Link, Links, add},
};

/// A directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the API")]
pub struct Directory {
    /// `0di…`
    pub id: String,
    /// What `appFilter` names.
    pub name: String,
    /// `OPENLDAP`, `ACTIVE_DIRECTORY`
    #[serde(rename = "type")]
    pub kind: String,
    /// `ACTIVE`, `INACTIVE`
    pub status: DirectoryStatus,
    /// `DIRECT`, or `AGENT`: an agent beside the directory talks to it.
    pub reach: Reach,
    /// `ldaps://…`, tried in this order.
    pub urls: Vec<String>,
    /// Whether `ldap://` is secured by `StartTLS`.
    pub start_tls: bool,
    /// Certificates that sign the servers' ones, PEM; the system's when absent.
    pub ca_pem: Option<String>,
    /// Who reads.
    pub bind_dn: Option<String>,
    /// Whether a password for it is kept here.
    pub has_bind_password: bool,
    /// Limit for connecting and for each answer.
    pub timeout: Duration,
    /// Entries of one page.
    pub page_size: u32,
    /// Which people.
    pub people: People,
    /// Which groups.
    pub groups: Groups,
    /// Whether people sign in with the directory's password.
    pub delegated_authentication: bool,
    /// Whether somebody who is not imported yet is made at the first sign-in.
    pub just_in_time: bool,
    /// When imports run by themselves.
    pub schedule: Schedule,
    /// An import that would take more than so many percent away stops and asks.
    pub safeguard_percent: u8,
    /// How imported people are recognised as users that exist.
    pub matching: MatchingAnswer,
    /// When it was made.
    pub created: Timestamp,
    /// Last change of its settings.
    pub last_updated: Timestamp,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// One base or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bases {
    /// Where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<String>,
    /// Where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bases: Option<Vec<String>>,
}

impl From<Vec<String>> for Bases {
    fn from(bases: Vec<String>) -> Self {
        match <[String; 1]>::try_from(bases) {
            Ok([base]) => Self { base: Some(base), bases: None },
            Err(bases) => Self { base: None, bases: Some(bases) },
        }
    }
}

/// Which people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// Where they are, with everything below.
    #[serde(flatten)]
    pub bases: Bases,
    /// RFC 4515.
    pub filter: String,
    /// Profile attribute → attribute of the directory.
    pub attributes: PersonAttributes,
}

/// Which groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// Where they are, with everything below.
    #[serde(flatten)]
    pub bases: Bases,
    /// RFC 4515.
    pub filter: String,
    /// The attribute that names them.
    pub name: String,
    /// The attribute that describes them.
    pub description: String,
}

/// When imports run by themselves; `null`: on demand alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Between the starts of incremental imports.
    pub incremental: Option<Duration>,
    /// Between the starts of full imports.
    pub full: Option<Duration>,
}

/// How people are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchingAnswer {
    /// `login`, `email`, or another profile attribute; tried in this order.
    pub by: Vec<String>,
    /// Whether a sure match is taken without asking.
    pub confirm_automatically: bool,
}

impl From<Matching> for MatchingAnswer {
    fn from(matching: Matching) -> Self {
        let name = |by: MatchBy| match by {
            MatchBy::Login => "login".to_owned(),
            MatchBy::Email => "email".to_owned(),
            MatchBy::Attribute(name) => name,
        };
        Self { by: matching.by.into_iter().map(name).collect(), confirm_automatically: matching.confirm_automatically }
    }
}

impl From<PeopleSettings> for People {
    fn from(people: PeopleSettings) -> Self {
        Self { bases: people.bases.into(), filter: people.filter, attributes: people.attributes }
    }
}

impl From<GroupSettings> for Groups {
    fn from(groups: GroupSettings) -> Self {
        let GroupSettings { bases, filter, name, description } = groups;
        Self { bases: bases.into(), filter, name, description }
    }
}

/// Whether a bind password is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindPassword {
    /// Yes, sealed.
    Kept,
    /// No.
    None,
}

impl Directory {
    /// Writes a directory; `origin` is scheme, host and port of this server.
    pub fn new(directory: domain::Directory, bind_password: BindPassword, origin: &str) -> Self {
        let connection = directory.connection;
        Self {
            links: links(&format!("{origin}/api/v1/directories/{}", directory.id), directory.status),
            id: directory.id.to_string(),
            name: directory.name,
            kind: directory.kind.as_str().to_owned(),
            status: directory.status,
            reach: directory.reach,
            urls: connection.urls,
            start_tls: connection.start_tls,
            ca_pem: connection.ca_pem,
            bind_dn: connection.bind_dn,
            has_bind_password: bind_password == BindPassword::Kept,
            timeout: Duration(connection.timeout_seconds),
            page_size: connection.page_size,
            people: directory.people.into(),
            groups: directory.groups.into(),
            delegated_authentication: directory.delegated_authentication,
            just_in_time: directory.just_in_time,
            schedule: Schedule {
                incremental: directory.schedule.incremental_seconds.map(Duration),
                full: directory.schedule.full_seconds.map(Duration),
            },
            safeguard_percent: directory.safeguard_percent,
            matching: directory.matching.into(),
            created: directory.created,
            last_updated: directory.last_updated,
        }
    }
}

fn links(own: &str, status: DirectoryStatus) -> Links {
    let mut links = Links::new();
    let step = match status {
        DirectoryStatus::Active => "deactivate",
        DirectoryStatus::Inactive => "activate",
    };
    add(&mut links, "self", Link::to(own));
    add(&mut links, step, Link::post(format!("{own}/lifecycle/{step}")));
    add(&mut links, "test", Link::post(format!("{own}/test")));
    add(&mut links, "import", Link::post(format!("{own}/import")));
    add(&mut links, "runs", Link::to(format!("{own}/runs")));
    add(&mut links, "matches", Link::to(format!("{own}/matches")));
    links
}

#[cfg(test)]
mod tests {
    use domain::directory::PersonAttributes;
    use serde_json::json;

    use super::*;
    use crate::field::Field;

    #[test]
    fn one_base_is_a_text_and_several_are_a_list() {
        let attributes = PersonAttributes {
            login: "mail".to_owned(),
            email: "mail".to_owned(),
            first_name: "givenName".to_owned(),
            last_name: "sn".to_owned(),
            further: [("department".to_owned(), "ou".to_owned())].into(),
        };
        let write = |bases: &[&str]| {
            let bases: Vec<String> = bases.iter().map(|base| (*base).to_owned()).collect();
            serde_json::to_value(People {
                bases: bases.into(),
                filter: "(a=b)".to_owned(),
                attributes: attributes.clone(),
            })
            .unwrap()
        };
        assert_eq!(
            write(&["ou=a"]),
            json!({ "base": "ou=a", "filter": "(a=b)", "attributes": {
                "login": "mail", "email": "mail", "firstName": "givenName", "lastName": "sn", "department": "ou" } })
        );
        assert_eq!(write(&["ou=a", "ou=b"])["bases"], json!(["ou=a", "ou=b"]));
    }

    #[test]
    fn a_key_that_is_absent_is_another_thing_than_null() {
        let read = |text: &str| serde_json::from_str::<DirectoryRequest>(text).unwrap();
        assert!(matches!(read("{}").bind_password, Field::Absent));
        assert!(matches!(read(r#"{"bindPassword":null}"#).bind_password, Field::Null));
        assert!(matches!(read(r#"{"bindPassword":"x"}"#).bind_password, Field::Value(_)));
        let Field::Value(schedule) = read(r#"{"schedule":{"full":null}}"#).schedule else { panic!("no schedule") };
        assert_eq!((schedule.incremental, schedule.full), (Field::Absent, Field::Null));
    }
}
