//! What a client sends about a directory, turned into settings: what is left out gets its default by the kind of server.

use api::{
    directory::{DirectoryRequest, GroupsRequest, MatchingRequest, PeopleRequest, ScheduleRequest, by},
    duration::Duration,
    field::Field,
};
use domain::{
    DirectoryKind, Seconds,
    directory::{
        Connection, GroupSettings, ImportSchedule, MatchBy, Matching, PAGE_SIZE, PeopleSettings, Reach, TIMEOUT_SECONDS,
    },
};
use usecases::{
    Error,
    error::Mistake,
    manage_directories::{BindPassword, DirectorySettings},
};

const INCREMENTAL: Duration = Duration(15 * 60);
const FULL: Duration = Duration(86_400);
const SAFEGUARD_PERCENT: u8 = 20;

/// Settings and what was said about the bind password.
///
/// # Errors
/// `Fields`: what has to be there and is not, and words that are none.
pub(super) fn settings(sent: DirectoryRequest) -> Result<(DirectorySettings, BindPassword), Error> {
    let mut mistakes = Vec::new();
    let mut mistake = |field: &str, cause: String| mistakes.push(Mistake { field: field.to_owned(), cause });
    let name = sent.name.unwrap_or_default();
    let kind = match sent.kind.as_deref().map(str::parse::<DirectoryKind>) {
        Some(Ok(kind)) => Some(kind),
        Some(Err(why)) => {
            mistake("type", why);
            None
        }
        None => {
            mistake("type", "The field cannot be left blank: `OPENLDAP` or `ACTIVE_DIRECTORY`".to_owned());
            None
        }
    };
    let reach = match sent.reach.as_deref() {
        None | Some("DIRECT") => Reach::Direct,
        Some("AGENT") => Reach::Agent,
        Some(other) => {
            mistake(
                "reach",
                format!("`{}` is neither `DIRECT` nor `AGENT`", other.chars().take(60).collect::<String>()),
            );
            Reach::Direct
        }
    };
    let Some(kind) = kind.filter(|_| mistakes.is_empty()) else { return Err(Error::Fields(mistakes)) };
    let people = people(sent.people, kind);
    let settings = DirectorySettings {
        name,
        kind,
        reach,
        connection: Connection {
            urls: sent.urls,
            start_tls: sent.start_tls,
            ca_pem: sent.ca_pem.filter(|text| !text.trim().is_empty()),
            bind_dn: sent.bind_dn.filter(|text| !text.is_empty()),
            timeout_seconds: sent.timeout.map_or(TIMEOUT_SECONDS, |timeout| timeout.0),
            page_size: sent.page_size.unwrap_or(PAGE_SIZE),
        },
        groups: groups(sent.groups, kind, &people),
        people,
        delegated_authentication: sent.delegated_authentication.unwrap_or(true),
        just_in_time: sent.just_in_time.unwrap_or(true),
        schedule: schedule(sent.schedule),
        safeguard_percent: sent.safeguard_percent.unwrap_or(SAFEGUARD_PERCENT),
        matching: matching(sent.matching),
    };
    let password = match sent.bind_password {
        Field::Absent => BindPassword::Keep,
        Field::Null => BindPassword::Forget,
        Field::Value(secret) => BindPassword::Give(secret),
    };
    Ok((settings, password))
}

fn all(base: Option<String>, bases: Vec<String>) -> Vec<String> {
    base.into_iter().chain(bases).collect()
}

fn people(sent: PeopleRequest, kind: DirectoryKind) -> PeopleSettings {
    let mut attributes = kind.person_attributes();
    for (profile, attribute) in sent.attributes {
        match profile.as_str() {
            "login" => attributes.login = attribute,
            "email" => attributes.email = attribute,
            "firstName" => attributes.first_name = attribute,
            "lastName" => attributes.last_name = attribute,
            _ => drop(attributes.further.insert(profile, attribute)),
        }
    }
    PeopleSettings {
        bases: all(sent.base, sent.bases),
        filter: sent.filter.unwrap_or_else(|| kind.people_filter().to_owned()),
        attributes,
    }
}

fn groups(sent: GroupsRequest, kind: DirectoryKind, people: &PeopleSettings) -> GroupSettings {
    let bases = all(sent.base, sent.bases);
    GroupSettings {
        bases: if bases.is_empty() { people.bases.clone() } else { bases },
        filter: sent.filter.unwrap_or_else(|| kind.group_filter().to_owned()),
        name: sent.name.unwrap_or_else(|| kind.group_name().to_owned()),
        description: sent.description.unwrap_or_else(|| kind.group_description().to_owned()),
    }
}

fn schedule(sent: Field<ScheduleRequest>) -> ImportSchedule {
    let sent = match sent {
        Field::Absent => ScheduleRequest::default(),
        Field::Null => ScheduleRequest { incremental: Field::Null, full: Field::Null },
        Field::Value(sent) => sent,
    };
    let seconds = |part: Field<Duration>, default| -> Option<Seconds> {
        part.or_default(Some(default)).map(|duration| duration.0)
    };
    ImportSchedule {
        incremental_seconds: seconds(sent.incremental, INCREMENTAL),
        full_seconds: seconds(sent.full, FULL),
    }
}

fn matching(sent: MatchingRequest) -> Matching {
    Matching {
        by: sent.by.map_or_else(|| vec![MatchBy::Login], |names| names.into_iter().map(by).collect()),
        confirm_automatically: sent.confirm_automatically.unwrap_or(true),
    }
}
