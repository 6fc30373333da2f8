//! Entries as the settings of a directory see them: who is wanted, and as what.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Directory,
    directory::{DirectoryEntry, DirectoryGroup, DirectoryPerson, Dn, EntryKey, EntryProblem, PersonNow},
};

use super::{
    matching::matches,
    world::{Entry, World},
};

pub(super) struct View<'settings>(pub(super) &'settings Directory);

impl View<'_> {
    pub(super) fn is_person(&self, entry: &Entry) -> bool {
        within(&self.0.people.bases, entry) && matches(&self.0.people.filter, entry)
    }

    pub(super) fn is_group(&self, entry: &Entry) -> bool {
        within(&self.0.groups.bases, entry) && matches(&self.0.groups.filter, entry)
    }

    fn person_of(&self, entry: &Entry) -> DirectoryPerson {
        let attributes = &self.0.people.attributes;
        let joined = |attribute: &String| Some(entry.values(attribute).join(", ")).filter(|values| !values.is_empty());
        let further: BTreeMap<String, String> = attributes
            .further
            .iter()
            .filter_map(|(field, attribute)| Some((field.clone(), joined(attribute)?)))
            .collect();
        DirectoryPerson {
            id: entry.id.clone(),
            dn: entry.dn.to_string(),
            keys: World::keys(entry),
            login: entry.value(&attributes.login),
            email: entry.value(&attributes.email),
            first_name: entry.value(&attributes.first_name),
            last_name: entry.value(&attributes.last_name),
            further,
            state: entry.state,
            also_in: Vec::new(),
            problem: unreadable(entry),
        }
    }

    fn group_of(&self, world: &World, entry: &Entry) -> DirectoryGroup {
        DirectoryGroup {
            id: entry.id.clone(),
            dn: entry.dn.to_string(),
            keys: vec![entry.dn.key()],
            name: entry.value(&self.0.groups.name).unwrap_or_default(),
            description: entry.value(&self.0.groups.description).unwrap_or_default(),
            members: world.member_keys(entry),
        }
    }

    pub(super) fn entry_of(&self, world: &World, entry: &Entry) -> Option<DirectoryEntry> {
        if self.is_person(entry) {
            Some(DirectoryEntry::Person(Box::new(self.person_of(entry))))
        } else if self.is_group(entry) {
            Some(DirectoryEntry::Group(Box::new(self.group_of(world, entry))))
        } else {
            None
        }
    }

    /// The person and every group around them, level by level.
    pub(super) fn now(&self, world: &World, person: &Entry) -> PersonNow {
        let groups: Vec<&Entry> = world.entries.values().filter(|entry| self.is_group(entry)).collect();
        let around = |id: &EntryKey| -> Vec<&Entry> {
            groups.iter().copied().filter(|group| world.member_keys(group).contains(id)).collect()
        };
        let direct = around(&person.dn.key());
        let mut seen: BTreeSet<EntryKey> = BTreeSet::new();
        let mut found = Vec::new();
        let mut waiting = direct.clone();
        while let Some(group) = waiting.pop() {
            if seen.insert(group.dn.key()) {
                let above = around(&group.dn.key());
                let keys = above.iter().map(|group| group.dn.key()).collect();
                found.push((DirectoryGroup { members: Vec::new(), ..self.group_of(world, group) }, keys));
                waiting.extend(above);
            }
        }
        PersonNow {
            person: self.person_of(person),
            direct: direct.iter().map(|group| group.dn.key()).collect(),
            groups: found,
        }
    }
}

/// An attribute with the replacement character stands for one with bytes that are no text.
fn unreadable(entry: &Entry) -> Option<EntryProblem> {
    let bad = entry.attributes.iter().find(|(_, values)| values.iter().any(|value| value.contains('\u{fffd}')));
    bad.map(|(attribute, _)| EntryProblem {
        dn: entry.dn.to_string(),
        code: "NOT_UTF8".to_owned(),
        what: format!("`{attribute}` is not UTF-8."),
        fix: "The fake directory was told to say so.".to_owned(),
    })
}

/// Whether an entry lies in one of these bases.
pub(super) fn within(bases: &[String], entry: &Entry) -> bool {
    bases.iter().filter_map(|base| Dn::parse(base).ok()).any(|base| entry.dn.is_within(&base))
}
