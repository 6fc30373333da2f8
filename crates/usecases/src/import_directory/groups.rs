//! Groups as they come: new ones and those that changed. Their members wait until everything was read.

use std::collections::HashMap;

use domain::{
    Group, GroupId, GroupSource,
    directory::{DirectoryGroup, ExternalId},
};
use ports::GroupEntry;

use super::{reading::Read, tally, topology::Who};
use crate::{
    directory_entry::{self, TakenGroup},
    error::Result,
};

/// Stages a batch.
pub(super) async fn stage(read: &mut Read<'_>, batch: Vec<DirectoryGroup>) -> Result<()> {
    let import = read.import;
    let ids: Vec<ExternalId> = batch.iter().map(|group| group.id.clone()).collect();
    let known = import.services.store.known_groups(&import.directory.id, &ids).await?;
    let mut known: HashMap<ExternalId, (GroupEntry, Group)> =
        known.into_iter().map(|(entry, group)| (entry.external.clone(), (entry, group))).collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for told in batch {
        if read.topology.has(&told.id) {
            continue;
        }
        let group = match (known.remove(&told.id), directory_entry::group(&told)) {
            (Some((entry, group)), taken) => {
                let taken = taken.unwrap_or_else(|problem| {
                    tally::note(read.run, problem);
                    TakenGroup { name: group.name.clone(), description: group.description.clone() }
                });
                let id = group.id.clone();
                changed.extend(changed_group(read, &told, taken, &entry, group));
                id
            }
            (None, Ok(taken)) => {
                let group = new_group(read, taken);
                let id = group.id.clone();
                new.push((group, entry(&told, &id)));
                read.new_groups.insert(id.clone());
                read.run.groups.created += 1;
                id
            }
            (None, Err(problem)) => {
                read.topology.add(&told.id, &told.keys, Who::Nobody);
                tally::group_left_out(read.run, problem);
                continue;
            }
        };
        let number = read.topology.add(&told.id, &told.keys, Who::Group(group));
        read.topology.has_members(number, &told.members);
    }
    read.loading.groups(new).await?;
    if changed.is_empty() {
        return Ok(());
    }
    let mut unit = import.services.store.begin().await?;
    unit.stage_groups(&import.stage, &changed).await?;
    unit.update_import_run(read.run).await?;
    Ok(unit.commit().await?)
}

fn entry(told: &DirectoryGroup, group: &GroupId) -> GroupEntry {
    GroupEntry { external: told.id.clone(), group: group.clone(), dn: told.dn.clone(), keys: told.keys.clone() }
}

fn changed_group(
    read: &mut Read<'_>,
    told: &DirectoryGroup,
    taken: TakenGroup,
    former: &GroupEntry,
    group: Group,
) -> Option<(Group, GroupEntry)> {
    let entry = entry(told, &group.id);
    let same = group.name == taken.name && group.description == taken.description;
    if same {
        read.run.groups.unchanged += 1;
    } else {
        read.run.groups.updated += 1;
    }
    let after = Group { name: taken.name, description: taken.description, ..group };
    (!same || entry != *former).then_some((after, entry))
}

fn new_group(read: &mut Read<'_>, taken: TakenGroup) -> Group {
    let services = &read.import.services;
    let directory = &read.import.directory;
    let now = services.now();
    Group {
        id: read.group_ids.next(&*services.entropy),
        source: GroupSource::Directory { id: directory.id.clone(), name: directory.name.clone(), kind: directory.kind },
        name: taken.name,
        description: taken.description,
        created: now,
        last_updated: now,
        last_membership_updated: now,
    }
}
