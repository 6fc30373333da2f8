//! One agent's connection as the hub keeps it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{AgentId, DirectoryId, Secret, Timestamp};
use ports::agent::{Beat, Farewell, Job, JobNumber, SILENCE, ServerLine};
use tokio::{
    sync::mpsc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

use super::{intake::Intake, stream::written};

/// How long an agent may take from its greeting to the stream of jobs.
const OPENING: Duration = Duration::from_mins(1);

/// How often a contact is written down.
const NOTED_EVERY_MILLIS: i64 = 60_000;

/// Lines that may wait for an agent which does not read, beside its jobs.
const SPARE_LINES: usize = 64;

/// So many jobs at once, whatever an agent offers.
const MOST_JOBS: u32 = 256;

/// An agent that proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Who.
    pub agent: AgentId,
    /// What it serves.
    pub directory: DirectoryId,
    /// Its version.
    pub version: String,
    /// How many jobs it takes at once.
    pub capacity: u32,
}

/// A connected agent, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAtWork {
    /// Who.
    pub agent: AgentId,
    /// Since when.
    pub since: Timestamp,
    /// When it was heard of last.
    pub last_contact: Timestamp,
    /// What it is doing, oldest first.
    pub jobs: Vec<JobAtWork>,
}

/// Who was heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who.
    pub agent: AgentId,
    /// Its version.
    pub version: String,
    /// Whether this is the first time in a minute.
    pub to_be_noted: bool,
}

/// A job under way, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAtWork {
    /// `full import`, `sign-in` …
    pub call: &'static str,
    /// Since when.
    pub since: Timestamp,
}

/// Its state.
pub(super) struct Connection {
    pub(super) agent: AgentId,
    pub(super) directory: DirectoryId,
    version: String,
    pub(super) capacity: usize,
    since: Timestamp,
    heard: Instant,
    heard_at: Timestamp,
    noted: Timestamp,
    pub(super) leaving: bool,
    /// Absent until the agent opened the stream.
    lines: Option<mpsc::Sender<Secret<String>>>,
    pub(super) jobs: HashMap<JobNumber, JobSlot>,
    /// When it was given its last job: decides between two that have equally much to do.
    pub(super) last_given: u64,
    pub(super) ended: Ended,
}

/// Told to whoever holds a part of a connection.
#[derive(Clone, Default)]
pub(super) struct Ended {
    pub(super) token: CancellationToken,
    why: Arc<Mutex<Option<Farewell>>>,
}

impl Ended {
    pub(super) fn tell(&self, why: Farewell) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.token.cancel();
    }

    pub(super) fn why(&self) -> Farewell {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(Farewell::Stopping)
    }
}

/// A job under way.
#[derive(Clone)]
pub(super) struct JobSlot {
    pub(super) call: &'static str,
    pub(super) since: Timestamp,
    pub(super) intake: Arc<tokio::sync::Mutex<Intake>>,
    /// Nobody works on it any more, or nobody waits for it.
    pub(super) over: CancellationToken,
}

impl Connection {
    pub(super) fn new(admission: Admission, now: Timestamp) -> Self {
        Self {
            agent: admission.agent,
            directory: admission.directory,
            version: admission.version,
            capacity: usize::try_from(admission.capacity.clamp(1, MOST_JOBS)).unwrap_or(1),
            since: now,
            heard: Instant::now(),
            heard_at: now,
            noted: now,
            leaving: false,
            lines: None,
            jobs: HashMap::new(),
            last_given: 0,
            ended: Ended::default(),
        }
    }

    /// The lines that it will hear; `None` when somebody hears them already.
    pub(super) fn open_stream(&mut self) -> Option<mpsc::Receiver<Secret<String>>> {
        if self.lines.is_some() {
            return None;
        }
        let (sender, receiver) = mpsc::channel(self.capacity + SPARE_LINES);
        self.lines = Some(sender);
        self.heard = Instant::now();
        Some(receiver)
    }

    pub(super) fn is_open(&self) -> bool {
        self.lines.is_some()
    }

    pub(super) fn hear(&mut self, now: Timestamp) {
        self.heard = Instant::now();
        self.heard_at = now;
    }

    pub(super) fn beat(&mut self, beat: &Beat, now: Timestamp) -> Heard {
        self.hear(now);
        self.leaving |= beat.leaving;
        for number in &beat.given_back {
            if let Some(job) = self.jobs.get(number) {
                job.over.cancel();
            }
        }
        let to_be_noted = now.millis_since(self.noted) >= NOTED_EVERY_MILLIS;
        if to_be_noted {
            self.noted = now;
        }
        Heard { agent: self.agent.clone(), version: self.version.clone(), to_be_noted }
    }

    /// When it counts as gone, unless it is heard of before.
    pub(super) fn gone_from(&self) -> Instant {
        self.heard + if self.is_open() { SILENCE } else { OPENING }
    }

    pub(super) fn at_work(&self) -> AgentAtWork {
        let mut jobs: Vec<(&JobNumber, &JobSlot)> = self.jobs.iter().collect();
        jobs.sort_by_key(|(number, _)| **number);
        AgentAtWork {
            agent: self.agent.clone(),
            since: self.since,
            last_contact: self.heard_at,
            jobs: jobs.into_iter().map(|(_, job)| JobAtWork { call: job.call, since: job.since }).collect(),
        }
    }

    /// Hands a job over; `false` when there was no room for it: the agent has not read for long.
    pub(super) fn give(&mut self, job: Job, slot: JobSlot) -> bool {
        self.last_given = job.number.0;
        self.jobs.insert(job.number, slot);
        self.say(&ServerLine::Job(Box::new(job)))
    }

    /// Nobody waits for the job any more. `finished`: the agent has answered, or is gone.
    pub(super) fn take_back(&mut self, number: JobNumber, finished: bool) {
        let Some(job) = self.jobs.remove(&number) else { return };
        job.over.cancel();
        if !finished {
            self.say(&ServerLine::Cancel { job: number });
        }
    }

    fn say(&self, line: &ServerLine) -> bool {
        let Some(lines) = &self.lines else { return false };
        written(line).is_some_and(|line| lines.try_send(line).is_ok())
    }
}
