//! People as they come: those who are known and those who are new. Whoever may be somebody already, and whose login changes,
//! waits until everybody was read.

use std::collections::{HashMap, HashSet};

use domain::{
    User, UserId, UserStatus,
    directory::{DirectoryPerson, EntryProblem, ExternalId, PersonState},
};
use ports::{MatchDecision, PersonEntry, StagedPerson};

use super::{
    loading::LeftOut,
    reading::{Holder, NewPerson, Read},
    tally,
    topology::Who,
};
use crate::{
    directory_entry::{self, TakenPerson},
    directory_person::settle,
    error::Result,
};

/// Stages a batch.
#[expect(clippy::vec_box, reason = "they come in boxes, and go from list to list")]
pub(super) async fn stage(read: &mut Read<'_>, batch: Vec<Box<DirectoryPerson>>) -> Result<()> {
    let services = &read.import.services;
    let batch = once_each(read, batch);
    let ids: Vec<ExternalId> = batch.iter().map(|person| person.id.clone()).collect();
    let known = services.store.known_people(&read.import.directory.id, &ids).await?;
    let mut known: HashMap<ExternalId, (PersonEntry, User)> =
        known.into_iter().map(|(entry, user)| (entry.external.clone(), (entry, user))).collect();
    let mut changed = Vec::new();
    let mut unknown = Vec::with_capacity(batch.len());
    for person in batch {
        let taken = directory_entry::person(&read.import.directory, &person);
        match (known.remove(&person.id), taken) {
            (Some((entry, user)), taken) => changed.extend(known_person(read, &person, taken, entry, user)),
            (None, Ok(taken)) => unknown.push((person, taken)),
            (None, Err(problem)) => {
                read.topology.add(&person.id, &person.keys, Who::Nobody);
                tally::person_left_out(read.run, problem);
            }
        }
    }
    let new = new_people(read, unknown).await?;
    write(read, new, &changed).await
}

/// Leaves out what was read already: bases may overlap.
#[expect(clippy::vec_box, reason = "they come in boxes, and go from list to list")]
fn once_each(read: &Read<'_>, batch: Vec<Box<DirectoryPerson>>) -> Vec<Box<DirectoryPerson>> {
    let mut met = HashSet::with_capacity(batch.len());
    batch.into_iter().filter(|person| !read.topology.has(&person.id) && met.insert(person.id.clone())).collect()
}

/// The entry as it will be.
pub(super) fn entry(person: &DirectoryPerson, user: &UserId, taken: Option<&TakenPerson>) -> PersonEntry {
    PersonEntry {
        external: person.id.clone(),
        user: user.clone(),
        dn: person.dn.clone(),
        state: Some(person.state),
        suspended: false,
        attributes: taken.map(|taken| taken.further.clone()).unwrap_or_default(),
        keys: person.keys.clone(),
        also_in: person.also_in.clone(),
        refreshed: None,
    }
}

/// Somebody who is known: what changes, if anything does.
fn known_person(
    read: &mut Read<'_>,
    person: &DirectoryPerson,
    taken: std::result::Result<TakenPerson, EntryProblem>,
    former: PersonEntry,
    user: User,
) -> Option<StagedPerson> {
    let number = read.topology.add(&person.id, &person.keys, Who::Person(user.id.clone()));
    read.topology.is_also_in(number, &person.also_in);
    if !read.whole {
        read.met_again.insert(user.id.clone());
        let left = former.also_in.iter().filter(|group| !person.also_in.contains(group));
        read.left_by_word.extend(left.map(|group| (user.id.clone(), group.clone())));
    }
    let owned = user.directory.as_ref() == Some(&read.import.directory.id);
    let taken = match taken {
        Ok(taken) if owned => Some(taken),
        Ok(_) => None,
        Err(problem) => {
            // They are there, and let in or not: only the profile cannot be taken.
            tally::note(read.run, problem);
            None
        }
    };
    let mut after = user.clone();
    let mut entry = entry(person, &user.id, taken.as_ref());
    match &taken {
        Some(taken) => after.profile = taken.over(&user.profile.extra, &former.attributes),
        None => entry.attributes.clone_from(&former.attributes),
    }
    let staged = StagedPerson { user: after, entry, profile: taken.is_some(), forget_password: false };
    if staged.user.profile.login != user.profile.login {
        read.renamed.push((user, former, staged));
        return None;
    }
    read.logins.insert(user.profile.login.folded(), Holder::Known);
    compare(read, &user, &former, staged)
}

/// What is staged of somebody who is known, if anything changes; counts it.
pub(super) fn compare(
    read: &mut Read<'_>,
    user: &User,
    former: &PersonEntry,
    staged: StagedPerson,
) -> Option<StagedPerson> {
    let same_entry = PersonEntry { suspended: former.suspended, refreshed: former.refreshed, ..staged.entry.clone() };
    let same_profile = staged.user.profile == user.profile;
    let standing = stands(read, user, former, staged.entry.state);
    if standing == Standing::Same && same_profile && same_entry == *former {
        read.run.people.unchanged += 1;
        return None;
    }
    match standing {
        Standing::Lost => {
            read.run.people.suspended += 1;
            read.tally.people_lost += 1;
            read.tally.goes(user.profile.login.as_str());
        }
        Standing::Same if same_profile => read.run.people.unchanged += 1,
        Standing::Same | Standing::Back => read.run.people.updated += 1,
    }
    Some(staged)
}

/// What becomes of somebody's sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is lost.
    Lost,
    /// It is given again.
    Back,
    /// As before.
    Same,
}

/// What the directory's word does to a user's status.
pub(super) fn stands(read: &Read<'_>, user: &User, former: &PersonEntry, state: Option<PersonState>) -> Standing {
    let owned = user.directory.as_ref() == Some(&read.import.directory.id);
    match settle(user.status, former.suspended, state) {
        Some(standing) if owned && standing.status != user.status => {
            if standing.status == UserStatus::Suspended {
                Standing::Lost
            } else {
                Standing::Back
            }
        }
        _ => Standing::Same,
    }
}

/// Of those who are unknown: the new ones. Whoever may be somebody already waits.
async fn new_people(
    read: &mut Read<'_>,
    unknown: Vec<(Box<DirectoryPerson>, TakenPerson)>,
) -> Result<Vec<(User, PersonEntry)>> {
    let said = decisions(read, &unknown).await?;
    let taken: Vec<&TakenPerson> = unknown.iter().map(|(_, taken)| taken).collect();
    let called = read.called.among(&*read.import.services.store, &taken).await?;
    let mut new = Vec::with_capacity(unknown.len());
    for ((person, taken), is_called) in unknown.into_iter().zip(called) {
        if is_called || said.contains_key(&person.id) || !read.by_attribute.like(&taken).is_empty() {
            read.unsure.push(*person);
        } else {
            new.extend(new_person(read, &person, &taken));
        }
    }
    Ok(new)
}

async fn decisions(
    read: &Read<'_>,
    people: &[(Box<DirectoryPerson>, TakenPerson)],
) -> Result<HashMap<ExternalId, MatchDecision>> {
    if !read.before.is_decided {
        return Ok(HashMap::new());
    }
    let ids: Vec<ExternalId> = people.iter().map(|(person, _)| person.id.clone()).collect();
    let said = read.import.services.store.match_decisions(&read.import.directory.id, &ids).await?;
    Ok(said.into_iter().collect())
}

/// Somebody new, unless the login is another one's: it stays with who is known, else with the lower id.
pub(super) fn new_person(
    read: &mut Read<'_>,
    person: &DirectoryPerson,
    taken: &TakenPerson,
) -> Option<(User, PersonEntry)> {
    let login = taken.login.folded();
    let number = read.topology.add(&person.id, &person.keys, Who::Nobody);
    match read.logins.get(&login) {
        None => {}
        Some(Holder::New(other)) if person.id < other.entry => {
            let other = other.clone();
            read.topology.forget(&other.entry);
            read.run.people.created = read.run.people.created.saturating_sub(1);
            tally::person_left_out(read.run, login_taken(&other.dn, taken.login.as_str(), Some(&person.dn)));
            read.pushed_out.push(other.user);
        }
        Some(Holder::New(other)) => {
            let problem = login_taken(&person.dn, taken.login.as_str(), Some(&other.dn));
            tally::person_left_out(read.run, problem);
            return None;
        }
        Some(Holder::Known) => {
            tally::person_left_out(read.run, login_taken(&person.dn, taken.login.as_str(), None));
            return None;
        }
    }
    let services = &read.import.services;
    let now = services.now();
    let lets_in = person.state == PersonState::Active;
    let user = User {
        id: read.user_ids.next(&*services.entropy),
        status: if lets_in { UserStatus::Active } else { UserStatus::Suspended },
        profile: taken.profile(),
        admin_role: None,
        directory: Some(read.import.directory.id.clone()),
        created: now,
        activated: Some(now),
        status_changed: Some(now),
        last_login: None,
        last_updated: now,
        password_changed: None,
    };
    read.topology.is(number, Who::Person(user.id.clone()));
    read.topology.is_also_in(number, &person.also_in);
    let holder = NewPerson { entry: person.id.clone(), dn: person.dn.clone(), user: user.id.clone() };
    read.logins.insert(login, Holder::New(Box::new(holder)));
    read.run.people.created += 1;
    let entry = PersonEntry { suspended: !lets_in, ..entry(person, &user.id, Some(taken)) };
    Some((user, entry))
}

/// Two have one login.
pub(super) fn login_taken(dn: &str, login: &str, other: Option<&str>) -> EntryProblem {
    let by = other.map_or_else(|| "somebody else".to_owned(), |other| format!("`{other}`"));
    directory_entry::problem(
        dn,
        "LOGIN_TAKEN",
        format!("Its login `{login}` is that of {by} as well."),
        "Give one of the two another login in the directory, or leave one out by the filter of people.",
    )
}

/// Writes a batch: what changes at once, what is new while more is read.
pub(super) async fn write(
    read: &mut Read<'_>,
    mut new: Vec<(User, PersonEntry)>,
    changed: &[StagedPerson],
) -> Result<()> {
    // Whoever lost a login within the batch is not written at all.
    let pushed_out = std::mem::take(&mut read.pushed_out);
    new.retain(|(user, _)| !pushed_out.contains(&user.id));
    // What lies together is written together.
    new.sort_unstable_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    if !pushed_out.is_empty() || !changed.is_empty() {
        // Who is to be taken back has to be there, and makes way for those who come now.
        read.loaded().await?;
        let import = read.import;
        let mut unit = import.services.store.begin().await?;
        for user in &pushed_out {
            unit.unstage_person(&import.stage, user).await?;
        }
        unit.stage_people(&import.stage, changed).await?;
        unit.update_import_run(read.run).await?;
        unit.commit().await?;
    }
    read.loading.people(new).await
}

/// Somebody was made with their login at this very moment.
pub(super) fn left_out(read: &mut Read<'_>, people: LeftOut) {
    for (user, entry) in people {
        read.topology.forget(&entry.external);
        read.run.people.created = read.run.people.created.saturating_sub(1);
        let what = format!("Its login `{}` was given to somebody else while the import ran.", user.profile.login);
        let problem = directory_entry::problem(&entry.dn, "LOGIN_TAKEN", what, "Import again.");
        tally::person_left_out(read.run, problem);
    }
}
