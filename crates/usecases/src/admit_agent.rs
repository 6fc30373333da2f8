//! Lets agents in: a one-time token is exchanged for a key, and for each connection the key signs a challenge.
//!
//! Unknown, unregistered and wrongly signed are one answer (`None`), so that nobody learns which agents there are. What a
//! rightful agent can mend is told: another protocol, a clock that is off, that it was put out.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{
    Directory, Secret, Timestamp,
    directory::{Agent, AgentStatus},
    event::{Actor, Origin},
    id::random_text,
};
use ports::agent::{
    CLOCK_TOLERANCE_SECONDS, ChallengeAnswer, ChallengeRequest, DirectoryAddress, DirectoryName, PROTOCOL,
    RegisterAnswer, RegisterRequest, SessionAnswer, SessionRequest, protocol_mismatch,
};

use crate::{
    agents::Admission,
    audit::EventDraft,
    caller::{Caller, Rights},
    error::{Error, Result},
    manage_agents::target,
    services::Services,
};

/// A connection after so long without one is worth an entry in the log; a shorter pause is a restart or a bad line.
const PAUSE_SECONDS: i64 = 900;

/// Exchanges the token for a key. `None` for a token that is unknown, was used, or has ended.
///
/// # Errors
/// `Invalid` for another protocol, and for a key that is none.
pub async fn register(
    services: &Services,
    origin: Origin,
    request: &RegisterRequest,
) -> Result<Option<RegisterAnswer>> {
    same_protocol(request.protocol)?;
    let key = BASE64_STANDARD.decode(&request.public_key).ok().filter(|key| key.len() == 32);
    let key = key.ok_or_else(|| Error::invalid("publicKey", "it is not an Ed25519 key: 32 bytes in base64"))?;
    let now = services.now();
    let mut unit = services.store.begin().await?;
    let hash = services.keys.secret_hash(request.token.expose());
    let waiting = unit.agent_to_register(&hash).await?;
    let good = |agent: &Agent| {
        agent.status == AgentStatus::Pending && agent.registration.is_some_and(|(_, expires)| now < expires)
    };
    let Some(mut agent) = waiting.filter(good) else {
        drop(unit);
        return refuse_token(services, origin).await.map(|()| None);
    };
    let Some(directory) = services.store.directory(&agent.directory).await? else { return Ok(None) };
    agent.status = AgentStatus::Active;
    agent.registration = None;
    agent.public_key = Some(key);
    agent.version = Some(clipped(&request.version));
    agent.last_contact = Some(now);
    unit.update_agent(&agent).await?;
    let event = EventDraft::success("system.agent.ad.register", "Register directory agent")
        .target(target(&agent))
        .fact("directory", &directory.name)
        .fact("version", clipped(&request.version))
        .fact("hostname", clipped(&request.hostname));
    unit.append_event(&event.by(services, &caller(&agent, origin))).await?;
    unit.commit().await?;
    let directory = DirectoryName { id: directory.id, name: directory.name };
    Ok(Some(RegisterAnswer { agent: agent.id, protocol: PROTOCOL, directory }))
}

async fn refuse_token(services: &Services, origin: Origin) -> Result<()> {
    let event = EventDraft::deny("system.agent.ad.register", "Register directory agent", "INVALID_TOKEN");
    let event = event.by(services, &Caller::unknown("agent", origin));
    Ok(services.store.append_events(vec![event]).await?)
}

/// Something for the agent to sign. Anybody gets an answer; one for an agent that is not there leads nowhere.
///
/// # Errors
/// `Invalid` for another protocol.
pub async fn challenge(services: &Services, request: &ChallengeRequest) -> Result<ChallengeAnswer> {
    same_protocol(request.protocol)?;
    let nonce = random_text(&*services.entropy, 43);
    if services.store.agent(&request.agent).await?.is_some() {
        services.agents.challenge(&request.agent, &nonce);
    }
    Ok(ChallengeAnswer { nonce, time: services.now(), protocol: PROTOCOL })
}

/// Lets an agent in that has signed its challenge. `None` for one that is not known, and for a signature that is not its
/// own or not of an open challenge of its.
///
/// # Errors
/// `Invalid` for another protocol or a clock that is off; `Forbidden` when it was put out.
pub async fn admit(services: &Services, origin: Origin, request: &SessionRequest) -> Result<Option<SessionAnswer>> {
    same_protocol(request.protocol)?;
    let Some(agent) = services.store.agent(&request.agent).await? else { return Ok(None) };
    let Some(key) = agent.public_key.as_deref() else { return Ok(None) };
    let signature = BASE64_STANDARD.decode(&request.signature).unwrap_or_default();
    let open = services.agents.take_challenge(&agent.id, &request.nonce);
    if !open || !services.keys.is_signed_by(key, request.signed_text().as_bytes(), &signature) {
        return refuse_signature(services, origin, &agent, open).await.map(|()| None);
    }
    must_be_active(&agent)?;
    check_clock(request.time, services.now())?;
    let Some(directory) = services.store.directory(&agent.directory).await? else { return Ok(None) };
    let bearer = Secret::new(services.random_secret());
    let admission = Admission {
        agent: agent.id.clone(),
        directory: directory.id.clone(),
        version: clipped(&request.version),
        capacity: request.capacity,
    };
    services.agents.admit(services.keys.secret_hash(bearer.expose()), admission);
    note(services, origin, &agent, &directory, &request.version).await.inspect_err(|_| {
        services.agents.close_agent(&agent.id);
    })?;
    Ok(Some(SessionAnswer { bearer, directory: DirectoryAddress::from(&directory) }))
}

async fn refuse_signature(services: &Services, origin: Origin, agent: &Agent, open: bool) -> Result<()> {
    let reason = if open { "INVALID_SIGNATURE" } else { "INVALID_CHALLENGE" };
    let event = EventDraft::deny("system.agent.ad.connect", "Connect directory agent", reason).target(target(agent));
    let event = event.by(services, &Caller::unknown("agent", origin));
    Ok(services.store.append_events(vec![event]).await?)
}

/// Notes the contact, and a connection after a pause in the log. Whoever was put out between is seen here: it was let in
/// before this transaction, and whoever puts it out ends connections after theirs.
async fn note(services: &Services, origin: Origin, agent: &Agent, directory: &Directory, version: &str) -> Result<()> {
    let now = services.now();
    let mut unit = services.store.begin().await?;
    let agent = unit.agent_for_update(&agent.id).await?.ok_or(Error::Forbidden)?;
    must_be_active(&agent)?;
    unit.note_agent(&agent.id, &clipped(version), now).await?;
    if agent.last_contact.is_none_or(|last| now.millis_since(last) > PAUSE_SECONDS * 1000) {
        let mut event = EventDraft::success("system.agent.ad.connect", "Connect directory agent")
            .target(target(&agent))
            .fact("directory", &directory.name)
            .fact("version", clipped(version));
        if let Some(last) = agent.last_contact {
            event = event.fact("lastContact", last);
        }
        unit.append_event(&event.by(services, &caller(&agent, origin))).await?;
    }
    Ok(unit.commit().await?)
}

fn same_protocol(agent: u32) -> Result<()> {
    protocol_mismatch(agent, PROTOCOL).map_or(Ok(()), |why| Err(Error::invalid("protocol", why)))
}

fn must_be_active(agent: &Agent) -> Result<()> {
    if agent.status == AgentStatus::Active { Ok(()) } else { Err(Error::Forbidden) }
}

/// Account ends and certificates are judged by the agent's clock: one that is far off judges wrongly.
fn check_clock(theirs: Timestamp, ours: Timestamp) -> Result<()> {
    let seconds = theirs.millis_since(ours) / 1000;
    if seconds.abs() <= CLOCK_TOLERANCE_SECONDS {
        return Ok(());
    }
    let side = if seconds > 0 { "ahead of" } else { "behind" };
    let cause = format!(
        "the agent's clock says {theirs}: {} seconds {side} the server's; keep both right by NTP",
        seconds.abs()
    );
    Err(Error::invalid("time", cause))
}

fn clipped(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(100).collect()
}

/// An agent as the one who does something.
fn caller(agent: &Agent, origin: Origin) -> Caller {
    let actor = Actor {
        id: agent.id.to_string(),
        kind: "Agent".to_owned(),
        alternate_id: agent.name.clone(),
        display_name: agent.name.clone(),
    };
    Caller { actor, origin, user: None, rights: Rights::Own }
}
