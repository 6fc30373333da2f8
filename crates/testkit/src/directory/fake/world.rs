//! What is in the fake: entries by id, and when each was changed.

use std::collections::BTreeMap;

use domain::directory::{DirectoryError, Dn, EntryKey, ExternalId, PersonState};
use ports::directory::AuthenticationRefusal;
use tokio::sync::watch;

use super::super::scenario::PASSWORD;
use crate::entropy::spread;

/// One entry, container, person or group.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: ExternalId,
    pub(super) dn: Dn,
    /// By name in lower case.
    pub(super) attributes: BTreeMap<String, Vec<String>>,
    pub(super) members: Vec<Member>,
    pub(super) password: String,
    pub(super) state: PersonState,
    pub(super) refusal: Option<AuthenticationRefusal>,
    /// The revision of its last change.
    pub(super) changed: u64,
}

/// Who is in a group.
#[derive(Debug, Clone)]
pub(super) enum Member {
    /// An entry, wherever it moves.
    Known(ExternalId),
    /// A name that nothing here answers to.
    Unknown(EntryKey),
}

impl Entry {
    pub(super) fn values(&self, attribute: &str) -> &[String] {
        self.attributes.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// People and groups have names; containers are reached by DN.
    fn is_called(&self, name: &str) -> bool {
        self.dn.leaf() == Some(name) && !self.values("objectClass").iter().any(|class| class == "organizationalUnit")
    }

    /// The first value, or nothing.
    pub(super) fn value(&self, attribute: &str) -> Option<String> {
        self.values(attribute).first().cloned()
    }

    pub(super) fn set(&mut self, attribute: &str, values: &[&str]) {
        let values: Vec<String> =
            values.iter().filter(|value| !value.is_empty()).map(|value| (*value).to_owned()).collect();
        if values.is_empty() {
            self.attributes.remove(&attribute.to_lowercase());
        } else {
            self.attributes.insert(attribute.to_lowercase(), values);
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) entries: BTreeMap<ExternalId, Entry>,
    pub(super) revision: u64,
    /// Cursors of earlier epochs lead nowhere.
    pub(super) epoch: u64,
    pub(super) removed: Vec<(u64, ExternalId)>,
    pub(super) failure: Option<DirectoryError>,
    pub(super) breaks_after: Option<usize>,
    pub(super) hangs_after: Option<usize>,
    /// Counts how often those who stand still were sent on.
    pub(super) goes_on: watch::Sender<u32>,
    pub(super) readings: (u32, u32),
    pub(super) authentications: Vec<String>,
}

impl World {
    /// Adds an entry, or replaces the one of this name, which keeps its id and members.
    pub(super) fn put(&mut self, dn: &str, attributes: &[(&str, &[&str])]) -> ExternalId {
        let dn = Dn::parse(dn).expect("a distinguished name");
        let before = self.entries.values().find(|entry| entry.dn.key() == dn.key());
        self.revision += 1;
        let fresh = || {
            let bytes = u128::from(spread(self.revision)) << 64 | u128::from(spread(self.revision + 1_000_000));
            ExternalId::from_bytes(bytes.to_be_bytes())
        };
        let mut entry = Entry {
            id: before.map_or_else(fresh, |entry| entry.id.clone()),
            attributes: BTreeMap::from([("cn".to_owned(), vec![dn.leaf().unwrap_or_default().to_owned()])]),
            dn,
            members: before.map(|entry| entry.members.clone()).unwrap_or_default(),
            password: PASSWORD.to_owned(),
            state: PersonState::Active,
            refusal: None,
            changed: self.revision,
        };
        for (attribute, values) in attributes {
            entry.set(attribute, values);
        }
        let id = entry.id.clone();
        self.entries.insert(id.clone(), entry);
        id
    }

    pub(super) fn named(&self, name: &str) -> &Entry {
        let found = self.entries.values().find(|entry| entry.is_called(name));
        found.unwrap_or_else(|| panic!("the fake directory has no entry `{name}`"))
    }

    pub(super) fn at(&self, dn: &Dn) -> Option<&Entry> {
        let key = dn.key();
        self.entries.values().find(|entry| entry.dn.key() == key)
    }

    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Entry)) {
        let id = self.named(name).id.clone();
        self.revision += 1;
        let revision = self.revision;
        let entry = self.entries.get_mut(&id).expect("named");
        change(entry);
        entry.changed = revision;
    }

    pub(super) fn rename(&mut self, name: &str, to: &str) {
        self.change(name, |entry| {
            entry.dn = entry.dn.parent().expect("not the root").child("cn", to);
            entry.set("cn", &[to]);
        });
    }

    pub(super) fn set_members(&mut self, group: &str, members: &[&str]) {
        let member = |name: &&str| match self.entries.values().find(|entry| entry.is_called(name)) {
            Some(entry) => Member::Known(entry.id.clone()),
            None => Member::Unknown(EntryKey::of_dn(name)),
        };
        let members = members.iter().map(member).collect();
        self.change(group, |entry| entry.members = members);
    }

    pub(super) fn remove(&mut self, name: &str) {
        let id = self.named(name).id.clone();
        self.remove_id(&id);
    }

    pub(super) fn remove_id(&mut self, id: &ExternalId) {
        self.revision += 1;
        self.entries.remove(id);
        self.removed.push((self.revision, id.clone()));
        let revision = self.revision;
        // As Active Directory does: a group loses a member that is no more.
        for entry in self.entries.values_mut() {
            let before = entry.members.len();
            entry.members.retain(|member| !matches!(member, Member::Known(known) if known == id));
            if entry.members.len() != before {
                entry.changed = revision;
            }
        }
    }

    /// Everything below it gets another name without being changed itself, as in a real directory.
    pub(super) fn rename_container(&mut self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|dn| Dn::parse(dn).expect("a distinguished name"));
        for entry in self.entries.values_mut().filter(|entry| entry.dn.is_within(&from)) {
            let moved = if entry.dn.depth() == from.depth() {
                to.clone()
            } else {
                to.child("cn", entry.dn.leaf().expect("text"))
            };
            entry.dn = moved;
        }
        self.epoch += 1;
    }

    /// The keys by which others call an entry.
    pub(super) fn keys(entry: &Entry) -> Vec<EntryKey> {
        let uids = entry.values("uid").iter().map(|uid| EntryKey::of_uid(uid));
        std::iter::once(entry.dn.key()).chain(uids).collect()
    }

    pub(super) fn member_keys(&self, group: &Entry) -> Vec<EntryKey> {
        let key = |member: &Member| match member {
            Member::Known(id) => self.entries.get(id).map(|entry| entry.dn.key()),
            Member::Unknown(key) => Some(key.clone()),
        };
        group.members.iter().filter_map(key).collect()
    }
}
