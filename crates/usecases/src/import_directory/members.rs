//! Who is in which group, now that it is known who everybody is. New groups get their members at once, unseen; of the
//! others only what differs is staged.

use std::collections::{BTreeSet, HashMap};

use domain::{GroupId, UserId, directory::EntryKey};
use ports::{EntryOwner, Members};

use super::{
    reading::Read,
    tally::count,
    topology::{Resolved, Who},
};
use crate::error::Result;

/// Memberships of one transaction, about: fewer would write the same pages again and again, more would keep others waiting.
const BATCH: usize = 50_000;

/// Stages them all.
pub(super) async fn stage(read: &mut Read<'_>) -> Result<()> {
    let mut also = if read.whole { HashMap::new() } else { former(read).await? };
    for (group, people) in read.topology.people_also_in() {
        also.entry(group).or_default().extend(people);
    }
    let topology = std::mem::take(&mut read.topology);
    let mut waiting: Vec<(GroupId, Resolved)> = Vec::new();
    let mut size = 0;
    let groups = topology.groups();
    let read_groups: BTreeSet<&GroupId> = groups.iter().map(|group| group.id).collect();
    for group in &groups {
        let resolved = group.resolve(also.remove(group.id).unwrap_or_default());
        size += group.len() + 1;
        waiting.push((group.id.clone(), resolved));
        if size >= BATCH {
            write(read, std::mem::take(&mut waiting)).await?;
            size = 0;
        }
    }
    write(read, waiting).await?;
    if !read.whole {
        let mut come = Members::default();
        for (group, people) in also {
            come.people.extend(people.into_iter().map(|user| (group.clone(), user)));
        }
        let keys = topology.answered();
        for (group, key) in read.import.services.store.groups_that_wait_for(&read.import.directory.id, &keys).await? {
            if !read_groups.contains(&group) {
                wait_no_more(&mut come, group, key, &topology);
            }
        }
        let left = std::mem::take(&mut read.left_by_word).into_iter().filter_map(|(user, key)| {
            match topology.leads_to(&key) {
                Who::Group(group) if !read_groups.contains(group) => Some((group.clone(), user)),
                Who::Group(_) | Who::Person(_) | Who::Nobody => None,
            }
        });
        let left = left.collect();
        others(read, come, left).await?;
    }
    Ok(())
}

/// Somebody or something has a key for which a group waits that was not read this time.
fn wait_no_more(come: &mut Members, group: GroupId, key: EntryKey, topology: &super::topology::Topology) {
    match topology.leads_to(&key) {
        Who::Person(user) => come.people.push((group.clone(), user.clone())),
        Who::Group(child) => come.groups.push((group.clone(), child.clone())),
        Who::Nobody => return,
    }
    come.unresolved.push((group, key));
}

/// Of an incremental import: whom keys lead to that nothing which was read has, and people who are in groups by their own
/// word.
async fn former(read: &mut Read<'_>) -> Result<HashMap<GroupId, Vec<UserId>>> {
    let store = &read.import.services.store;
    let directory = &read.import.directory.id;
    for (_, key) in &read.left_by_word {
        read.topology.mention(key);
    }
    let mut keys = read.topology.unanswered();
    keys.extend(read.topology.answered());
    for (key, owner) in store.owners_of_keys(directory, &keys).await? {
        let (entry, who) = match owner {
            EntryOwner::Person(entry, user) => (entry, Who::Person(user)),
            EntryOwner::Group(entry, group) => (entry, Who::Group(group)),
        };
        // What was read, or is gone, has its keys of now.
        if !read.topology.has(&entry) && !read.gone.contains(&entry) {
            read.topology.add_former(&key, who);
        }
    }
    let mut also: HashMap<GroupId, Vec<UserId>> = HashMap::new();
    for (key, user) in store.people_also_in(directory, &read.topology.answered()).await? {
        if let (Who::Group(group), false) = (read.topology.leads_to(&key), read.met_again.contains(&user)) {
            also.entry(group.clone()).or_default().push(user);
        }
    }
    Ok(also)
}

/// Who comes into groups that were not read this time, and who says no more that they are in them.
async fn others(read: &mut Read<'_>, mut come: Members, left: Vec<(GroupId, UserId)>) -> Result<()> {
    let mut go = Members { people: left, unresolved: std::mem::take(&mut come.unresolved), ..Members::default() };
    let groups: BTreeSet<GroupId> = come.people.iter().chain(&go.people).map(|(group, _)| group.clone()).collect();
    let groups: Vec<GroupId> = groups.into_iter().collect();
    let there = read.import.services.store.direct_members_of(&groups).await?;
    let there: BTreeSet<(GroupId, UserId)> = there.people.into_iter().collect();
    go.people.retain(|pair| there.contains(pair) && !come.people.contains(pair));
    come.people.retain(|pair| !there.contains(pair));
    changed(read, &come, &go).await
}

async fn changed(read: &mut Read<'_>, come: &Members, went: &Members) -> Result<()> {
    read.run.memberships.added += count(come.people.len() + come.groups.len());
    let lost = count(went.people.len() + went.groups.len());
    read.run.memberships.removed += lost;
    read.tally.memberships_lost += lost;
    let import = read.import;
    let mut unit = import.services.store.begin().await?;
    unit.stage_members(&import.stage, come, went).await?;
    unit.update_import_run(read.run).await?;
    Ok(unit.commit().await?)
}

/// Groups with the members that they will have.
async fn write(read: &mut Read<'_>, groups: Vec<(GroupId, Resolved)>) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let (mut new, mut known) = (Members::default(), Vec::new());
    for (group, resolved) in groups {
        read.run.memberships.unresolved += count(resolved.unresolved.len());
        if read.new_groups.contains(&group) {
            add(&mut new, &group, resolved);
        } else {
            known.push((group, resolved));
        }
    }
    read.run.memberships.added += count(new.people.len() + new.groups.len());
    read.loading.members(new).await?;
    if known.is_empty() {
        return Ok(());
    }
    let (come, went) = differences(read, known).await?;
    changed(read, &come, &went).await
}

fn add(members: &mut Members, group: &GroupId, resolved: Resolved) {
    members.people.extend(resolved.people.into_iter().map(|user| (group.clone(), user)));
    members.groups.extend(resolved.groups.into_iter().map(|child| (group.clone(), child)));
    members.unresolved.extend(resolved.unresolved.into_iter().map(|key| (group.clone(), key)));
}

/// What comes and what goes.
async fn differences(read: &Read<'_>, known: Vec<(GroupId, Resolved)>) -> Result<(Members, Members)> {
    let ids: Vec<GroupId> = known.iter().map(|(group, _)| group.clone()).collect();
    let there = read.import.services.store.direct_members_of(&ids).await?;
    let mut wanted = Members::default();
    for (group, resolved) in known {
        add(&mut wanted, &group, resolved);
    }
    let (people_come, people_go) = both_ways(wanted.people, there.people);
    let (groups_come, groups_go) = both_ways(wanted.groups, there.groups);
    let (keys_come, keys_go) = both_ways(wanted.unresolved, there.unresolved);
    Ok((
        Members { people: people_come, groups: groups_come, unresolved: keys_come },
        Members { people: people_go, groups: groups_go, unresolved: keys_go },
    ))
}

/// What the first has alone, and what the second has alone.
fn both_ways<T: Ord>(mut one: Vec<T>, mut other: Vec<T>) -> (Vec<T>, Vec<T>) {
    one.sort_unstable();
    other.sort_unstable();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut one = one.into_iter().peekable();
    let mut other = other.into_iter().peekable();
    loop {
        let order = match (one.peek(), other.peek()) {
            (Some(left), Some(right)) => left.cmp(right),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return (first, second),
        };
        match order {
            std::cmp::Ordering::Less => first.extend(one.next()),
            std::cmp::Ordering::Greater => second.extend(other.next()),
            std::cmp::Ordering::Equal => {
                one.next();
                other.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found_both_ways() {
        assert_eq!(both_ways(vec![3, 1, 2], vec![2, 4]), (vec![1, 3], vec![4]));
        assert_eq!(both_ways(vec![], vec![2, 1]), (vec![], vec![1, 2]));
        assert_eq!(both_ways::<u8>(vec![1], vec![1]), (vec![], vec![]));
    }
}
