//! People of a directory who may be a user that exists already: who waits, and an administrator's word on who they are.
//!
//! The word is remembered: imports and sign-ins go by it from then on. When the directory can be asked it counts at once,
//! with the person's groups of this moment; else with the next import of everything, or when they sign in.

use domain::{
    Directory, DirectoryId, Login, User, UserId,
    directory::{DirectoryError, ExternalId},
};
use ports::PageRequest;

pub use ports::{MatchDecision, PendingMatch};

use crate::{
    audit::EventDraft,
    caller::Caller,
    directory_person::{self, Arrival},
    error::{Error, Result},
    open_directory,
    services::Services,
};

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The person, and what makes it unsure.
    pub pending: PendingMatch,
    /// Users that it may be.
    pub candidates: Vec<User>,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The person is this user, as of now.
    Here(Box<User>),
    /// It counts with the next import of everything, or when the person signs in; why not at once.
    Later(String),
    /// The person is left out from now on.
    LeftOut,
}

/// A page of those who wait, by the id of their entry.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for an `after` that no page gave.
pub async fn list(
    services: &Services,
    caller: &Caller,
    directory: &DirectoryId,
    page: &PageRequest,
) -> Result<ports::Page<Waiting>> {
    caller.must_read()?;
    let directory = existing(services, directory).await?;
    let after = page.after.as_deref().map(ExternalId::parse).transpose();
    let after = after.map_err(|error| Error::invalid("after", error.to_string()))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut found = services.store.pending_matches(&directory.id, after.as_ref(), page.limit.saturating_add(1)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.person.id.as_str().to_owned());
    let mut items = Vec::with_capacity(found.len());
    for pending in found {
        let mut candidates = Vec::new();
        for user in &pending.candidates {
            candidates.extend(services.store.user(user).await?);
        }
        items.push(Waiting { pending, candidates });
    }
    Ok(ports::Page { items, next })
}

/// Says who somebody is who waits.
///
/// # Errors
/// `NotFound` for the directory, and for who does not wait; `Forbidden`; `Invalid` for a user who is not there or is
/// somebody else of this directory already, and for somebody new whose login another user has.
pub async fn decide(
    services: &Services,
    caller: &Caller,
    directory: &DirectoryId,
    entry: &ExternalId,
    decision: MatchDecision,
) -> Result<Effect> {
    caller.must_manage()?;
    let directory = existing(services, directory).await?;
    let pending = services.store.pending_match(&directory.id, entry).await?;
    let pending = pending.ok_or_else(|| Error::not_found("PendingMatch", entry.as_str()))?;
    let (word, user) = match &decision {
        MatchDecision::Is(user) => ("EXISTING", Some(may_be(services, &directory, entry, user).await?)),
        MatchDecision::New => {
            login_is_free(services, &pending).await?;
            ("NEW", None)
        }
        MatchDecision::Ignore => ("IGNORE", None),
    };
    let draft = EventDraft::success("system.import.user_match.decide", "Say who a person of a directory is")
        .fact("decision", word)
        .fact("dn", &pending.person.dn);
    let event = user.iter().fold(draft, EventDraft::on_user);
    remember(services, caller, &directory, entry, Some(&decision), event).await?;
    if decision == MatchDecision::Ignore {
        return Ok(Effect::LeftOut);
    }
    bring(services, caller, &directory, entry).await
}

/// Takes back what was said of somebody: the next import of everything, or their next sign-in, looks at them anew. Who is
/// here already stays so.
///
/// # Errors
/// `NotFound` for the directory, and for somebody of whom nothing was said; `Forbidden`.
pub async fn forget(services: &Services, caller: &Caller, directory: &DirectoryId, entry: &ExternalId) -> Result<()> {
    caller.must_manage()?;
    let directory = existing(services, directory).await?;
    if services.store.match_decisions(&directory.id, std::slice::from_ref(entry)).await?.is_empty() {
        return Err(Error::not_found("MatchDecision", entry.as_str()));
    }
    let event = EventDraft::success("system.import.user_match.forget", "Take back who a person of a directory is");
    remember(services, caller, &directory, entry, None, event).await
}

async fn existing(services: &Services, id: &DirectoryId) -> Result<Directory> {
    services.store.directory(id).await?.ok_or_else(|| Error::not_found("Directory", id.as_str()))
}

/// The user, if they are nobody else of this directory.
async fn may_be(services: &Services, directory: &Directory, entry: &ExternalId, user: &UserId) -> Result<User> {
    let found = services.store.user(user).await?;
    let found = found.ok_or_else(|| Error::invalid("userId", format!("there is no user `{user}`")))?;
    let entries = services.store.entries_of_users(std::slice::from_ref(user)).await?;
    let other =
        entries.iter().find(|(of, other)| *of == directory.id && other.external != *entry && other.state.is_some());
    match other {
        None => Ok(found),
        Some((_, other)) => {
            let login = &found.profile.login;
            Err(Error::invalid(
                "userId",
                format!(
                    "`{login}` is `{}` of this directory already; if that is gone, import everything first",
                    other.dn
                ),
            ))
        }
    }
}

/// A person without a usable login is left for the import to speak of.
async fn login_is_free(services: &Services, pending: &PendingMatch) -> Result<()> {
    let login = pending.person.login.as_deref().and_then(|login| login.parse::<Login>().ok());
    let Some(login) = login else { return Ok(()) };
    match services.store.user_by_login(&login).await? {
        None => Ok(()),
        Some(_) => Err(Error::invalid(
            "decision",
            format!(
                "a user has the login `{login}` already: say that it is them, or change one of the two logins first"
            ),
        )),
    }
}

/// Writes what was said, with its log entry; whoever waited does so no more.
async fn remember(
    services: &Services,
    caller: &Caller,
    directory: &Directory,
    entry: &ExternalId,
    decision: Option<&MatchDecision>,
    event: EventDraft,
) -> Result<()> {
    let mut unit = services.store.begin().await?;
    unit.set_match_decision(&directory.id, entry, decision).await?;
    unit.delete_pending_match(&directory.id, entry).await?;
    let event = event.on_directory(directory).fact("entry", entry.as_str());
    unit.append_event(&event.by(services, caller)).await?;
    Ok(unit.commit().await?)
}

/// Asks the directory for the person, and takes them in as a sign-in would.
async fn bring(services: &Services, caller: &Caller, directory: &Directory, entry: &ExternalId) -> Result<Effect> {
    if !directory.is_active() {
        return Ok(Effect::Later(format!("the directory `{}` is not in use", directory.name)));
    }
    let asked = match open_directory::open(services, directory).await? {
        Ok(session) => session.person(entry).await,
        Err(error) => Err(error),
    };
    let now = match asked {
        Ok(Some(now)) => now,
        Ok(None) => return Ok(Effect::Later("the directory has no such person any more".to_owned())),
        Err(DirectoryError { code, message, .. }) => return Ok(Effect::Later(format!("{code}: {message}"))),
    };
    let mut unit = services.store.begin().await?;
    let arrival = directory_person::arrive(services, &mut *unit, directory, &now, caller).await?;
    unit.commit().await?;
    Ok(match arrival {
        Arrival::Here(user) => Effect::Here(user),
        Arrival::NotHere(why) => Effect::Later(why.code().to_owned()),
    })
}
