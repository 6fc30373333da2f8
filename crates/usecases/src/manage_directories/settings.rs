//! What an administrator decides of a directory.

use domain::{
    Directory, DirectoryId, DirectoryKind, Timestamp,
    directory::{Connection, DirectoryStatus, GroupSettings, ImportSchedule, Matching, PeopleSettings, Reach},
};

/// Everything but id, status and times.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectorySettings {
    /// See [`Directory::name`].
    pub name: String,
    /// Stays what it is at the making.
    pub kind: DirectoryKind,
    /// Who talks to it.
    pub reach: Reach,
    /// How.
    pub connection: Connection,
    /// Which people.
    pub people: PeopleSettings,
    /// Which groups.
    pub groups: GroupSettings,
    /// Whether people sign in with its password.
    pub delegated_authentication: bool,
    /// Whether people are made at their first sign-in.
    pub just_in_time: bool,
    /// When imports run.
    pub schedule: ImportSchedule,
    /// See [`Directory::safeguard_percent`].
    pub safeguard_percent: u8,
    /// How people are recognised.
    pub matching: Matching,
}

impl DirectorySettings {
    /// A directory with these settings.
    pub(super) fn into_directory(self, id: DirectoryId, status: DirectoryStatus, created: Timestamp) -> Directory {
        Directory {
            id,
            name: self.name,
            kind: self.kind,
            status,
            reach: self.reach,
            connection: self.connection,
            people: self.people,
            groups: self.groups,
            delegated_authentication: self.delegated_authentication,
            just_in_time: self.just_in_time,
            schedule: self.schedule,
            safeguard_percent: self.safeguard_percent,
            matching: self.matching,
            created,
            last_updated: created,
        }
    }
}

/// Names of what is different.
pub(super) fn changed(former: &Directory, now: &Directory) -> Vec<&'static str> {
    let parts = [
        ("name", former.name != now.name),
        ("reach", former.reach != now.reach),
        ("connection", former.connection != now.connection),
        ("people", former.people != now.people),
        ("groups", former.groups != now.groups),
        ("delegatedAuthentication", former.delegated_authentication != now.delegated_authentication),
        ("justInTime", former.just_in_time != now.just_in_time),
        ("schedule", former.schedule != now.schedule),
        ("safeguardPercent", former.safeguard_percent != now.safeguard_percent),
        ("matching", former.matching != now.matching),
    ];
    parts.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}
