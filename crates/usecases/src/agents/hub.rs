//! Which agents are connected, what each is doing, and who gets the next job.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{AgentId, Clock, DirectoryId, session::SecretHash};
use ports::agent::{Beat, Call, DirectoryAddress, Farewell, Job, JobNumber};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    challenge::Challenges,
    connection::{Admission, AgentAtWork, Connection, Ended, Heard, JobSlot},
    intake::{Intake, PartRefused},
    stream::JobStream,
};

/// All agents at work; cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    state: Mutex<State>,
    /// Something changed: an agent came, a job ended.
    pub(super) changed: Notify,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
pub(super) struct State {
    connections: HashMap<SecretHash, Connection>,
    pub(super) challenges: Challenges,
    jobs_given: u64,
    closed: bool,
}

/// Why no agent was given a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotGiven {
    NoAgent,
    Busy,
}

/// What a job was given with: where its result will come.
pub(super) struct Given {
    pub(super) bearer: SecretHash,
    pub(super) number: JobNumber,
    pub(super) intake: Arc<tokio::sync::Mutex<Intake>>,
    pub(super) ended: Ended,
    /// The agent has given it back.
    pub(super) over: CancellationToken,
}

impl Hub {
    /// Without agents.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default(), changed: Notify::new(), clock }) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what an agent has to sign.
    pub fn challenge(&self, agent: &AgentId, nonce: &str) {
        self.state().challenges.put(agent, nonce);
    }

    /// Whether the agent was given this to sign and has not used it yet; it is used now.
    pub fn take_challenge(&self, agent: &AgentId, nonce: &str) -> bool {
        self.state().challenges.take(agent, nonce)
    }

    /// Lets an agent in: its connection is known by the hash of its bearer from now. It gets jobs once it opens the
    /// stream ([`Hub::open_stream`]), within a minute. A former connection of the same agent ends.
    pub fn admit(&self, bearer: SecretHash, admission: Admission) {
        let now = self.shared.clock.now();
        self.close_where(Farewell::Replaced, |connection| connection.agent == admission.agent);
        let connection = Connection::new(admission, now);
        self.state().connections.insert(bearer, connection);
    }

    /// The agent's stream of jobs; `None` when the bearer is of no connection, or its stream was opened before.
    pub fn open_stream(&self, bearer: &SecretHash) -> Option<JobStream> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let connection = state.connections.get_mut(bearer)?;
        let receiver = connection.open_stream()?;
        let ended = connection.ended.clone();
        drop(state);
        self.shared.changed.notify_waiters();
        Some(JobStream::new(self.clone(), *bearer, receiver, ended))
    }

    /// The agent is alive; it may want no more jobs, or give some back. `None` when the bearer is of no connection.
    pub fn beat(&self, bearer: &SecretHash, beat: &Beat) -> Option<Heard> {
        let now = self.shared.clock.now();
        Some(self.state().connections.get_mut(bearer)?.beat(beat, now))
    }

    /// Takes in a part of a job's result; returns when whoever reads has taken what is in it.
    pub async fn part(&self, bearer: &SecretHash, job: JobNumber, number: u64, part: &[u8]) -> Result<(), PartRefused> {
        let now = self.shared.clock.now();
        let (slot, ended) = {
            let mut state = self.state();
            let connection = state.connections.get_mut(bearer).ok_or(PartRefused::NoConnection)?;
            connection.hear(now);
            (connection.jobs.get(&job).cloned().ok_or(PartRefused::Gone)?, connection.ended.clone())
        };
        let take = async { slot.intake.lock().await.take(number, part).await };
        tokio::select! {
            biased;
            () = ended.token.cancelled() => Err(PartRefused::NoConnection),
            () = slot.over.cancelled() => Err(PartRefused::Gone),
            taken = take => taken,
        }
    }

    /// Ends an agent's connection; its jobs go to others.
    pub fn close_agent(&self, agent: &AgentId) {
        self.close_where(Farewell::Revoked, |connection| connection.agent == *agent);
    }

    /// Ends every connection of a directory.
    pub fn close_directory(&self, directory: &DirectoryId) {
        self.close_where(Farewell::Revoked, |connection| connection.directory == *directory);
    }

    /// Ends every connection and takes no more: the server stops.
    pub fn close(&self) {
        self.state().closed = true;
        self.close_where(Farewell::Stopping, |_| true);
    }

    pub(super) fn close_connection(&self, bearer: &SecretHash, why: Farewell) {
        let removed = self.state().connections.remove(bearer);
        if let Some(connection) = removed {
            connection.ended.tell(why);
            self.shared.changed.notify_waiters();
        }
    }

    fn close_where(&self, why: Farewell, which: impl Fn(&Connection) -> bool) {
        let bearers: Vec<SecretHash> = {
            let state = self.state();
            state.connections.iter().filter(|(_, connection)| which(connection)).map(|(bearer, _)| *bearer).collect()
        };
        for bearer in bearers {
            self.close_connection(&bearer, why);
        }
    }

    /// When a connection counts as gone, unless it is heard of before; `None` when it has ended.
    pub(super) fn gone_from(&self, bearer: &SecretHash) -> Option<Instant> {
        self.state().connections.get(bearer).map(Connection::gone_from)
    }

    /// Ends connections that were silent too long or never opened their stream.
    fn close_silent(&self) {
        let now = Instant::now();
        self.close_where(Farewell::Silent, |connection| now >= connection.gone_from());
    }

    /// Connected agents of a directory.
    pub fn at_work(&self, directory: &DirectoryId) -> Vec<AgentAtWork> {
        self.close_silent();
        let state = self.state();
        let open = state.connections.values().filter(|one| one.directory == *directory && one.is_open());
        open.map(Connection::at_work).collect()
    }

    /// Gives a job to the agent with the least to do.
    pub(super) fn give(
        &self,
        directory: &DirectoryAddress,
        call: &Call,
        intake: &mut Option<Intake>,
    ) -> Result<Given, NotGiven> {
        self.close_silent();
        let since = self.shared.clock.now();
        let mut state = self.state();
        state.jobs_given += 1;
        let number = JobNumber(state.jobs_given);
        let able = |one: &Connection| one.directory == directory.id && one.is_open() && !one.leaving;
        let mut agents: Vec<(&SecretHash, &mut Connection)> =
            state.connections.iter_mut().filter(|(_, connection)| able(connection)).collect();
        if agents.is_empty() {
            return Err(NotGiven::NoAgent);
        }
        agents.retain(|(_, connection)| connection.jobs.len() < connection.capacity);
        let chosen = agents.into_iter().min_by_key(|(_, connection)| (connection.jobs.len(), connection.last_given));
        let (bearer, connection) = chosen.ok_or(NotGiven::Busy)?;
        let intake = Arc::new(tokio::sync::Mutex::new(intake.take().ok_or(NotGiven::Busy)?));
        let slot = JobSlot { call: call.name(), since, intake: intake.clone(), over: CancellationToken::new() };
        let (ended, over) = (connection.ended.clone(), slot.over.clone());
        let given = Given { bearer: *bearer, number, intake, ended, over };
        if !connection.give(Job { number, directory: directory.clone(), call: call.clone() }, slot) {
            // Whoever waits is told at once.
            drop(state);
            self.close_connection(&given.bearer, Farewell::Silent);
        }
        Ok(given)
    }

    /// Nobody waits for the job any more. `finished`: the agent has answered, or is gone.
    pub(super) fn take_back(&self, bearer: &SecretHash, number: JobNumber, finished: bool) {
        if let Some(connection) = self.state().connections.get_mut(bearer) {
            connection.take_back(number, finished);
        }
        self.shared.changed.notify_waiters();
    }
}
