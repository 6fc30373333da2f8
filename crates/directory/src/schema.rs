//! What entries of each kind of server mean: ids, keys, states, profiles, members. Entries become what the port tells.

pub(crate) mod active_directory;
pub(crate) mod group;
pub(crate) mod members;
pub(crate) mod openldap;
mod person;

use domain::{
    Directory, DirectoryKind, Timestamp,
    directory::{EntryProblem, ExternalId, PersonState, filter},
};

use crate::entry::{NotUtf8, RawEntry};

/// How entries of one directory are read.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    kind: DirectoryKind,
    /// Attributes that are asked for, of people.
    pub(crate) person_attributes: Vec<String>,
    /// Attributes that are asked for, of groups, without the members.
    pub(crate) group_attributes: Vec<String>,
    settings: Directory,
}

impl Schema {
    pub(crate) fn new(settings: &Directory) -> Self {
        let attributes = &settings.people.attributes;
        let profile = [&attributes.login, &attributes.email, &attributes.first_name, &attributes.last_name];
        let person = profile.into_iter().chain(attributes.further.values()).map(String::as_str);
        let group = [settings.groups.name.as_str(), settings.groups.description.as_str()];
        let (of_person, of_group) = match settings.kind {
            DirectoryKind::OpenLdap => (openldap::PERSON, openldap::GROUP),
            DirectoryKind::ActiveDirectory => (active_directory::PERSON, active_directory::GROUP),
        };
        Self {
            kind: settings.kind,
            person_attributes: distinct(person.chain(of_person.iter().copied())),
            group_attributes: distinct(group.into_iter().chain(of_group.iter().copied())),
            settings: settings.clone(),
        }
    }

    /// Of people and groups alike: those by which a group's members are named.
    pub(crate) const fn member_attributes(&self) -> &'static [&'static str] {
        match self.kind {
            DirectoryKind::OpenLdap => &["member", "uniqueMember", "memberUid"],
            DirectoryKind::ActiveDirectory => &["member"],
        }
    }

    /// Attributes of a group with its members.
    pub(crate) fn whole_group(&self) -> Vec<String> {
        let members = self.member_attributes().iter().map(|attribute| (*attribute).to_owned());
        self.group_attributes.iter().cloned().chain(members).collect()
    }

    /// The attributes in which the id may be.
    pub(crate) const fn id_attributes(&self) -> &'static [&'static str] {
        match self.kind {
            DirectoryKind::OpenLdap => openldap::ID,
            DirectoryKind::ActiveDirectory => active_directory::ID,
        }
    }

    /// The entry's unchanging id.
    pub(crate) fn id(&self, entry: &RawEntry) -> Option<ExternalId> {
        match self.kind {
            DirectoryKind::OpenLdap => openldap::id(entry),
            DirectoryKind::ActiveDirectory => active_directory::id(entry),
        }
    }

    /// Entries with one of these ids.
    pub(crate) fn with_ids<'id>(&self, ids: impl IntoIterator<Item = &'id ExternalId>) -> String {
        let one = |id: &ExternalId| match self.kind {
            DirectoryKind::OpenLdap => openldap::with_id(id),
            DirectoryKind::ActiveDirectory => active_directory::with_id(id),
        };
        format!("(|{})", ids.into_iter().map(one).collect::<String>())
    }

    /// What the directory says of an account, now.
    pub(crate) fn state(&self, entry: &RawEntry, now: Timestamp) -> PersonState {
        match self.kind {
            DirectoryKind::OpenLdap => openldap::state(entry, now),
            DirectoryKind::ActiveDirectory => active_directory::state(entry, now),
        }
    }

    /// People whom somebody may mean by this login.
    pub(crate) fn with_login(&self, login: &str) -> String {
        let value = filter::escape(login);
        let tests: Vec<String> = self.login_attributes().iter().map(|name| format!("({name}={value})")).collect();
        format!("(&{}(|{}))", self.settings.people.filter, tests.concat())
    }

    /// Where a login is looked for: the login attribute, and in Active Directory both names of an account when the login is
    /// one of them.
    pub(crate) fn login_attributes(&self) -> Vec<&str> {
        let attribute = self.settings.people.attributes.login.as_str();
        let names = match self.kind {
            DirectoryKind::ActiveDirectory => active_directory::LOGINS,
            DirectoryKind::OpenLdap => &[],
        };
        let is_account_name = names.iter().any(|name| name.eq_ignore_ascii_case(attribute));
        if is_account_name { names.to_vec() } else { vec![attribute] }
    }

    /// Whether the entry has this login, letter for letter but for case. Servers find more: without accents, in another
    /// width, with other blanks; whoever guesses passwords would have a new name for somebody each time.
    pub(crate) fn has_login(&self, entry: &RawEntry, login: &str) -> bool {
        let login = login.to_lowercase();
        self.login_attributes().iter().any(|name| entry.texts(name).any(|value| value.trim().to_lowercase() == login))
    }
}

fn distinct<'text>(names: impl Iterator<Item = &'text str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !name.is_empty() && !distinct.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            distinct.push(name.to_owned());
        }
    }
    distinct
}

/// A value that cannot be kept as text.
pub(crate) fn not_utf8(entry: &RawEntry, NotUtf8(what): &NotUtf8) -> EntryProblem {
    EntryProblem {
        dn: entry.shown_dn(),
        code: "NOT_UTF8".to_owned(),
        what: format!("{what} is not UTF-8."),
        fix: "Correct the value in the directory, or map another attribute.".to_owned(),
    }
}

/// An entry whose id cannot be read.
pub(crate) fn id_missing(entry: &RawEntry, attributes: &[&str]) -> EntryProblem {
    EntryProblem {
        dn: entry.shown_dn(),
        code: "ID_MISSING".to_owned(),
        what: format!("The entry shows no {}.", attributes.join(" or ")),
        fix: "Give the bind account the right to read this attribute.".to_owned(),
    }
}
