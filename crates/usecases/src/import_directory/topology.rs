//! Who refers to whom, as an import has read it so far. Entries come in any order, so that a group's members can be told
//! only when everything was read: until then each membership waits as one number (4 bytes), each entry and each key as
//! little more than its name.

use std::collections::HashMap;

use domain::{
    GroupId, UserId,
    directory::{EntryKey, ExternalId},
};
use indexmap::IndexSet;

/// A key by the order in which keys were met.
type KeyNumber = u32;
/// An entry by the order in which entries were read.
pub(super) type EntryNumber = u32;

/// What an entry is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody: left out, ignored, or waiting for an administrator's word.
    Nobody,
    /// A user.
    Person(UserId),
    /// A group.
    Group(GroupId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Unknown,
    One(EntryNumber),
    /// Several entries have the key: it leads to none of them.
    Several,
    /// An entry that was not read this time, by its place among those from before.
    Former(u32),
}

/// A group with its members as they were told.
#[derive(Debug)]
struct ReadGroup {
    entry: EntryNumber,
    members: Vec<KeyNumber>,
}

/// Direct members of a group, as far as they are known: each once, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Resolved {
    pub(super) people: Vec<UserId>,
    pub(super) groups: Vec<GroupId>,
    pub(super) unresolved: Vec<EntryKey>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Topology {
    /// By number.
    keys: IndexSet<EntryKey>,
    owners: Vec<Owner>,
    entries: Vec<Who>,
    read: HashMap<ExternalId, EntryNumber>,
    former: Vec<Who>,
    groups: Vec<ReadGroup>,
    also_in: Vec<(EntryNumber, KeyNumber)>,
}

fn place(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn at<T>(list: &[T], number: u32) -> Option<&T> {
    list.get(usize::try_from(number).unwrap_or(usize::MAX))
}

impl Topology {
    /// Whether an entry was read already.
    pub(super) fn has(&self, entry: &ExternalId) -> bool {
        self.read.contains_key(entry)
    }

    /// An entry that was read, with the keys that lead to it.
    pub(super) fn add(&mut self, entry: &ExternalId, keys: &[EntryKey], who: Who) -> EntryNumber {
        let number = place(self.entries.len());
        self.entries.push(who);
        self.read.insert(entry.clone(), number);
        for key in keys {
            let key = self.number(key);
            if let Some(owner) = self.owners.get_mut(usize::try_from(key).unwrap_or(usize::MAX)) {
                *owner = if *owner == Owner::Unknown { Owner::One(number) } else { Owner::Several };
            }
        }
        number
    }

    /// It turned out who an entry is.
    pub(super) fn is(&mut self, entry: EntryNumber, who: Who) {
        if let Some(known) = self.entries.get_mut(usize::try_from(entry).unwrap_or(usize::MAX)) {
            *known = who;
        }
    }

    /// An entry that was read is nobody after all.
    pub(super) fn forget(&mut self, entry: &ExternalId) {
        if let Some(number) = self.read.get(entry).copied() {
            self.is(number, Who::Nobody);
        }
    }

    /// A person's entry says that it is in these groups.
    pub(super) fn is_also_in(&mut self, entry: EntryNumber, groups: &[EntryKey]) {
        for group in groups {
            let key = self.number(group);
            self.also_in.push((entry, key));
        }
    }

    /// A group's members.
    pub(super) fn has_members(&mut self, entry: EntryNumber, members: &[EntryKey]) {
        let mut numbers: Vec<KeyNumber> = members.iter().map(|member| self.number(member)).collect();
        numbers.shrink_to_fit();
        self.groups.push(ReadGroup { entry, members: numbers });
    }

    /// A key that will be asked for.
    pub(super) fn mention(&mut self, key: &EntryKey) {
        self.number(key);
    }

    fn number(&mut self, key: &EntryKey) -> KeyNumber {
        if let Some(number) = self.keys.get_index_of(key) {
            return place(number);
        }
        self.owners.push(Owner::Unknown);
        place(self.keys.insert_full(key.clone()).0)
    }

    /// Keys to which nothing that was read answers.
    pub(super) fn unanswered(&self) -> Vec<EntryKey> {
        let unknown = self.owners.iter().zip(&self.keys).filter(|(owner, _)| **owner == Owner::Unknown);
        unknown.map(|(_, key)| key.clone()).collect()
    }

    /// Every key that something which was read has.
    pub(super) fn answered(&self) -> Vec<EntryKey> {
        let known = self.owners.iter().zip(&self.keys).filter(|(owner, _)| matches!(owner, Owner::One(_)));
        known.map(|(_, key)| key.clone()).collect()
    }

    /// Somebody who was not read this time has this key.
    pub(super) fn add_former(&mut self, key: &EntryKey, who: Who) {
        let former = place(self.former.len());
        self.former.push(who);
        let number = self.number(key);
        if let Some(owner) = self.owners.get_mut(usize::try_from(number).unwrap_or(usize::MAX)) {
            *owner = if *owner == Owner::Unknown { Owner::Former(former) } else { Owner::Several };
        }
    }

    fn owner(&self, key: KeyNumber) -> &Who {
        let who = match at(&self.owners, key) {
            Some(Owner::One(entry)) => at(&self.entries, *entry),
            Some(Owner::Former(former)) => at(&self.former, *former),
            Some(Owner::Unknown | Owner::Several) | None => None,
        };
        who.unwrap_or(&Who::Nobody)
    }

    /// Whom a key leads to.
    pub(super) fn leads_to(&self, key: &EntryKey) -> &Who {
        self.keys.get_index_of(key).map_or(&Who::Nobody, |number| self.owner(place(number)))
    }

    /// People who say of themselves that they are in groups which were read, by group.
    pub(super) fn people_also_in(&self) -> HashMap<GroupId, Vec<UserId>> {
        let mut found: HashMap<GroupId, Vec<UserId>> = HashMap::new();
        for (entry, key) in &self.also_in {
            if let (Who::Group(group), Some(Who::Person(user))) = (self.owner(*key), at(&self.entries, *entry)) {
                found.entry(group.clone()).or_default().push(user.clone());
            }
        }
        found
    }

    /// The groups that were read, in the order of their ids: what lies together is written together.
    pub(super) fn groups(&self) -> Vec<GroupRef<'_>> {
        let known = self.groups.iter().filter_map(|group| match at(&self.entries, group.entry) {
            Some(Who::Group(id)) => Some(GroupRef { id, members: &group.members, topology: self }),
            Some(Who::Person(_) | Who::Nobody) | None => None,
        });
        let mut groups: Vec<GroupRef<'_>> = known.collect();
        groups.sort_unstable_by(|one, other| one.id.cmp(other.id));
        groups
    }
}

/// A group that was read.
pub(super) struct GroupRef<'a> {
    pub(super) id: &'a GroupId,
    members: &'a [KeyNumber],
    topology: &'a Topology,
}

impl GroupRef<'_> {
    /// How many members were told.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Its members, and these people.
    pub(super) fn resolve(&self, also: Vec<UserId>) -> Resolved {
        let mut resolved = Resolved { people: also, ..Resolved::default() };
        for number in self.members {
            match self.topology.owner(*number) {
                Who::Person(user) => resolved.people.push(user.clone()),
                Who::Group(group) => resolved.groups.push(group.clone()),
                Who::Nobody => {
                    let key = usize::try_from(*number).ok().and_then(|number| self.topology.keys.get_index(number));
                    resolved.unresolved.extend(key.cloned());
                }
            }
        }
        each_once(&mut resolved.people);
        each_once(&mut resolved.groups);
        each_once(&mut resolved.unresolved);
        resolved
    }
}

fn each_once<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

#[cfg(test)]
mod tests {
    use testkit::sample;

    use super::*;

    fn key(name: &str) -> EntryKey {
        EntryKey(name.to_owned())
    }

    fn sorted<T: Ord, const N: usize>(mut list: [T; N]) -> [T; N] {
        list.sort();
        list
    }

    fn person(name: &str) -> Who {
        Who::Person(sample::user_id(name))
    }

    fn add(topology: &mut Topology, name: &str, keys: &[&str], who: Who) -> EntryNumber {
        let keys: Vec<EntryKey> = keys.iter().map(|name| key(name)).collect();
        topology.add(&sample::external_id(name), &keys, who)
    }

    fn staff(topology: &mut Topology, members: &[&str]) {
        let group = add(topology, "staff", &["dn:staff"], Who::Group(sample::group_id("staff")));
        let members: Vec<EntryKey> = members.iter().map(|name| key(name)).collect();
        topology.has_members(group, &members);
    }

    #[test]
    fn members_are_found_whatever_comes_first() {
        let mut topology = Topology::default();
        staff(&mut topology, &["dn:ann", "uid:ann", "dn:team", "dn:else", "dn:staff"]);
        add(&mut topology, "ann", &["dn:ann", "uid:ann"], person("ann"));
        add(&mut topology, "team", &["dn:team"], Who::Group(sample::group_id("team")));
        let groups = topology.groups();
        let resolved = groups[0].resolve(Vec::new());
        assert_eq!(groups[0].len(), 5);
        assert_eq!(resolved.people, [sample::user_id("ann")]);
        assert_eq!(resolved.groups, sorted([sample::group_id("staff"), sample::group_id("team")]));
        assert_eq!(resolved.unresolved, [key("dn:else")]);
        assert_eq!(topology.unanswered(), [key("dn:else")]);
    }

    #[test]
    fn a_key_that_several_have_leads_to_nobody() {
        let mut topology = Topology::default();
        add(&mut topology, "ann", &["dn:ann", "uid:x"], person("ann"));
        staff(&mut topology, &["uid:x"]);
        assert_eq!(topology.groups()[0].resolve(Vec::new()).people.len(), 1);
        add(&mut topology, "bob", &["dn:bob", "uid:x"], person("bob"));
        assert_eq!(topology.groups()[0].resolve(Vec::new()).unresolved, [key("uid:x")]);
        topology.add_former(&key("dn:ann"), person("former"));
        assert_eq!(topology.leads_to(&key("dn:ann")), &Who::Nobody);
    }

    #[test]
    fn who_was_not_read_counts_as_before() {
        let mut topology = Topology::default();
        staff(&mut topology, &["dn:ann"]);
        topology.add_former(&key("dn:ann"), person("ann"));
        assert_eq!(topology.groups()[0].resolve(Vec::new()).people, [sample::user_id("ann")]);
    }

    #[test]
    fn it_can_turn_out_later_who_somebody_is() {
        let mut topology = Topology::default();
        let ann = add(&mut topology, "ann", &["dn:ann"], Who::Nobody);
        topology.is_also_in(ann, &[key("dn:staff")]);
        staff(&mut topology, &["dn:ann"]);
        assert!(topology.groups()[0].resolve(Vec::new()).people.is_empty());
        assert!(topology.people_also_in().is_empty());
        topology.is(ann, person("ann"));
        assert_eq!(topology.groups()[0].resolve(Vec::new()).people.len(), 1);
        assert_eq!(topology.people_also_in()[&sample::group_id("staff")], [sample::user_id("ann")]);
        topology.forget(&sample::external_id("ann"));
        assert!(topology.people_also_in().is_empty());
        assert!(topology.has(&sample::external_id("ann")) && !topology.has(&sample::external_id("bob")));
    }
}
