//! `rolegate agent`: runs beside a directory, dials out only, and does there what the server would do directly.
//!
//! It trusts the server with what to read and whom to check, and with nothing else: the bind password stays here and goes
//! to the directory servers alone that it was first told of ([`pinned`]). It dials for ever, and ends when it is told to, or
//! when it was revoked.

mod backoff;
mod connection;
mod lines;
mod parts;
mod pinned;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod work;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use directory::LdapDirectories;
use domain::{AgentId, Secret};
use keys::OsEntropy;
use ports::{
    Directories,
    agent::{Farewell, PROTOCOL, RegisterRequest, SessionAnswer},
};
use reqwest::StatusCode;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::{
    backoff::{Backoff, spread},
    connection::{Connection, End, Surroundings, greet},
    pinned::Pinned,
    server::{Failure, Server},
    state::State,
    work::{BindAccount, BindPassword, Worker},
};
use crate::{cli::AgentArgs, output::hinted, serve::stop_on_signal, system::SystemClock};

/// The first wait before dialling again.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait; so long it is too after a refusal that somebody has to do something about.
const LONG_WAIT: Duration = Duration::from_mins(1);

/// How long jobs under way may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(20);

/// The variable for the bind password.
const BIND_PASSWORD: &str = "ROLEGATE_AGENT_BIND_PASSWORD";

/// Runs until SIGTERM or until the agent is revoked.
///
/// # Errors
/// When an option is wrong, registration is refused, or the agent is revoked.
pub async fn run(args: AgentArgs) -> Result<()> {
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone());
    let around = Surroundings {
        server: Server::new(&args.server, args.ca_file.as_deref())?,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        stop,
        capacity: args.jobs,
        grace: GRACE,
    };
    let account = BindAccount { dn: args.bind_dn.clone(), password: bind_password(args.bind_password_file.clone()) };
    let state = State::load_or_create(&state_path(&args), &*around.entropy)?;
    let accept = if args.accept_new_urls { Accept::Anew } else { Accept::Once };
    let directories = Arc::new(LdapDirectories::new(around.clock.clone()));
    let mut agent = Agent { around, directories, account, state, accept, first_wait: FIRST_WAIT };
    if agent.state.id.is_none() && !agent.register(args.token_file.as_deref()).await? {
        return Ok(());
    }
    agent.serve().await
}

/// `--state`, or beside the token file.
fn state_path(args: &AgentArgs) -> PathBuf {
    let name = "rolegate-agent.json";
    let beside = |token: &Path| token.with_file_name(name);
    args.state.clone().unwrap_or_else(|| args.token_file.as_deref().map_or_else(|| PathBuf::from(name), beside))
}

#[expect(clippy::disallowed_methods, reason = "the binary reads its settings")]
fn bind_password(file: Option<PathBuf>) -> BindPassword {
    match (file, std::env::var(BIND_PASSWORD)) {
        (Some(file), _) => BindPassword::File(file),
        (None, Ok(password)) => BindPassword::Given(Secret::new(password)),
        (None, Err(_)) => BindPassword::None,
    }
}

/// Which servers of the directory are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accept {
    /// Those that it is first told of, ever.
    Once,
    /// Those that it is told of next.
    Anew,
}

struct Agent {
    around: Surroundings,
    directories: Arc<dyn Directories>,
    account: BindAccount,
    state: State,
    accept: Accept,
    first_wait: Duration,
}

impl Agent {
    /// Exchanges the one-time token for an id; `false` when the process is to end before.
    async fn register(&mut self, token_file: Option<&Path>) -> Result<bool> {
        let token = registration_token(token_file)?;
        let request = RegisterRequest {
            token: token.clone(),
            public_key: BASE64_STANDARD.encode(self.state.key.public_key()),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hostname: hostname(),
        };
        let mut backoff = Backoff::new(self.first_wait, LONG_WAIT);
        loop {
            let refused = match self.around.server.register(&request).await {
                Ok(answer) => {
                    tracing::info!(agent.id = %answer.agent, directory = answer.directory.name, "registered");
                    self.state.id = Some(answer.agent);
                    self.state.save()?;
                    return Ok(true);
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(server = self.around.server.url(), %error, "not registered yet; trying again");
                    if !self.pause(backoff.wait(&*self.around.entropy)).await {
                        return Ok(false);
                    }
                    continue;
                }
                Err(refused) => refused,
            };
            // The answer to an earlier attempt may have been lost: then the server knows this key.
            let Some(id) = id_in(&token) else { return Err(not_registered(&refused)) };
            greet(&self.around, &id, &self.state.key).await.map_err(|_| not_registered(&refused))?;
            self.state.id = Some(id);
            self.state.save()?;
            return Ok(true);
        }
    }

    /// Connects, works, and connects again.
    async fn serve(&mut self) -> Result<()> {
        let id = self.state.id.clone().context("the agent is not registered")?;
        let mut backoff = Backoff::new(self.first_wait, LONG_WAIT);
        while !self.around.stop.is_cancelled() {
            let began = Instant::now();
            let wait = match self.connect(&id).await? {
                Ok(End::Stopped) => break,
                Ok(End::Farewell(Farewell::Replaced)) => {
                    tracing::warn!(
                        "another process connected with this agent's key; each machine needs an agent of its own"
                    );
                    LONG_WAIT
                }
                Ok(End::Farewell(why)) => {
                    tracing::info!(?why, "the server ended the connection");
                    backoff.reset();
                    backoff.wait(&*self.around.entropy)
                }
                Ok(End::Lost(why)) => {
                    tracing::warn!(%why, "the connection was lost");
                    if began.elapsed() > LONG_WAIT {
                        backoff.reset();
                    }
                    backoff.wait(&*self.around.entropy)
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(server = self.around.server.url(), %error, "not connected; trying again");
                    backoff.wait(&*self.around.entropy)
                }
                Err(refused) => {
                    tracing::error!(%refused, "not connected; trying again in a minute");
                    spread(LONG_WAIT, &*self.around.entropy)
                }
            };
            if !self.pause(wait).await {
                break;
            }
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// One connection. The outer error ends the process.
    async fn connect(&mut self, id: &AgentId) -> Result<Result<End, Failure>> {
        let answer = match greet(&self.around, id, &self.state.key).await {
            Ok(answer) => answer,
            Err(Failure::Refused { status: StatusCode::FORBIDDEN, code, summary }) if code == "E0000006" => {
                return Err(hinted(
                    format!("the server does not let this agent in any more: {summary}"),
                    "if it is still wanted: have a new token made, remove the state file, and start with --token-file",
                ));
            }
            Err(other) => return Ok(Err(other)),
        };
        let pinned = self.accept(&answer)?;
        let worker = Worker { directories: self.directories.clone(), account: self.account.clone(), pinned };
        Ok(Connection::new(&self.around, Arc::new(worker), answer.bearer).live().await)
    }

    /// The directory as it was accepted; told for the first time, it is.
    fn accept(&mut self, answer: &SessionAnswer) -> Result<Pinned> {
        if let (Some(pinned), Accept::Once) = (&self.state.pinned, self.accept) {
            if let Err(error) = pinned.check(&answer.directory) {
                tracing::error!(%error, hint = error.hint, "jobs will be refused");
            }
            return Ok(pinned.clone());
        }
        let pinned = Pinned::from(&answer.directory);
        tracing::info!(directory = answer.directory.name, urls = ?answer.directory.connection.urls, "accepted");
        self.accept = Accept::Once;
        self.state.pinned = Some(pinned.clone());
        self.state.save()?;
        Ok(pinned)
    }

    /// Waits; `false` when the process is to end.
    async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.around.stop.cancelled() => false,
        }
    }
}

fn registration_token(file: Option<&Path>) -> Result<Secret<String>> {
    let hint = "an administrator makes a token with POST /api/v1/directories/{id}/agents; write it into a file and name \
                that with --token-file";
    let file = file.ok_or_else(|| hinted("this agent is not registered and has no token", hint))?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| hinted(format!("the token file `{}`: {error}", file.display()), hint))?;
    let text = Secret::new(text);
    Ok(Secret::new(text.expose().trim().to_owned()))
}

/// A token begins with the id of the agent that it is for.
fn id_in(token: &Secret<String>) -> Option<AgentId> {
    AgentId::parse(token.expose().get(..20)?).ok()
}

fn not_registered(refused: &Failure) -> anyhow::Error {
    let hint = match refused {
        Failure::Refused { status: StatusCode::UNAUTHORIZED, .. } => {
            "tokens are good once and for an hour: have a new one made with POST /api/v1/directories/{id}/agents"
        }
        Failure::Refused { status: StatusCode::NOT_FOUND, .. } => {
            "check --server; if it is right, that server is too old to know agents: update it"
        }
        _ => "the message says what does not fit; the token is still good",
    };
    hinted(format!("the agent could not be registered: {refused}"), hint)
}

fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().chars().take(253).collect())
}
