//! The groups of somebody who arrives: made where they are new, with the person in those that the directory names now and
//! in no other of it, and each of them in the groups that it is in now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Group, GroupId, GroupSource, User,
    directory::{DirectoryGroup, EntryKey, ExternalId},
};
use ports::{EntryOwner, GroupEntry, UnitOfWork};

use super::Arriving;
use crate::{audit::EventDraft, directory_entry, error::Result, manage_groups};

/// What there is to settle with.
struct Known {
    groups: BTreeMap<GroupId, Group>,
    by_key: HashMap<EntryKey, GroupId>,
}

/// Brings groups, memberships and nesting to what the directory says.
pub(super) async fn settle(arriving: &Arriving<'_>, unit: &mut dyn UnitOfWork, user: &User) -> Result<()> {
    let known = put_groups(arriving, unit).await?;
    memberships(arriving, unit, user, &known).await?;
    nesting(arriving, unit, &known).await
}

/// Every group that was told, made or brought up to date.
async fn put_groups(arriving: &Arriving<'_>, unit: &mut dyn UnitOfWork) -> Result<Known> {
    let told = &arriving.now.groups;
    let ids: Vec<ExternalId> = told.iter().map(|(group, _)| group.id.clone()).collect();
    let found = arriving.services.store.known_groups(&arriving.directory.id, &ids).await?;
    let mut found: HashMap<ExternalId, (GroupEntry, Group)> =
        found.into_iter().map(|(entry, group)| (entry.external.clone(), (entry, group))).collect();
    let mut known = Known { groups: BTreeMap::new(), by_key: HashMap::new() };
    for (told, _) in told {
        let Some(group) = put_group(arriving, unit, told, found.remove(&told.id)).await? else { continue };
        known.by_key.extend(told.keys.iter().map(|key| (key.clone(), group.id.clone())));
        known.groups.insert(group.id.clone(), group);
    }
    Ok(known)
}

async fn put_group(
    arriving: &Arriving<'_>,
    unit: &mut dyn UnitOfWork,
    told: &DirectoryGroup,
    known: Option<(GroupEntry, Group)>,
) -> Result<Option<Group>> {
    let now = arriving.services.now();
    let entry = |group: &GroupId| GroupEntry {
        external: told.id.clone(),
        group: group.clone(),
        dn: told.dn.clone(),
        keys: told.keys.clone(),
    };
    let taken = match (directory_entry::group(told), &known) {
        (Ok(taken), _) => taken,
        (Err(_), Some((_, group))) => {
            directory_entry::TakenGroup { name: group.name.clone(), description: group.description.clone() }
        }
        (Err(problem), None) => {
            tracing::warn!(
                directory = arriving.directory.name,
                entry.dn = problem.dn,
                code = problem.code,
                "a group was left out"
            );
            return Ok(None);
        }
    };
    let Some((former, mut group)) = known else {
        let group = new_group(arriving, taken);
        unit.insert_group(&group).await?;
        unit.put_group_entry(&arriving.directory.id, &entry(&group.id)).await?;
        arriving.log(unit, EventDraft::success("group.lifecycle.create", "Create group").on_group(&group)).await?;
        return Ok(Some(group));
    };
    if former != entry(&group.id) {
        unit.put_group_entry(&arriving.directory.id, &entry(&group.id)).await?;
    }
    if group.name != taken.name || group.description != taken.description {
        let event = EventDraft::success("group.profile.update", "Update group profile").fact("formerName", &group.name);
        (group.name, group.description, group.last_updated) = (taken.name, taken.description, now);
        unit.update_group(&group).await?;
        arriving.log(unit, event.on_group(&group)).await?;
    }
    Ok(Some(group))
}

fn new_group(arriving: &Arriving<'_>, taken: directory_entry::TakenGroup) -> Group {
    let now = arriving.services.now();
    let directory = arriving.directory;
    Group {
        id: GroupId::generate(&*arriving.services.entropy),
        source: GroupSource::Directory { id: directory.id.clone(), name: directory.name.clone(), kind: directory.kind },
        name: taken.name,
        description: taken.description,
        created: now,
        last_updated: now,
        last_membership_updated: now,
    }
}

/// The person's direct memberships in groups of this directory.
async fn memberships(arriving: &Arriving<'_>, unit: &mut dyn UnitOfWork, user: &User, known: &Known) -> Result<()> {
    let now = arriving.services.now();
    let graph = arriving.services.store.user_groups_graph(&user.id).await?;
    let of_directory = |group: &&Group| group.source.directory() == Some(&arriving.directory.id);
    let mut groups: BTreeMap<GroupId, Group> =
        graph.groups.iter().filter(of_directory).map(|group| (group.id.clone(), group.clone())).collect();
    groups.extend(known.groups.iter().map(|(id, group)| (id.clone(), group.clone())));
    let there: BTreeSet<GroupId> = graph.direct.into_iter().filter(|group| groups.contains_key(group)).collect();
    let wanted = wanted(arriving, known, &arriving.now.direct).await?;
    for group in there.difference(&wanted).filter_map(|id| groups.get(id)) {
        if unit.remove_member(&group.id, &user.id, now).await? {
            arriving.log(unit, manage_groups::member_removed(user, group)).await?;
        }
    }
    for id in wanted.difference(&there) {
        if unit.add_member(id, &user.id, now).await?
            && let Some(group) = groups.get(id)
        {
            arriving.log(unit, manage_groups::member_added(user, group)).await?;
        }
    }
    Ok(())
}

/// The groups of these keys: as told now, else as known from before.
async fn wanted(arriving: &Arriving<'_>, known: &Known, keys: &[EntryKey]) -> Result<BTreeSet<GroupId>> {
    let untold: Vec<EntryKey> = keys.iter().filter(|key| !known.by_key.contains_key(key)).cloned().collect();
    let owners = arriving.services.store.owners_of_keys(&arriving.directory.id, &untold).await?;
    let former = owners.into_iter().filter_map(|(_, owner)| match owner {
        EntryOwner::Group(_, group) => Some(group),
        EntryOwner::Person(..) => None,
    });
    Ok(keys.iter().filter_map(|key| known.by_key.get(key).cloned()).chain(former).collect())
}

/// Which groups of this directory the told groups are in.
async fn nesting(arriving: &Arriving<'_>, unit: &mut dyn UnitOfWork, known: &Known) -> Result<()> {
    let now = arriving.services.now();
    let ids: Vec<GroupId> = known.groups.keys().cloned().collect();
    let mut there: BTreeMap<GroupId, BTreeSet<GroupId>> = BTreeMap::new();
    for (child, parent) in arriving.services.store.parents_in(&arriving.directory.id, &ids).await? {
        there.entry(child).or_default().insert(parent);
    }
    for (told, parents) in &arriving.now.groups {
        let Some(child) = told.keys.iter().find_map(|key| known.by_key.get(key)) else { continue };
        let wanted = wanted(arriving, known, parents).await?;
        let former = there.remove(child).unwrap_or_default();
        for parent in former.difference(&wanted) {
            if unit.remove_nested(parent, child, now).await? {
                log_nesting(
                    arriving,
                    unit,
                    known,
                    (parent, child),
                    "group.nesting.remove",
                    "Take a group out of a group",
                )
                .await?;
            }
        }
        for parent in wanted.difference(&former) {
            if unit.add_nested(parent, child, now).await? {
                log_nesting(arriving, unit, known, (parent, child), "group.nesting.add", "Put a group into a group")
                    .await?;
            }
        }
    }
    Ok(())
}

async fn log_nesting(
    arriving: &Arriving<'_>,
    unit: &mut dyn UnitOfWork,
    known: &Known,
    (parent, child): (&GroupId, &GroupId),
    event_type: &'static str,
    message: &'static str,
) -> Result<()> {
    let mut event = EventDraft::success(event_type, message);
    for id in [child, parent] {
        event = match known.groups.get(id) {
            Some(group) => event.on_group(group),
            None => match arriving.services.store.group(id).await? {
                Some(group) => event.on_group(&group),
                None => event,
            },
        };
    }
    arriving.log(unit, event).await
}
