//! Who and what is there no more: not met by a whole reading, or told so. People are put on hold, not removed: whoever comes
//! back, comes back with everything they had here.

use domain::{GroupId, directory::ExternalId};
use ports::{EntryOwner, PersonEntry, StagedPerson};

use super::{people, reading::Read, tally::count};
use crate::error::Result;

/// Entries that are looked at at once.
const BATCH: u32 = 5_000;

/// Stages them all.
pub(super) async fn stage(read: &mut Read<'_>) -> Result<()> {
    if read.whole {
        return if read.before.is_empty { Ok(()) } else { not_met(read).await };
    }
    let told: Vec<ExternalId> = read.gone.iter().filter(|entry| !read.topology.has(entry)).cloned().collect();
    people_are_gone(read, &told).await?;
    let store = &read.import.services.store;
    let groups = store.known_groups(&read.import.directory.id, &told).await?;
    let groups = groups.into_iter().map(|(entry, group)| (entry.external, group.id, group.name)).collect();
    groups_are_gone(read, groups).await
}

/// Goes through everything that is known.
async fn not_met(read: &mut Read<'_>) -> Result<()> {
    let mut after: Option<ExternalId> = None;
    loop {
        let store = &read.import.services.store;
        let known = store.linked_entries(&read.import.directory.id, after.as_ref(), BATCH).await?;
        after = known.last().map(|entry| entry.external.clone());
        let (mut people, mut groups) = (Vec::new(), Vec::new());
        for entry in known {
            if entry.gone || read.topology.has(&entry.external) || read.unreadable.contains(&entry.dn) {
                continue;
            }
            match entry.owner {
                EntryOwner::Person(external, _) => people.push(external),
                EntryOwner::Group(external, group) => groups.push((external, group, entry.name)),
            }
        }
        people_are_gone(read, &people).await?;
        groups_are_gone(read, groups).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn people_are_gone(read: &mut Read<'_>, entries: &[ExternalId]) -> Result<()> {
    let known = read.import.services.store.known_people(&read.import.directory.id, entries).await?;
    let mut changed = Vec::new();
    for (former, user) in known {
        // Somebody else in the directory is this user from now on.
        if read.matched.contains(&user.id) {
            continue;
        }
        let entry = PersonEntry { state: None, keys: Vec::new(), also_in: Vec::new(), ..former.clone() };
        let staged = StagedPerson { user: user.clone(), entry, profile: false, forget_password: false };
        changed.extend(people::compare(read, &user, &former, staged));
    }
    people::write(read, Vec::new(), &changed).await
}

/// By entry, id and name.
async fn groups_are_gone(read: &mut Read<'_>, groups: Vec<(ExternalId, GroupId, String)>) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let import = read.import;
    let ids: Vec<GroupId> = groups.iter().map(|(_, group, _)| group.clone()).collect();
    let members = import.services.store.direct_members_of(&ids).await?;
    let lost = count(members.people.len() + members.groups.len());
    read.tally.memberships_lost += lost;
    read.run.memberships.removed += lost;
    read.run.groups.removed += count(groups.len());
    for (.., name) in &groups {
        read.tally.goes(name);
    }
    let gone: Vec<(ExternalId, GroupId)> = groups.into_iter().map(|(entry, group, _)| (entry, group)).collect();
    let mut unit = import.services.store.begin().await?;
    unit.stage_gone_groups(&import.stage, &gone).await?;
    unit.update_import_run(read.run).await?;
    Ok(unit.commit().await?)
}
