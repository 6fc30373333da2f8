//! The way up, level by level: which groups name somebody, which groups name those, until there are no new ones. A loop
//! leads to what is known already. The server is asked to show of each group's members only those that we ask about.

use std::collections::{BTreeMap, BTreeSet};

use domain::directory::{DirectoryPerson, EntryKey, filter};
use ldap3::controls::MatchedValues;
use ports::directory::DirectoryResult;

use super::{Around, Found, own_key};
use crate::{connection::Search, schema::members};

/// How many names are asked about at once.
const BATCH: usize = 50;

/// Somebody or something that groups may name.
struct Named {
    key: EntryKey,
    /// Tests for being named, each in parentheses.
    tests: Vec<String>,
}

impl Named {
    fn by_dn(key: EntryKey, dn: &str) -> Self {
        let dn = filter::escape(dn);
        Self { key, tests: vec![format!("(member={dn})"), format!("(uniqueMember={dn})")] }
    }
}

pub(super) async fn groups(around: &mut Around<'_>, person: &DirectoryPerson) -> DirectoryResult<Found> {
    let own = own_key(&person.keys);
    let mut start = Named::by_dn(own.clone(), &person.dn);
    let uids = person.keys.iter().filter_map(|key| key.0.strip_prefix("uid:"));
    start.tests.extend(uids.map(|uid| format!("(memberUid={})", filter::escape(uid))));
    // Whatever a key stands for, found by its key.
    let mut meant: BTreeMap<EntryKey, EntryKey> = person.keys.iter().map(|key| (key.clone(), own.clone())).collect();
    let mut within: BTreeMap<EntryKey, BTreeSet<EntryKey>> = BTreeMap::new();
    let mut found = Found::default();
    let mut level = vec![start];
    while !level.is_empty() {
        let mut next = Vec::new();
        for batch in level.chunks(BATCH) {
            let tests: Vec<&str> = batch.iter().flat_map(|named| &named.tests).map(String::as_str).collect();
            let tests = tests.concat();
            let asked: BTreeSet<&EntryKey> = batch.iter().map(|named| &named.key).collect();
            let only_these = |search: Search| {
                let others = search.attributes.iter().filter(|name| !is_member(name));
                let shown: Vec<String> = others.map(|name| format!("({name}=*)")).collect();
                search.with(MatchedValues::new(format!("({tests}{})", shown.concat())))
            };
            for mut entry in around.find(&format!("(|{tests})"), only_these).await? {
                let (named, _) = members::take(&mut entry, around.session.schema.member_attributes());
                let Some(group) = around.group(&entry) else { continue };
                let key = own_key(&group.keys);
                for inside in
                    named.iter().filter_map(|member| meant.get(member)).filter(|inside| asked.contains(inside))
                {
                    within.entry(inside.clone()).or_default().insert(key.clone());
                }
                if !meant.contains_key(&key) {
                    next.push(Named::by_dn(key.clone(), &group.dn));
                    meant.insert(key.clone(), key.clone());
                    found.groups.insert(key, (group, Vec::new()));
                }
            }
        }
        level = next;
    }
    found.direct = within.remove(&own).unwrap_or_default().into_iter().collect();
    for (key, (_, groups)) in &mut found.groups {
        *groups = within.remove(key).unwrap_or_default().into_iter().collect();
    }
    Ok(found)
}

fn is_member(attribute: &str) -> bool {
    ["member", "uniqueMember", "memberUid"].iter().any(|known| known.eq_ignore_ascii_case(attribute))
}
