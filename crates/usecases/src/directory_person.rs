//! Somebody whom a directory let in is here from now on: made or found, with profile and groups as the directory has them
//! at this moment. A membership that was taken counts at once, whatever the last import knew.
//!
//! What a sign-in cannot decide it leaves to an administrator: who may be somebody else is not let in before it is said
//! who it is.

mod groups;
mod standing;

use std::collections::BTreeMap;

use domain::{
    Directory, User, UserId, UserStatus,
    directory::{EntryProblem, PersonNow},
};
use ports::{MatchDecision, MatchDoubt, PendingMatch, PersonEntry, UnitOfWork};

pub(crate) use standing::settle;

use crate::{
    audit::EventDraft,
    caller::Caller,
    directory_entry::{self, TakenPerson},
    directory_match::{self, ByAttribute, Candidate, Match},
    error::Result,
    group_rules,
    services::Services,
};

/// What became of somebody whom a directory let in.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// This user, as of now; whether they may sign in is for the caller to ask (`is_active`).
    Here(Box<User>),
    /// Nobody here.
    NotHere(NotHere),
}

/// Why somebody whom the directory let in is nobody here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotHere {
    /// Not imported yet, and the directory's people are not made at their first sign-in.
    NotImported,
    /// May be a user who exists already: an administrator has to say so. They wait in the list of pending matches.
    Unconfirmed(MatchDoubt),
    /// An administrator said that this person is not to be here.
    Ignored,
    /// The entry cannot be taken.
    Problem(EntryProblem),
}

impl NotHere {
    /// For the log.
    pub fn code(&self) -> &str {
        match self {
            Self::NotImported => "NOT_IMPORTED",
            Self::Unconfirmed(_) => "UNCONFIRMED",
            Self::Ignored => "IGNORED",
            Self::Problem(problem) => &problem.code,
        }
    }
}

/// Takes a person in, in this transaction: to be committed by the caller in either case, since somebody who has to wait is
/// written down too. Everything that changes is in the log, by this caller.
///
/// # Errors
/// `Store`.
pub async fn arrive(
    services: &Services,
    unit: &mut dyn UnitOfWork,
    directory: &Directory,
    now: &PersonNow,
    caller: &Caller,
) -> Result<Arrival> {
    let arriving = Arriving { services, directory, now, caller };
    let taken = directory_entry::person(directory, &now.person);
    let known = services.store.known_people(&directory.id, std::slice::from_ref(&now.person.id)).await?;
    let user = match (known.into_iter().next(), taken) {
        (Some((entry, user)), taken) => arriving.refresh(unit, entry, user, taken.ok()).await?,
        (None, Err(problem)) => return Ok(Arrival::NotHere(NotHere::Problem(problem))),
        (None, Ok(taken)) => match arriving.recognise(unit, &taken).await? {
            Ok(Some(user)) => arriving.take_over(unit, user, &taken).await?,
            Ok(None) => arriving.make(unit, &taken).await?,
            Err(not_here) => return Ok(Arrival::NotHere(not_here)),
        },
    };
    groups::settle(&arriving, unit, &user).await?;
    group_rules::apply_to(services, caller, unit, &user).await?;
    Ok(Arrival::Here(Box::new(user)))
}

struct Arriving<'a> {
    services: &'a Services,
    directory: &'a Directory,
    now: &'a PersonNow,
    caller: &'a Caller,
}

impl Arriving<'_> {
    async fn log(&self, unit: &mut dyn UnitOfWork, event: EventDraft) -> Result<()> {
        let event = event.fact("directory", &self.directory.name);
        Ok(unit.append_event(&event.by(self.services, self.caller)).await?)
    }

    /// Somebody whom we know.
    async fn refresh(
        &self,
        unit: &mut dyn UnitOfWork,
        former: PersonEntry,
        mut user: User,
        taken: Option<TakenPerson>,
    ) -> Result<User> {
        let before = user.clone();
        let mut entry = self.entry(&user.id, former.suspended);
        match taken {
            // A profile that another directory owns is not ours to change.
            Some(taken) if user.directory.as_ref() == Some(&self.directory.id) => {
                if self.is_free(&taken, &user).await? {
                    user.profile = taken.over(&user.profile.extra, &former.attributes);
                    entry.attributes = taken.further;
                } else {
                    entry.attributes = former.attributes;
                }
            }
            _ => entry.attributes = former.attributes,
        }
        self.write(unit, &before, &mut user, &mut entry).await?;
        Ok(user)
    }

    /// Whether nobody else has the login.
    async fn is_free(&self, taken: &TakenPerson, user: &User) -> Result<bool> {
        if taken.login == user.profile.login {
            return Ok(true);
        }
        Ok(self.services.store.user_by_login(&taken.login).await?.is_none())
    }

    /// Who somebody unknown is: a user who exists already, or nobody yet.
    async fn recognise(
        &self,
        unit: &mut dyn UnitOfWork,
        taken: &TakenPerson,
    ) -> Result<std::result::Result<Option<User>, NotHere>> {
        let store = &self.services.store;
        let said = store.match_decisions(&self.directory.id, std::slice::from_ref(&self.now.person.id)).await?;
        let said = said.into_iter().next().map(|(_, decision)| decision);
        let doubt = match said {
            Some(MatchDecision::Ignore) => return Ok(Err(NotHere::Ignored)),
            Some(MatchDecision::Is(user)) if !self.is_somebody_here(&user).await? => {
                return Ok(Ok(unit.user_for_update(&user).await?));
            }
            Some(MatchDecision::New) => match store.user_by_login(&taken.login).await? {
                None => return Ok(Ok(None)),
                Some(user) => (MatchDoubt::LoginTaken, vec![user.id]),
            },
            Some(MatchDecision::Is(_)) | None => match self.compare(taken).await? {
                Match::Is(user) => return Ok(Ok(unit.user_for_update(&user).await?)),
                Match::New if self.directory.just_in_time => return Ok(Ok(None)),
                Match::New => return Ok(Err(NotHere::NotImported)),
                Match::Unsure(doubt, candidates) => (doubt, candidates),
            },
        };
        let (why, candidates) = doubt;
        let seen = self.services.now();
        let pending = PendingMatch { person: self.now.person.clone(), candidates, why, seen };
        unit.put_pending_match(&self.directory.id, &pending).await?;
        Ok(Err(NotHere::Unconfirmed(why)))
    }

    /// Whether somebody else of this directory is the user meanwhile.
    async fn is_somebody_here(&self, user: &UserId) -> Result<bool> {
        let entries = self.services.store.entries_of_users(std::slice::from_ref(user)).await?;
        Ok(entries.iter().any(|(directory, entry)| *directory == self.directory.id && entry.state.is_some()))
    }

    async fn compare(&self, taken: &TakenPerson) -> Result<Match> {
        let store = &self.services.store;
        let login = taken.login.as_str().to_owned();
        let email = taken.email.as_str().to_owned();
        let mut users = store.users_called(&[login], &[email]).await?;
        for id in ByAttribute::read(self.services, self.directory).await?.like(taken) {
            if users.iter().all(|user| user.id != id) {
                users.extend(store.user(&id).await?);
            }
        }
        let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
        let entries = store.entries_of_users(&ids).await?;
        let is_somebody = |user: &User| entries.iter().any(|(_, entry)| entry.user == user.id && entry.state.is_some());
        let candidates: Vec<Candidate<'_>> =
            users.iter().map(|user| Candidate { user, somebody: is_somebody(user) }).collect();
        Ok(directory_match::decide(self.directory, taken, &candidates))
    }

    /// A user who exists already becomes this person.
    async fn take_over(&self, unit: &mut dyn UnitOfWork, mut user: User, taken: &TakenPerson) -> Result<User> {
        let before = user.clone();
        let mut entry = self.entry(&user.id, false);
        if user.directory.as_ref().is_none_or(|owner| *owner == self.directory.id) {
            let is_free = self.is_free(taken, &user).await?;
            user.directory = Some(self.directory.id.clone());
            user.profile = taken.over(&user.profile.extra, &BTreeMap::new());
            if !is_free {
                user.profile.login = before.profile.login.clone();
            }
            entry.attributes.clone_from(&taken.further);
            if self.directory.delegated_authentication {
                unit.set_password_hash(&user.id, None).await?;
                user.password_changed = None;
            }
        }
        self.write(unit, &before, &mut user, &mut entry).await?;
        unit.delete_pending_match(&self.directory.id, &self.now.person.id).await?;
        Ok(user)
    }

    /// Somebody new.
    async fn make(&self, unit: &mut dyn UnitOfWork, taken: &TakenPerson) -> Result<User> {
        let now = self.services.now();
        let user = User {
            id: UserId::generate(&*self.services.entropy),
            status: UserStatus::Active,
            profile: taken.profile(),
            admin_role: None,
            directory: Some(self.directory.id.clone()),
            created: now,
            activated: Some(now),
            status_changed: Some(now),
            last_login: None,
            last_updated: now,
            password_changed: None,
        };
        unit.insert_user(&user, None).await?;
        let entry = PersonEntry { attributes: taken.further.clone(), ..self.entry(&user.id, false) };
        unit.put_person_entry(&self.directory.id, &entry).await?;
        unit.delete_pending_match(&self.directory.id, &self.now.person.id).await?;
        self.log(unit, EventDraft::success("user.lifecycle.create", "Create user").on_user(&user)).await?;
        self.log(unit, EventDraft::success("user.lifecycle.activate", "Activate user").on_user(&user)).await?;
        Ok(user)
    }

    fn entry(&self, user: &UserId, suspended: bool) -> PersonEntry {
        let person = &self.now.person;
        PersonEntry {
            external: person.id.clone(),
            user: user.clone(),
            dn: person.dn.clone(),
            state: Some(person.state),
            suspended,
            attributes: BTreeMap::new(),
            keys: person.keys.clone(),
            also_in: person.also_in.clone(),
            refreshed: Some(self.services.now()),
        }
    }

    /// Writes the user, if anything changed, with its log entries, and the entry.
    async fn write(
        &self,
        unit: &mut dyn UnitOfWork,
        before: &User,
        user: &mut User,
        entry: &mut PersonEntry,
    ) -> Result<()> {
        let owned = user.directory.as_ref() == Some(&self.directory.id);
        let standing = if owned { settle(user.status, entry.suspended, Some(self.now.person.state)) } else { None };
        let mut events = Vec::new();
        if user.profile != before.profile || user.directory != before.directory {
            events.push(EventDraft::success("user.account.update_profile", "Update user profile from its directory"));
        }
        if let Some(standing) = standing {
            entry.suspended = standing.suspended;
            if standing.status != user.status {
                (user.status, user.status_changed) = (standing.status, Some(self.services.now()));
                let mut event = standing.event();
                if standing.suspended {
                    event = event.fact("sessionsEnded", unit.delete_sessions_of_user(&user.id).await?);
                    event = event.fact("state", self.now.person.state.as_str());
                }
                events.push(event.fact("formerStatus", before.status));
            }
        }
        if *user != *before {
            user.last_updated = self.services.now();
            unit.update_user(user).await?;
        }
        for event in events {
            self.log(unit, event.on_user(user)).await?;
        }
        unit.put_person_entry(&self.directory.id, entry).await?;
        Ok(())
    }
}
