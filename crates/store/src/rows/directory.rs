//! Directories: what nothing is looked up by is one JSON document.

use domain::{
    Directory,
    directory::{Connection, GroupSettings, ImportSchedule, Matching, PeopleSettings, Reach},
};
use ports::{StoreError, StoreResult};
use serde::{Deserialize, Serialize};

use super::{aws::from_word, from_json, id, time, to_json, value};

/// A directory's row.
#[derive(sqlx::FromRow)]
pub(crate) struct DirectoryRow {
    id: String,
    name: String,
    kind: String,
    status: String,
    settings: String,
    created: i64,
    last_updated: i64,
}

#[derive(Serialize, Deserialize)]
struct SettingsDocument {
    reach: Reach,
    connection: Connection,
    people: PeopleSettings,
    groups: GroupSettings,
    delegated_authentication: bool,
    just_in_time: bool,
    schedule: ImportSchedule,
    safeguard_percent: u8,
    matching: Matching,
}

impl TryFrom<DirectoryRow> for Directory {
    type Error = StoreError;
    fn try_from(row: DirectoryRow) -> StoreResult<Self> {
        let settings: SettingsDocument = from_json("directories.settings", &row.settings)?;
        Ok(Self {
            id: id("directories.id", row.id)?,
            name: row.name,
            kind: value("directories.kind", &row.kind)?,
            status: from_word("directories.status", row.status)?,
            reach: settings.reach,
            connection: settings.connection,
            people: settings.people,
            groups: settings.groups,
            delegated_authentication: settings.delegated_authentication,
            just_in_time: settings.just_in_time,
            schedule: settings.schedule,
            safeguard_percent: settings.safeguard_percent,
            matching: settings.matching,
            created: time(row.created),
            last_updated: time(row.last_updated),
        })
    }
}

/// The JSON of a directory's settings.
pub(crate) fn settings_text(directory: &Directory) -> StoreResult<String> {
    to_json(&SettingsDocument {
        reach: directory.reach,
        connection: directory.connection.clone(),
        people: directory.people.clone(),
        groups: directory.groups.clone(),
        delegated_authentication: directory.delegated_authentication,
        just_in_time: directory.just_in_time,
        schedule: directory.schedule,
        safeguard_percent: directory.safeguard_percent,
        matching: directory.matching.clone(),
    })
}
