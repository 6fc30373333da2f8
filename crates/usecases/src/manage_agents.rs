//! Agents as administrators see them: a registration token is made, agents are listed with what they are doing, and put
//! out. How an agent comes in is [`crate::admit_agent`]'s matter.

use domain::{
    AgentId, Directory, DirectoryId, Secret, Timestamp,
    directory::{Agent, AgentStatus},
    event::Target,
    id::random_text,
};
use ports::UnitOfWork;

use crate::{
    agents::AgentAtWork,
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

/// How long a registration token is good, in seconds.
const TOKEN_SECONDS: i64 = 3600;

/// More than any directory needs; an end to rows and to what a list answers.
const MOST_AGENTS: usize = 100;

/// An agent just made.
#[derive(Debug)]
pub struct NewAgent {
    /// Its record.
    pub agent: Agent,
    /// Begins with the agent's id. Shown now and never again.
    pub token: Secret<String>,
    /// When the token ends.
    pub expires: Timestamp,
}

/// An agent, and what it is doing while it is connected.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentStanding {
    /// Its record.
    pub agent: Agent,
    /// Absent unless it is connected to this process.
    pub at_work: Option<AgentAtWork>,
}

impl AgentStanding {
    /// When it was heard of last.
    pub fn last_contact(&self) -> Option<Timestamp> {
        self.at_work.as_ref().map(|at_work| at_work.last_contact).max(self.agent.last_contact)
    }
}

/// Makes an agent that waits for its registration, and the token for it. A revoked agent of the same name makes room.
///
/// # Errors
/// `NotFound` for the directory, `Forbidden`; `Invalid` for a name that is taken, empty or too long; `State` when the
/// directory has too many agents.
pub async fn create(services: &Services, caller: &Caller, directory: &DirectoryId, name: &str) -> Result<NewAgent> {
    caller.must_manage()?;
    check_name(name)?;
    let now = services.now();
    let mut unit = services.store.begin().await?;
    let directory = existing_directory(services, directory).await?;
    let others = services.store.agents(&directory.id).await?;
    if others.len() >= MOST_AGENTS {
        let why = format!("the directory has {MOST_AGENTS} agents: remove some that are not needed any more");
        return Err(Error::State(crate::error::StateError::NotNow(why)));
    }
    let same_name = |other: &&Agent| other.name.to_lowercase() == name.to_lowercase();
    if let Some(revoked) = others.iter().filter(same_name).find(|other| other.status == AgentStatus::Revoked) {
        unit.delete_agent(&revoked.id).await?;
    }
    let id = AgentId::generate(&*services.entropy);
    let token = Secret::new(format!("{id}{}", random_text(&*services.entropy, 43)));
    let expires = now.plus_seconds(TOKEN_SECONDS);
    let agent = Agent {
        id,
        directory: directory.id.clone(),
        name: name.to_owned(),
        status: AgentStatus::Pending,
        registration: Some((services.keys.secret_hash(token.expose()), expires)),
        public_key: None,
        version: None,
        created: now,
        last_contact: None,
    };
    unit.insert_agent(&agent).await?;
    let event = EventDraft::success("system.agent.ad.create", "Create directory agent").fact("tokenExpires", expires);
    finish(services, caller, unit, event, &agent, &directory).await?;
    Ok(NewAgent { agent, token, expires })
}

/// The agents of a directory, by name.
///
/// # Errors
/// `NotFound` for the directory, `Forbidden`.
pub async fn list(services: &Services, caller: &Caller, directory: &DirectoryId) -> Result<Vec<AgentStanding>> {
    caller.must_read()?;
    existing_directory(services, directory).await?;
    let agents = services.store.agents(directory).await?;
    let at_work = services.agents.at_work(directory);
    let standing = |agent: Agent| {
        let at_work = at_work.iter().find(|one| one.agent == agent.id).cloned();
        AgentStanding { agent, at_work }
    };
    Ok(agents.into_iter().map(standing).collect())
}

/// One agent.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(
    services: &Services,
    caller: &Caller,
    directory: &DirectoryId,
    id: &AgentId,
) -> Result<AgentStanding> {
    let all = list(services, caller, directory).await?;
    all.into_iter().find(|standing| standing.agent.id == *id).ok_or_else(|| not_found(id))
}

/// Puts an agent out: its connection ends at once, its key is good for nothing. One that was never registered, or was
/// put out before, is removed.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn revoke(services: &Services, caller: &Caller, directory: &DirectoryId, id: &AgentId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let directory = existing_directory(services, directory).await?;
    let found = unit.agent_for_update(id).await?.filter(|agent| agent.directory == directory.id);
    let mut agent = found.ok_or_else(|| not_found(id))?;
    let event = if agent.status == AgentStatus::Active {
        agent.status = AgentStatus::Revoked;
        unit.update_agent(&agent).await?;
        EventDraft::success("system.agent.ad.deactivate", "Revoke directory agent")
    } else {
        unit.delete_agent(id).await?;
        EventDraft::success("system.agent.ad.delete", "Remove directory agent")
    };
    finish(services, caller, unit, event, &agent, &directory).await?;
    // After the commit: whoever is let in from now on is looked at again, and is out.
    services.agents.close_agent(id);
    Ok(())
}

async fn finish(
    services: &Services,
    caller: &Caller,
    mut unit: Box<dyn UnitOfWork>,
    event: EventDraft,
    agent: &Agent,
    directory: &Directory,
) -> Result<()> {
    let event = event.target(target(agent)).fact("directory", &directory.name);
    unit.append_event(&event.by(services, caller)).await?;
    Ok(unit.commit().await?)
}

async fn existing_directory(services: &Services, id: &DirectoryId) -> Result<Directory> {
    services.store.directory(id).await?.ok_or_else(|| Error::not_found("Directory", id.as_str()))
}

fn not_found(id: &AgentId) -> Error {
    Error::not_found("Agent", id.as_str())
}

/// An agent in the log.
pub(crate) fn target(agent: &Agent) -> Target {
    Target {
        id: agent.id.to_string(),
        kind: "Agent".to_owned(),
        alternate_id: agent.directory.to_string(),
        display_name: agent.name.clone(),
    }
}

fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if (1..=100).contains(&length) && name.trim() == name && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let cause = format!(
        "an agent's name has 1 to 100 characters, no control characters and no blanks at its ends; this one has {length}"
    );
    Err(Error::invalid("name", cause))
}
