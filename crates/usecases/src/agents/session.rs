//! [`ports::Directories`] over the hub: each call becomes a job of an agent, and of another one if that is lost.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{DirectoryEntry, DirectoryError, ExternalId, PersonNow, TestReport, TestStep},
};
use ports::{
    Authentication, Directories, DirectoryResult, DirectorySession, ExistingGroup, GroupChange, ImportCursor,
    ReadingEnd,
    agent::{Answer, Call, DirectoryAddress, Farewell, Outcome},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Duration, Instant, sleep_until, timeout_at},
};

use super::{
    Hub,
    hub::{Given, NotGiven},
    intake::Intake,
    trouble,
};

/// Changes of one job: few enough for the agent's limits, and for one answer in reasonable time.
const CHANGES_AT_ONCE: usize = 500;

#[async_trait]
impl Directories for Hub {
    /// The agent knows its bind password; one that is given here goes nowhere.
    async fn open(
        &self,
        directory: &Directory,
        _bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>> {
        let address = DirectoryAddress::from(directory);
        Ok(Box::new(AgentSession { hub: self.clone(), directory: directory.clone(), address }))
    }
}

struct AgentSession {
    hub: Hub,
    directory: Directory,
    address: DirectoryAddress,
}

/// How a job ended.
enum End {
    Outcome(Outcome),
    /// The agent went away, or gave it back; so many entries were passed on.
    Lost {
        passed_on: u64,
    },
    TimedOut,
}

/// How long to wait.
struct Patience {
    /// For an agent that takes the job.
    start: Duration,
    /// For the answer; without end where each part tells that it goes on.
    answer: Option<Duration>,
}

/// A job given to an agent; taken back when dropped.
struct Lease<'a> {
    hub: &'a Hub,
    given: Given,
    finished: bool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.hub.take_back(&self.given.bearer, self.given.number, self.finished);
    }
}

impl AgentSession {
    /// Has an agent do it; another one, once, when that is lost before anything was passed on.
    async fn call(&self, call: &Call, entries: Option<&mpsc::Sender<DirectoryEntry>>) -> Outcome {
        let patience = self.patience(call);
        for _ in 0..2 {
            match self.attempt(call, &patience, entries.cloned()).await? {
                End::Outcome(outcome) => return outcome,
                End::TimedOut => return Err(trouble::timed_out(&self.directory)),
                End::Lost { passed_on: 0 } => {}
                End::Lost { .. } => break,
            }
        }
        Err(trouble::lost(&self.directory))
    }

    /// By the directory's own limit, which holds for each server and each step at the agent.
    fn patience(&self, call: &Call) -> Patience {
        let servers = u32::try_from(self.directory.connection.urls.len()).unwrap_or(1);
        let step = Duration::from_secs(u64::from(self.directory.connection.timeout_seconds));
        let whole = |start, steps, more| Patience {
            start: Duration::from_secs(start),
            answer: Some(step * (servers + steps) + Duration::from_secs(more)),
        };
        match call {
            Call::Authenticate { .. } | Call::Person { .. } => whole(3, 3, 5),
            Call::Test => whole(5, 10, 30),
            Call::GroupsIn { .. } | Call::ChangeGroups { .. } => whole(15, 10, 300),
            Call::Read { .. } => Patience { start: Duration::from_secs(30), answer: None },
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        patience: &Patience,
        entries: Option<mpsc::Sender<DirectoryEntry>>,
    ) -> DirectoryResult<End> {
        let passed_on = Arc::new(AtomicU64::new(0));
        let (sender, outcome) = oneshot::channel();
        let mut intake = Some(Intake::new(entries, sender, passed_on.clone()));
        let given = self.given(call, patience.start, &mut intake).await?;
        let mut lease = Lease { hub: &self.hub, given, finished: false };
        let end = self.answer(&lease.given, outcome, patience.answer).await;
        // Whatever still is under way of this attempt passes nothing on once the next one begins.
        lease.given.intake.lock().await.close();
        Ok(match end {
            End::Lost { .. } => End::Lost { passed_on: passed_on.load(Ordering::SeqCst) },
            end => {
                lease.finished = matches!(end, End::Outcome(_));
                end
            }
        })
    }

    /// Waits for an agent that takes it.
    async fn given(&self, call: &Call, wait: Duration, intake: &mut Option<Intake>) -> DirectoryResult<Given> {
        let until = Instant::now() + wait;
        loop {
            let changed = self.hub.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let why = match self.hub.give(&self.address, call, intake) {
                Ok(given) => return Ok(given),
                Err(why) => why,
            };
            if timeout_at(until, changed).await.is_err() {
                return Err(match why {
                    NotGiven::NoAgent => trouble::no_agent(&self.directory),
                    NotGiven::Busy => trouble::busy(&self.directory),
                });
            }
        }
    }

    async fn answer(&self, given: &Given, mut outcome: oneshot::Receiver<Outcome>, limit: Option<Duration>) -> End {
        let lost = End::Lost { passed_on: 0 };
        let until = limit.map(|limit| Instant::now() + limit);
        loop {
            let Some(gone_from) = self.hub.gone_from(&given.bearer) else { return lost };
            tokio::select! {
                biased;
                told = &mut outcome => return told.map_or(lost, End::Outcome),
                () = given.ended.token.cancelled() => return lost,
                () = given.over.cancelled() => return lost,
                () = sleep_until(until.unwrap_or(gone_from)), if until.is_some() => return End::TimedOut,
                () = sleep_until(gone_from) => {
                    if self.hub.gone_from(&given.bearer).is_some_and(|from| from <= Instant::now()) {
                        self.hub.close_connection(&given.bearer, Farewell::Silent);
                    }
                }
            }
        }
    }
}

/// The answer that belongs to the call; any other is the agent's mistake.
macro_rules! expect {
    ($outcome:expr, $kind:ident) => {
        match $outcome {
            Ok(Answer::$kind(answer)) => Ok(answer),
            Ok(_) => Err(trouble::bad_answer("it answers another question")),
            Err(error) => Err(error),
        }
    };
}

#[async_trait]
impl DirectorySession for AgentSession {
    async fn test(&self) -> TestReport {
        let tested = expect!(self.call(&Call::Test, None).await, Test);
        tested.unwrap_or_else(|error| TestReport { steps: vec![failed_step(error)], sample: Vec::new() })
    }

    async fn read(
        &self,
        since: Option<&ImportCursor>,
        entries: mpsc::Sender<DirectoryEntry>,
    ) -> DirectoryResult<ReadingEnd> {
        let call = Call::Read { since: since.cloned() };
        expect!(self.call(&call, Some(&entries)).await, Read)
    }

    async fn authenticate(&self, login: &str, password: &Secret<String>) -> DirectoryResult<Authentication> {
        let call = Call::Authenticate { login: login.to_owned(), password: password.clone() };
        expect!(self.call(&call, None).await, Authenticate)
    }

    async fn person(&self, id: &ExternalId) -> DirectoryResult<Option<PersonNow>> {
        let found = expect!(self.call(&Call::Person { id: id.clone() }, None).await, Person)?;
        Ok(found.map(|person| *person))
    }

    async fn groups_in(&self, ou: &str) -> DirectoryResult<Vec<ExistingGroup>> {
        expect!(self.call(&Call::GroupsIn { ou: ou.to_owned() }, None).await, GroupsIn)
    }

    async fn change_groups(&self, ou: &str, changes: &[GroupChange]) -> DirectoryResult<Vec<DirectoryResult<()>>> {
        let mut answers: Vec<DirectoryResult<()>> = Vec::with_capacity(changes.len());
        for piece in changes.chunks(CHANGES_AT_ONCE) {
            let call = Call::ChangeGroups { ou: ou.to_owned(), changes: piece.to_vec() };
            match expect!(self.call(&call, None).await, ChangeGroups) {
                Ok(done) if done.len() == piece.len() => answers.extend(done),
                Ok(_) => return Err(trouble::bad_answer("it answers another number of changes")),
                // What was done before stays done, and is told.
                Err(error) if !answers.is_empty() => {
                    answers.resize(changes.len(), Err(error));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(answers)
    }
}

fn failed_step(error: DirectoryError) -> TestStep {
    TestStep { name: "agent".to_owned(), ok: false, detail: error.to_string(), hint: Some(error.hint) }
}
