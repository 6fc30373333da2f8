//! One connection to the server, from the greeting to its end: hears jobs, does them side by side, says that it lives.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Clock, Entropy, Secret};
use ports::agent::{
    Beat, ChallengeRequest, Farewell, HEARTBEAT, Job, JobNumber, PROTOCOL, ServerLine, SessionAnswer, SessionRequest,
};
use reqwest::StatusCode;
use tokio::{
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::{interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    lines::{Lines, NoLine},
    parts::{Bring, NotBrought},
    server::{Failure, Server},
    work::Worker,
};

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The process is to end.
    Stopped,
    /// The server said goodbye.
    Farewell(Farewell),
    /// It broke.
    Lost(NoLine),
}

/// What every connection needs.
pub(super) struct Surroundings {
    pub(super) server: Server,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) stop: CancellationToken,
    pub(super) capacity: u32,
    /// How long jobs under way may take after SIGTERM; what takes longer is given back.
    pub(super) grace: Duration,
}

/// Proves who the agent is.
pub(super) async fn greet(
    around: &Surroundings,
    agent: &domain::AgentId,
    key: &keys::AgentKey,
) -> Result<SessionAnswer, Failure> {
    use base64::{Engine, prelude::BASE64_STANDARD};

    let asked = ChallengeRequest { agent: agent.clone(), protocol: PROTOCOL };
    let challenge = around.server.challenge(&asked).await?;
    let mut request = SessionRequest {
        agent: agent.clone(),
        nonce: challenge.nonce,
        time: around.clock.now(),
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        capacity: around.capacity,
        signature: String::new(),
    };
    request.signature = BASE64_STANDARD.encode(key.sign(request.signed_text().as_bytes()));
    around.server.session(&request).await
}

/// A connection that is open.
pub(super) struct Connection<'a> {
    around: &'a Surroundings,
    worker: Arc<Worker>,
    bearer: Secret<String>,
    jobs: JoinSet<Result<(), NotBrought>>,
    under_way: HashMap<JobNumber, AbortHandle>,
    numbers: HashMap<Id, JobNumber>,
}

impl<'a> Connection<'a> {
    pub(super) fn new(around: &'a Surroundings, worker: Arc<Worker>, bearer: Secret<String>) -> Self {
        Self { around, worker, bearer, jobs: JoinSet::new(), under_way: HashMap::new(), numbers: HashMap::new() }
    }

    /// Lives until it is lost, the server says goodbye, or the process is to end.
    pub(super) async fn live(mut self) -> Result<End, Failure> {
        let mut lines = Lines::new(self.around.server.jobs(&self.bearer).await?);
        tracing::info!(server = self.around.server.url(), "connected");
        let beating = self.beating();
        let end = self.work(&mut lines).await;
        if matches!(end, End::Stopped) {
            self.leave(&mut lines).await;
        }
        beating.abort();
        Ok(end)
    }

    /// Says that the agent is alive, beside everything else. That it cannot be said, the lines tell by their absence.
    fn beating(&self) -> AbortHandle {
        let (server, bearer) = (self.around.server.clone(), self.bearer.clone());
        let task = tokio::spawn(async move {
            let mut ticks = interval(HEARTBEAT);
            loop {
                ticks.tick().await;
                if let Err(error) = server.beat(&bearer, &Beat::default()).await {
                    tracing::warn!(%error, "the server could not be told that the agent is alive");
                }
            }
        });
        task.abort_handle()
    }

    async fn work(&mut self, lines: &mut Lines) -> End {
        loop {
            tokio::select! {
                line = lines.next() => match line {
                    Ok(ServerLine::Beat) => {}
                    Ok(ServerLine::Job(job)) => self.begin(*job),
                    Ok(ServerLine::Cancel { job }) => self.cancel(job),
                    Ok(ServerLine::Bye { why }) => return End::Farewell(why),
                    Err(why) => return End::Lost(why),
                },
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended).await,
                () = self.around.stop.cancelled() => return End::Stopped,
            }
        }
    }

    fn begin(&mut self, job: Job) {
        let number = job.number;
        tracing::debug!(job = %number, call = job.call.name(), "begun");
        let courier = Courier {
            server: self.around.server.clone(),
            entropy: self.around.entropy.clone(),
            bearer: self.bearer.clone(),
            job: number,
        };
        let worker = self.worker.clone();
        let handle = self.jobs.spawn(async move {
            let call = job.call.name();
            let done = worker.carry_out(job, &courier).await;
            match &done {
                Ok(()) => tracing::debug!(job = %number, call, "done"),
                Err(why) => tracing::debug!(job = %number, call, %why, "broken off"),
            }
            done
        });
        self.numbers.insert(handle.id(), number);
        self.under_way.insert(number, handle);
    }

    fn cancel(&mut self, job: JobNumber) {
        if let Some(handle) = self.under_way.remove(&job) {
            handle.abort();
        }
    }

    /// A job whose result does not arrive is given back: nobody waits for it in vain.
    async fn ended(&mut self, ended: Result<(Id, Result<(), NotBrought>), JoinError>) {
        let (id, give_back) = match &ended {
            Ok((id, done)) => (*id, *done == Err(NotBrought::NotTaken)),
            Err(error) => (error.id(), error.is_panic()),
        };
        let Some(number) = self.numbers.remove(&id) else { return };
        self.under_way.remove(&number);
        if give_back {
            tracing::error!(job = %number, "the job's result could not be brought; it is given back");
            self.give_back(vec![number]).await;
        }
    }

    async fn give_back(&self, given_back: Vec<JobNumber>) {
        let beat = Beat { leaving: self.around.stop.is_cancelled(), given_back };
        if let Err(error) = self.around.server.beat(&self.bearer, &beat).await {
            tracing::warn!(%error, "jobs could not be given back; the server notices when the connection ends");
        }
    }

    /// Takes no more, finishes what it can, gives back the rest.
    async fn leave(&mut self, lines: &mut Lines) {
        self.give_back(Vec::new()).await;
        let finished = timeout(self.around.grace, async {
            while !self.jobs.is_empty() {
                tokio::select! {
                    Some(ended) = self.jobs.join_next_with_id() => self.ended(ended).await,
                    line = lines.next() => match line {
                        Ok(ServerLine::Job(job)) => self.give_back(vec![job.number]).await,
                        Ok(ServerLine::Cancel { job }) => self.cancel(job),
                        Ok(ServerLine::Beat) => {}
                        Ok(ServerLine::Bye { .. }) | Err(_) => return,
                    },
                }
            }
        });
        if finished.await.is_err() {
            let rest: Vec<JobNumber> = self.under_way.keys().copied().collect();
            tracing::info!(jobs = rest.len(), "given back");
            self.give_back(rest).await;
        }
    }
}

/// Brings the parts of one job, again and again while the connection lives: the server takes each in once.
struct Courier {
    server: Server,
    entropy: Arc<dyn Entropy>,
    bearer: Secret<String>,
    job: JobNumber,
}

#[async_trait]
impl Bring for Courier {
    async fn bring(&self, number: u64, part: &[u8]) -> Result<(), NotBrought> {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
        loop {
            match self.server.part(&self.bearer, self.job, number, part.to_vec()).await {
                Ok(()) => return Ok(()),
                Err(Failure::Refused { status: StatusCode::GONE | StatusCode::UNAUTHORIZED, .. }) => {
                    return Err(NotBrought::Unwanted);
                }
                Err(error) if error.is_passing() => tracing::debug!(job = %self.job, %error, "a part is brought again"),
                Err(error) => {
                    tracing::warn!(job = %self.job, %error, "the server does not take the result");
                    return Err(NotBrought::NotTaken);
                }
            }
            tokio::time::sleep(backoff.wait(&*self.entropy)).await;
        }
    }
}
