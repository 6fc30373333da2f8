//! What can be said of names only when everybody was read: logins that change hands, and people who may be somebody already.
//! In the order of their ids, so that the answer is the same each time.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    User, UserId,
    directory::{DirectoryPerson, ExternalId},
};
use ports::{MatchDecision, MatchDoubt, PendingMatch, StagedPerson};

use super::{
    people,
    reading::{Holder, Read},
    tally,
    topology::Who,
};
use crate::{
    directory_entry::{self, TakenPerson},
    directory_match::{self, Candidate, Match},
    error::Result,
};

/// People who are looked at at once.
const BATCH: usize = 5_000;

/// Settles them all.
pub(super) async fn settle(read: &mut Read<'_>) -> Result<()> {
    logins(read).await?;
    let mut unsure = std::mem::take(&mut read.unsure);
    unsure.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    for batch in unsure.chunks(BATCH) {
        recognise(read, batch).await?;
    }
    Ok(())
}

/// People whose login changes: to one that is free, or that its holder gives up.
async fn logins(read: &mut Read<'_>) -> Result<()> {
    let mut renamed = std::mem::take(&mut read.renamed);
    renamed.sort_unstable_by(|(_, one, _), (_, other, _)| one.external.cmp(&other.external));
    let wanted: Vec<String> = renamed.iter().map(|(.., staged)| staged.user.profile.login.to_string()).collect();
    let giving_up: HashSet<UserId> = renamed.iter().map(|(user, ..)| user.id.clone()).collect();
    let holders = read.import.services.store.users_called(&wanted, &[]).await?;
    let taken: HashSet<String> = holders
        .iter()
        .filter(|holder| !giving_up.contains(&holder.id))
        .map(|holder| holder.profile.login.folded())
        .collect();
    let mut changed = Vec::new();
    for (user, former, mut staged) in renamed {
        let login = staged.user.profile.login.folded();
        match read.logins.get(&login) {
            Some(Holder::New(other)) => {
                // Who is known comes before who is new.
                let other = other.clone();
                read.topology.forget(&other.entry);
                read.run.people.created = read.run.people.created.saturating_sub(1);
                let problem = people::login_taken(&other.dn, &login, Some(&staged.entry.dn));
                tally::person_left_out(read.run, problem);
                read.pushed_out.push(other.user);
                read.logins.insert(login, Holder::Known);
            }
            None if !taken.contains(&login) => {
                read.logins.insert(login, Holder::Known);
            }
            Some(Holder::Known) | None => {
                tally::note(read.run, people::login_taken(&staged.entry.dn, &login, None));
                staged.user.profile = user.profile.clone();
                staged.entry.attributes.clone_from(&former.attributes);
                staged.profile = false;
                read.logins.insert(user.profile.login.folded(), Holder::Known);
            }
        }
        changed.extend(people::compare(read, &user, &former, staged));
    }
    people::write(read, Vec::new(), &changed).await
}

/// What is known of those who may be somebody.
struct Known {
    said: HashMap<ExternalId, MatchDecision>,
    users: HashMap<UserId, User>,
    /// Users who are somebody in a directory already.
    somebody: HashSet<UserId>,
    /// Those of them who are somebody in this one.
    here: HashSet<UserId>,
}

/// People who may be somebody already: who they are, if that is sure.
async fn recognise(read: &mut Read<'_>, batch: &[DirectoryPerson]) -> Result<()> {
    let taken: Vec<(&DirectoryPerson, TakenPerson)> = batch
        .iter()
        .filter_map(|person| Some((person, directory_entry::person(&read.import.directory, person).ok()?)))
        .collect();
    let known = known(read, &taken).await?;
    let (mut new, mut changed, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    for (person, taken) in taken {
        if read.topology.has(&person.id) {
            continue;
        }
        match judge(read, &known, person, &taken) {
            Verdict::Ignored => {
                read.topology.add(&person.id, &person.keys, Who::Nobody);
                read.run.people.skipped += 1;
            }
            Verdict::Is(user) => {
                read.matched.insert(user.id.clone());
                changed.push(becomes_known(read, &known, person, &taken, &user));
            }
            Verdict::New => new.extend(people::new_person(read, person, &taken)),
            Verdict::Unsure(why, candidates) => {
                read.topology.add(&person.id, &person.keys, Who::Nobody);
                read.run.people.to_confirm += 1;
                pending.push(PendingMatch { person: person.clone(), candidates, why, seen: read.run.started });
            }
        }
    }
    people::write(read, new, &changed).await?;
    let mut unit = read.import.services.store.begin().await?;
    unit.stage_pending(&read.import.stage, &pending).await?;
    Ok(unit.commit().await?)
}

async fn known(read: &Read<'_>, taken: &[(&DirectoryPerson, TakenPerson)]) -> Result<Known> {
    let store = &read.import.services.store;
    let ids: Vec<ExternalId> = taken.iter().map(|(person, _)| person.id.clone()).collect();
    let said: HashMap<_, _> = store.match_decisions(&read.import.directory.id, &ids).await?.into_iter().collect();
    let logins: Vec<String> = taken.iter().map(|(_, taken)| taken.login.to_string()).collect();
    let emails: Vec<String> = taken.iter().map(|(_, taken)| taken.email.to_string()).collect();
    let called = store.users_called(&logins, &emails).await?;
    let mut users: HashMap<UserId, User> = called.into_iter().map(|user| (user.id.clone(), user)).collect();
    let named = said.values().filter_map(|decision| match decision {
        MatchDecision::Is(user) => Some(user.clone()),
        MatchDecision::New | MatchDecision::Ignore => None,
    });
    let like = taken.iter().flat_map(|(_, taken)| read.by_attribute.like(taken));
    for id in named.chain(like).collect::<HashSet<_>>() {
        if !users.contains_key(&id)
            && let Some(user) = store.user(&id).await?
        {
            users.insert(id, user);
        }
    }
    let ids: Vec<UserId> = users.keys().cloned().collect();
    let entries = store.entries_of_users(&ids).await?;
    let (mut somebody, mut here) = (HashSet::new(), HashSet::new());
    for (directory, entry) in entries {
        // A whole reading that did not meet the entry says that it is gone.
        let ours = directory == read.import.directory.id;
        let met = read.topology.has(&entry.external) || (!read.whole && !read.gone.contains(&entry.external));
        if entry.state.is_some() && (met || !ours) {
            if ours {
                here.insert(entry.user.clone());
            }
            somebody.insert(entry.user);
        }
    }
    Ok(Known { said, users, somebody, here })
}

impl Known {
    fn holder(&self, login: &str) -> Option<&User> {
        self.users.values().find(|user| user.profile.login.folded() == login)
    }
}

enum Verdict {
    Ignored,
    New,
    Is(Box<User>),
    Unsure(MatchDoubt, Vec<UserId>),
}

fn judge(read: &Read<'_>, known: &Known, person: &DirectoryPerson, taken: &TakenPerson) -> Verdict {
    let login = taken.login.folded();
    let holder = known.holder(&login);
    match known.said.get(&person.id) {
        Some(MatchDecision::Ignore) => return Verdict::Ignored,
        Some(MatchDecision::Is(user)) if !read.matched.contains(user) && !known.here.contains(user) => {
            if let Some(user) = known.users.get(user) {
                return Verdict::Is(Box::new(user.clone()));
            }
        }
        Some(MatchDecision::New) => {
            return match holder {
                Some(holder) => Verdict::Unsure(MatchDoubt::LoginTaken, vec![holder.id.clone()]),
                None => Verdict::New,
            };
        }
        Some(MatchDecision::Is(_)) | None => {}
    }
    let like = read.by_attribute.like(taken);
    let email = taken.email.as_str().to_lowercase();
    let mut candidates: Vec<Candidate<'_>> = known
        .users
        .values()
        .filter(|user| {
            user.profile.login.folded() == login
                || user.profile.email.as_str().to_lowercase() == email
                || like.contains(&user.id)
        })
        .map(|user| Candidate { user, somebody: known.somebody.contains(&user.id) || read.matched.contains(&user.id) })
        .collect();
    candidates.sort_unstable_by(|one, other| one.user.id.cmp(&other.user.id));
    match directory_match::decide(&read.import.directory, taken, &candidates) {
        Match::New => Verdict::New,
        Match::Is(user) => known.users.get(&user).map_or(Verdict::New, |user| Verdict::Is(Box::new(user.clone()))),
        Match::Unsure(doubt, candidates) => Verdict::Unsure(doubt, candidates),
    }
}

/// A user who exists already becomes this person. Whoever another directory owns keeps profile and status.
fn becomes_known(
    read: &mut Read<'_>,
    known: &Known,
    person: &DirectoryPerson,
    taken: &TakenPerson,
    user: &User,
) -> StagedPerson {
    let directory = &read.import.directory;
    let number = read.topology.add(&person.id, &person.keys, Who::Person(user.id.clone()));
    read.topology.is_also_in(number, &person.also_in);
    read.run.people.matched += 1;
    let owned = user.directory.as_ref().is_none_or(|owner| *owner == directory.id);
    let mut after = user.clone();
    if owned {
        after.directory = Some(directory.id.clone());
        after.profile = taken.over(&user.profile.extra, &BTreeMap::new());
        let login = taken.login.folded();
        let others = known.holder(&login).is_some_and(|holder| holder.id != user.id);
        if others || read.logins.contains_key(&login) {
            after.profile.login = user.profile.login.clone();
            tally::note(read.run, people::login_taken(&person.dn, &login, None));
        }
        read.logins.insert(after.profile.login.folded(), Holder::Known);
    }
    let former = people::entry(person, &user.id, None);
    if people::stands(read, &after, &former, Some(person.state)) == people::Standing::Lost {
        read.run.people.suspended += 1;
        read.tally.people_lost += 1;
        read.tally.goes(user.profile.login.as_str());
    }
    StagedPerson {
        user: after,
        entry: people::entry(person, &user.id, owned.then_some(taken)),
        profile: owned,
        forget_password: owned && read.import.directory.delegated_authentication,
    }
}
