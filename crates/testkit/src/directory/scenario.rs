//! What a case needs of the directory under test: a way to put people and groups there, and a way to ask.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{DirectoryEntry, DirectoryGroup, DirectoryPerson, EntryKey, EntryProblem, ExternalId},
};
use ports::directory::{Directories, DirectoryResult, DirectorySession, ImportCursor, ReadingEnd};
use tokio::sync::mpsc;

/// The directory of one case: nobody else changes it, and what one case does is not seen by another.
pub type Subject = Box<dyn DirectoryScenario>;

/// The password of everybody who is put there.
pub const PASSWORD: &str = "Str0ng-and-l0ng-enough";

/// Somebody to put there. The name is unique within the case and may hold any character.
#[derive(Debug, Clone, Copy)]
pub struct NewPerson<'text> {
    /// The entry's own name, by which cases call them.
    pub name: &'text str,
    /// What the settings take as e-mail; nothing: the entry has none.
    pub email: Option<&'text str>,
    /// What the settings take as first name.
    pub first_name: Option<&'text str>,
    /// What the settings take as last name.
    pub last_name: &'text str,
}

impl<'text> NewPerson<'text> {
    /// Somebody with all attributes.
    pub const fn named(name: &'text str) -> Self {
        Self { name, email: Some("somebody@example.com"), first_name: Some("First"), last_name: "Last" }
    }
}

/// A directory under test. Whatever cannot be done stops the case.
#[async_trait]
pub trait DirectoryScenario: Send + Sync {
    /// What is under test.
    fn directories(&self) -> Arc<dyn Directories>;
    /// The settings of this directory: people, groups and role groups each have a base of their own.
    fn settings(&self) -> Directory;
    /// The password of the settings' bind account.
    fn bind_password(&self) -> Option<Secret<String>>;
    /// Where role groups may be written; below the base of groups.
    fn role_group_ou(&self) -> String;
    /// The login that a person with this name has by the settings.
    fn login(&self, name: &str) -> String;

    /// Puts somebody into a container below the base of people.
    async fn put_person(&self, person: NewPerson<'_>);
    /// Puts a group with these people and groups in it, by name.
    async fn put_group(&self, name: &str, members: &[&str]);
    /// Replaces who is in a group.
    async fn set_members(&self, group: &str, members: &[&str]);
    /// Replaces a person's first name.
    async fn set_first_name(&self, person: &str, first_name: &str);
    /// Switches a person's account off.
    async fn switch_off(&self, person: &str);
    /// Gives a person or group another name.
    async fn rename(&self, name: &str, to: &str);
    /// Takes a person or group away.
    async fn remove(&self, name: &str);
    /// Moves a person out of the base.
    async fn move_out(&self, person: &str);
    /// Changes a person so that the filter leaves them out.
    async fn leave_filter(&self, person: &str);
    /// Gives the container that people are in another name.
    async fn rename_container(&self);

    /// A name for a role group that no other case gives to one: in Active Directory they are unique in the domain.
    fn role_group_name(&self, name: &str) -> String {
        name.to_owned()
    }

    /// Opens it, as it is.
    async fn session(&self) -> Box<dyn DirectorySession> {
        self.session_with(&self.settings()).await
    }

    /// Opens it with other settings.
    async fn session_with(&self, settings: &Directory) -> Box<dyn DirectorySession> {
        self.directories().open(settings, self.bind_password()).await.expect("settings as such can be opened")
    }
}

/// Everything that one reading told.
#[derive(Debug)]
pub struct Reading {
    /// In the order in which they came.
    pub entries: Vec<DirectoryEntry>,
    /// How it ended.
    pub end: ReadingEnd,
}

impl Reading {
    /// Reads to the end, with a channel that is full at once.
    pub async fn of(session: &dyn DirectorySession, since: Option<&ImportCursor>) -> DirectoryResult<Self> {
        let (sender, mut receiver) = mpsc::channel(1);
        let collect = async {
            let mut entries = Vec::new();
            while let Some(entry) = receiver.recv().await {
                entries.push(entry);
            }
            entries
        };
        let (end, entries) = tokio::join!(session.read(since, sender), collect);
        Ok(Self { entries, end: end? })
    }

    /// The people.
    pub fn people(&self) -> Vec<&DirectoryPerson> {
        self.entries.iter().filter_map(person).collect()
    }

    /// The groups.
    pub fn groups(&self) -> Vec<&DirectoryGroup> {
        self.entries.iter().filter_map(group).collect()
    }

    /// What is there no more.
    pub fn gone(&self) -> Vec<&ExternalId> {
        self.entries.iter().filter_map(gone).collect()
    }

    /// What was left out.
    pub fn problems(&self) -> Vec<&EntryProblem> {
        self.entries.iter().filter_map(problem).collect()
    }

    /// The person with this login; told once.
    pub fn person(&self, login: &str) -> &DirectoryPerson {
        let found: Vec<_> = self.people().into_iter().filter(|person| person.login.as_deref() == Some(login)).collect();
        assert_eq!(found.len(), 1, "`{login}` is told once: {:?}", self.entries);
        found[0]
    }

    /// The group with this name; told once.
    pub fn group(&self, name: &str) -> &DirectoryGroup {
        let found: Vec<_> = self.groups().into_iter().filter(|group| group.name == name).collect();
        assert_eq!(found.len(), 1, "`{name}` is told once: {:?}", self.entries);
        found[0]
    }

    /// What this incremental reading changes for somebody who knows what `before` told: entries that are as they were, and
    /// the going of what was never told, are no change.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Self {
        let known = |id: &ExternalId| {
            before.people().iter().any(|person| person.id == *id) || before.groups().iter().any(|group| group.id == *id)
        };
        let is_change = |entry: &&DirectoryEntry| match entry {
            DirectoryEntry::Gone { id } => known(id),
            DirectoryEntry::Problem(_) => false,
            entry => !before.entries.contains(entry),
        };
        Self { entries: self.entries.iter().filter(is_change).cloned().collect(), end: self.end.clone() }
    }

    /// The cursor that every directory under test offers.
    pub fn cursor(&self) -> &ImportCursor {
        self.end.cursor.as_ref().expect("the directory under test tells what changed")
    }
}

fn person(entry: &DirectoryEntry) -> Option<&DirectoryPerson> {
    if let DirectoryEntry::Person(person) = entry { Some(person) } else { None }
}

fn group(entry: &DirectoryEntry) -> Option<&DirectoryGroup> {
    if let DirectoryEntry::Group(group) = entry { Some(group) } else { None }
}

fn gone(entry: &DirectoryEntry) -> Option<&ExternalId> {
    if let DirectoryEntry::Gone { id } = entry { Some(id) } else { None }
}

fn problem(entry: &DirectoryEntry) -> Option<&EntryProblem> {
    if let DirectoryEntry::Problem(problem) = entry { Some(problem) } else { None }
}

/// Whether one of an entry's keys is among these.
pub(crate) fn holds(keys: &[EntryKey], entry: &[EntryKey]) -> bool {
    entry.iter().any(|key| keys.contains(key))
}
