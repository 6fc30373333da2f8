//! A hub, and agents that do as the test says.

use std::sync::{Arc, atomic::AtomicU8, atomic::Ordering};

use domain::{AgentId, Directory, Secret, directory::DirectoryEntry, session::SecretHash};
use ports::{
    Directories, DirectoryResult, DirectorySession, ImportCursor, ReadingEnd,
    agent::{Answer, Beat, Call, Farewell, Job, ResultLine, ServerLine},
};
use rolegate_usecases::agents::{Admission, Hub, JobStream, PartRefused};
use testkit::{CountingEntropy, FixedClock, sample};
use tokio::{sync::mpsc, task::JoinHandle};

/// So many heartbeats without anything else, and a test has waited in vain.
const MOST_BEATS: u32 = 100;

pub struct World {
    pub hub: Hub,
    pub directory: Directory,
    entropy: CountingEntropy,
}

impl World {
    pub fn new() -> Self {
        Self {
            hub: Hub::new(Arc::new(FixedClock::default())),
            directory: sample::directory("corp"),
            entropy: CountingEntropy::new(),
        }
    }

    pub fn agent_id(&self) -> AgentId {
        AgentId::generate(&self.entropy)
    }

    /// A new agent of the directory, connected.
    pub fn agent(&self) -> Agent {
        self.connect(self.agent_id(), 8)
    }

    pub fn connect(&self, agent: AgentId, capacity: u32) -> Agent {
        static BEARERS: AtomicU8 = AtomicU8::new(0);
        let bearer = [BEARERS.fetch_add(1, Ordering::SeqCst); 32];
        self.hub.admit(bearer, self.admission(&agent, capacity));
        let stream = self.hub.open_stream(&bearer).unwrap();
        Agent { hub: self.hub.clone(), id: agent, bearer, stream }
    }

    pub fn admission(&self, agent: &AgentId, capacity: u32) -> Admission {
        let directory = self.directory.id.clone();
        Admission { agent: agent.clone(), directory, version: "1.0.0".to_owned(), capacity }
    }

    pub async fn session(&self) -> Box<dyn DirectorySession> {
        self.hub.open(&self.directory, None).await.unwrap()
    }

    /// A sign-in under way.
    pub async fn sign_in(&self) -> JoinHandle<DirectoryResult<ports::Authentication>> {
        let session = self.session().await;
        tokio::spawn(async move { session.authenticate("ann", &Secret::from("right")).await })
    }

    /// An import under way, with room for this many entries.
    pub async fn import(&self, room: usize) -> Import {
        let session = self.session().await;
        let (sender, entries) = mpsc::channel(room);
        let end = tokio::spawn(async move { session.read(Some(&ImportCursor("7".to_owned())), sender).await });
        Import { entries, end }
    }
}

pub struct Import {
    pub entries: mpsc::Receiver<DirectoryEntry>,
    pub end: JoinHandle<DirectoryResult<ReadingEnd>>,
}

/// An agent's side of its connection. Dropped, it is gone.
pub struct Agent {
    hub: Hub,
    pub id: AgentId,
    pub bearer: SecretHash,
    pub stream: JobStream,
}

impl Agent {
    /// The next line that is no heartbeat; the agent's own heart beats meanwhile.
    pub async fn line(&mut self) -> ServerLine {
        for _ in 0..MOST_BEATS {
            let text = self.stream.next().await.unwrap();
            assert!(text.expose().ends_with('\n'));
            match serde_json::from_str(text.expose()).unwrap() {
                ServerLine::Beat => assert!(self.hub.beat(&self.bearer, &Beat::default()).is_some()),
                line => return line,
            }
        }
        panic!("nothing came within {MOST_BEATS} heartbeats");
    }

    pub async fn job(&mut self) -> Job {
        match self.line().await {
            ServerLine::Job(job) => *job,
            line => panic!("a job was expected, not {line:?}"),
        }
    }

    pub async fn farewell(&mut self) -> Farewell {
        match self.line().await {
            ServerLine::Bye { why } => why,
            line => panic!("a farewell was expected, not {line:?}"),
        }
    }

    pub async fn part(&self, job: &Job, number: u64, part: impl AsRef<[u8]>) -> Result<(), PartRefused> {
        self.hub.part(&self.bearer, job.number, number, part.as_ref()).await
    }

    pub async fn answer(&self, job: &Job, answer: Answer) {
        self.part(job, 0, text(&[ResultLine::Done(answer)])).await.unwrap();
    }

    /// Answers a sign-in with a refusal.
    pub async fn refuse(&self, job: &Job) {
        assert!(matches!(&job.call, Call::Authenticate { login, password }
            if login == "ann" && password.expose() == "right"));
        self.answer(job, Answer::Authenticate(refused())).await;
    }
}

pub fn refused() -> ports::Authentication {
    ports::Authentication::Refused { why: ports::AuthenticationRefusal::Locked, id: None }
}

pub fn text(lines: &[ResultLine]) -> String {
    lines.iter().flat_map(|line| [serde_json::to_string(line).unwrap(), "\n".to_owned()]).collect()
}

/// Somebody who is gone, told apart by a number.
pub fn entry(number: u8) -> DirectoryEntry {
    DirectoryEntry::Gone { id: domain::directory::ExternalId::from_bytes([number; 16]) }
}

pub fn entries(numbers: impl IntoIterator<Item = u8>) -> Vec<ResultLine> {
    numbers.into_iter().map(|number| ResultLine::Entry(entry(number))).collect()
}

pub fn reading_done() -> ResultLine {
    ResultLine::Done(Answer::Read(ReadingEnd { cursor: Some(ImportCursor("8".to_owned())) }))
}
