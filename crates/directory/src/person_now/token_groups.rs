//! Active Directory computes in one answer every security group that somebody is in (`tokenGroups`), and each entry names
//! the groups around it (`memberOf`). From both: the groups that are wanted, each with the groups it is in, and of them those
//! that a way of wanted groups leads to. Distribution lists are not among the tokens; they are asked for by name.

use std::collections::{BTreeMap, BTreeSet};

use domain::directory::{DirectoryPerson, DirectoryStep, Dn, EntryKey, filter};
use ports::directory::DirectoryResult;

use super::{Around, Found, Groups, own_key};
use crate::{
    connection::Search,
    entry::RawEntry,
    read::{Scope, What},
    schema::members,
};

/// How many groups are asked for at once.
const BATCH: usize = 100;

pub(super) async fn groups(around: &mut Around<'_>, person: &DirectoryPerson) -> DirectoryResult<Found> {
    let search = Search::of(&person.dn, &["memberOf", "tokenGroups"]);
    let mut entry = around.connection.find(DirectoryStep::Read, &search).await?;
    let Some(own) = entry.first_mut() else { return Ok(Found::default()) };
    let mut known = Groups::new();
    let tokens = own.take("tokenGroups");
    for batch in tokens.chunks(BATCH) {
        let tests: Vec<String> = batch.iter().map(|sid| format!("(objectSid={})", filter::escape_bytes(sid))).collect();
        take_groups(around, &tests.concat(), &mut known).await?;
    }
    let mut start: Vec<EntryKey> = member_of(around, &person.dn, own).await?;
    start.extend(person.also_in.iter().cloned());
    let mut asked = BTreeSet::new();
    loop {
        let found = reach(&start, &known);
        let unknown = unknown(around.scopes, &start, &found, &known, &mut asked);
        if unknown.is_empty() {
            return Ok(found);
        }
        for batch in unknown.chunks(BATCH) {
            let tests: Vec<String> =
                batch.iter().map(|dn| format!("(distinguishedName={})", filter::escape(dn))).collect();
            take_groups(around, &tests.concat(), &mut known).await?;
        }
    }
}

/// Adds the wanted groups that pass one of these tests.
async fn take_groups(around: &mut Around<'_>, tests: &str, known: &mut Groups) -> DirectoryResult<()> {
    let attributes: Vec<String> =
        around.session.schema.group_attributes.iter().cloned().chain(["memberOf".to_owned()]).collect();
    let found = around.find(&format!("(|{tests})"), |search| search.asking(&attributes)).await?;
    for mut entry in found {
        let dn = entry.shown_dn();
        let within = member_of(around, &dn, &mut entry).await?;
        if let Some(group) = around.group(&entry) {
            known.insert(own_key(&group.keys), (group, within));
        }
    }
    Ok(())
}

/// The names of the groups around an entry; what the server holds back is fetched.
async fn member_of(around: &mut Around<'_>, dn: &str, entry: &mut RawEntry) -> DirectoryResult<Vec<EntryKey>> {
    let (mut keys, mut unreadable) = (Vec::new(), 0);
    members::add(&mut keys, &mut unreadable, "memberOf", entry.take("memberOf"));
    let mut range = entry.take_range("memberOf");
    while let Some((values, next)) = range {
        members::add(&mut keys, &mut unreadable, "memberOf", values);
        range = match next {
            None => None,
            Some(from) => {
                let search = Search::of(dn, &[&format!("memberOf;range={from}-*")]);
                let found = around.connection.find(DirectoryStep::Read, &search).await?;
                found.into_iter().next().and_then(|mut entry| entry.take_range("memberOf"))
            }
        };
    }
    Ok(keys)
}

/// The groups that are reached from these keys through known groups alone.
fn reach(start: &[EntryKey], known: &Groups) -> Found {
    let by_key: BTreeMap<&EntryKey, &EntryKey> =
        known.iter().flat_map(|(own, (group, _))| group.keys.iter().map(move |key| (key, own))).collect();
    let wanted = |keys: &[EntryKey]| -> Vec<EntryKey> {
        let wanted: BTreeSet<&EntryKey> = keys.iter().filter_map(|key| by_key.get(key).copied()).collect();
        wanted.into_iter().cloned().collect()
    };
    let mut found = Found { direct: wanted(start), groups: Groups::new() };
    let mut waiting = found.direct.clone();
    while let Some(key) = waiting.pop() {
        if let Some((group, within)) = known.get(&key).filter(|_| !found.groups.contains_key(&key)) {
            let within = wanted(within);
            waiting.extend(within.iter().cloned());
            found.groups.insert(key, (group.clone(), within));
        }
    }
    found
}

/// Names that lie in a base of groups, were met on the way, and are of no known group; each is answered once.
fn unknown(
    scopes: &[Scope],
    start: &[EntryKey],
    found: &Found,
    known: &Groups,
    asked: &mut BTreeSet<EntryKey>,
) -> Vec<String> {
    let reached = found.groups.keys().filter_map(|key| known.get(key)).flat_map(|(_, within)| within);
    let is_in_base = |dn: &Dn| scopes.iter().any(|scope| scope.what == What::Groups && dn.is_within(&scope.dn));
    start
        .iter()
        .chain(reached)
        .filter(|key| !known.contains_key(*key))
        .filter(|key| asked.insert((*key).clone()))
        .filter_map(|key| key.0.strip_prefix("dn:"))
        .filter(|dn| Dn::parse(dn).is_ok_and(|dn| is_in_base(&dn)))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::directory::{DirectoryGroup, ExternalId};

    use super::*;

    fn key(name: &str) -> EntryKey {
        EntryKey::of_dn(&format!("cn={name},dc=x"))
    }

    fn known(edges: &[(&str, &[&str])]) -> Groups {
        let group = |(name, within): &(&str, &[&str])| {
            let group = DirectoryGroup {
                id: ExternalId::from_bytes([0; 16]),
                dn: format!("cn={name},dc=x"),
                keys: vec![key(name), EntryKey(format!("sid:{name}"))],
                name: (*name).to_owned(),
                description: String::new(),
                members: vec![],
            };
            (key(name), (group, within.iter().map(|name| key(name)).collect()))
        };
        edges.iter().map(group).collect()
    }

    #[test]
    fn only_ways_through_wanted_groups_count() {
        let known = known(&[("a", &["b", "outside"]), ("b", &["a"]), ("c", &[]), ("primary", &["c"])]);
        let found = reach(&[key("a"), key("elsewhere"), EntryKey("sid:primary".to_owned())], &known);
        assert_eq!(found.direct, [key("a"), key("primary")]);
        let names: Vec<&str> = found.groups.values().map(|(group, _)| group.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "primary"]);
        assert_eq!(found.groups[&key("a")].1, [key("b")]);
        assert_eq!(reach(&[key("b")], &known).groups.len(), 2);
        assert_eq!(reach(&[], &known).groups.len(), 0);
    }
}
