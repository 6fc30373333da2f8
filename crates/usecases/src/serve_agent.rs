//! What a connected agent does: hears jobs, says that it lives, brings results. The bearer of its connection is its right.

use domain::directory::AgentStatus;
use ports::agent::{Beat, JobNumber};

use crate::{
    agents::{JobStream, PartRefused},
    error::Result,
    services::Services,
};

/// The stream of jobs; `None` for a bearer of no connection, or one that has its stream.
pub fn hear_jobs(services: &Services, bearer: &str) -> Option<JobStream> {
    services.agents.open_stream(&services.keys.secret_hash(bearer))
}

/// The agent is alive. `false` for a bearer of no connection. Noted once a minute; whoever was put out on another way than
/// through this process is seen then.
///
/// # Errors
/// `Store`.
pub async fn beat(services: &Services, bearer: &str, beat: &Beat) -> Result<bool> {
    let Some(heard) = services.agents.beat(&services.keys.secret_hash(bearer), beat) else { return Ok(false) };
    if !heard.to_be_noted {
        return Ok(true);
    }
    let mut unit = services.store.begin().await?;
    let agent = unit.agent_for_update(&heard.agent).await?;
    if agent.is_none_or(|agent| agent.status != AgentStatus::Active) {
        services.agents.close_agent(&heard.agent);
        return Ok(false);
    }
    unit.note_agent(&heard.agent, &heard.version, services.now()).await?;
    unit.commit().await?;
    Ok(true)
}

/// Takes in a part of a job's result; returns when what is in it was taken by whoever waits for it.
///
/// # Errors
/// See [`PartRefused`].
pub async fn bring_part(
    services: &Services,
    bearer: &str,
    job: JobNumber,
    number: u64,
    part: &[u8],
) -> std::result::Result<(), PartRefused> {
    services.agents.part(&services.keys.secret_hash(bearer), job, number, part).await
}
