//! Group commit for events that stand alone. A launch waits for its event to be on disk; many launches share the cost.
//!
//! One task takes what has come together since its last commit, writes it in one transaction and then answers each
//! caller. It stands in the same line for the writer connection as units of work, so neither starves the other.

use std::time::Duration;

use domain::Event;
use ports::{StoreError, StoreResult};
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};

use super::{open::PATIENCE, unit::SqliteUnit};
use crate::{error, sql::insert_events};

/// Callers that may wait in line; more have to wait to get into it, at most [`PATIENCE`].
const LINE: usize = 4_096;
/// Events in one transaction: more only makes the next caller wait longer.
const GROUP: usize = 1_024;

struct Request {
    events: Vec<Event>,
    done: oneshot::Sender<StoreResult<()>>,
}

enum Message {
    Append(Request),
    Stop(oneshot::Sender<()>),
}

/// The way to the task.
#[derive(Debug, Clone)]
pub(super) struct Journal(mpsc::Sender<Message>);

impl Journal {
    /// Starts the task on the current runtime; it ends with the last clone.
    pub(super) fn start(writer: SqlitePool) -> Self {
        let (sender, line) = mpsc::channel(LINE);
        tokio::spawn(work(writer, line));
        Self(sender)
    }

    /// Returns once the events are on disk, all or none of them.
    pub(super) async fn append(&self, events: Vec<Event>) -> StoreResult<()> {
        let (done, answer) = oneshot::channel();
        let message = Message::Append(Request { events, done });
        self.0
            .send_timeout(message, PATIENCE)
            .await
            .map_err(|_| unavailable("the system log is written too slowly"))?;
        answer.await.map_err(|_| unavailable("the system log's writer has stopped"))?
    }

    /// Returns once everything that was in line is written; later appends are refused.
    pub(super) async fn stop(&self) {
        let (done, answer) = oneshot::channel();
        if self.0.send_timeout(Message::Stop(done), Duration::from_secs(30)).await.is_ok() {
            // An error means that the task has ended already, which is what was asked for.
            answer.await.ok();
        }
    }
}

fn unavailable(message: &str) -> StoreError {
    StoreError::Unavailable { message: message.to_owned() }
}

async fn work(writer: SqlitePool, mut line: mpsc::Receiver<Message>) {
    while let Some(first) = line.recv().await {
        let mut group = Vec::new();
        let mut count = 0;
        let mut stop = None;
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Stop(done) => {
                    stop = Some(done);
                    break;
                }
                Message::Append(request) => {
                    count += request.events.len();
                    group.push(request);
                }
            }
            if count < GROUP {
                next = line.try_recv().ok();
            }
        }
        write_group(&writer, group).await;
        if let Some(done) = stop {
            line.close();
            done.send(()).ok();
            return;
        }
    }
}

async fn write_group(writer: &SqlitePool, group: Vec<Request>) {
    if group.is_empty() {
        return;
    }
    match write(writer, group.iter().flat_map(|request| &request.events)).await {
        Err(StoreError::Conflict { .. } | StoreError::Missing { .. }) if group.len() > 1 => {
            // One of them is at fault: the others must not pay for it.
            for request in group {
                let result = write(writer, request.events.iter()).await;
                request.done.send(result).ok();
            }
        }
        result => {
            for request in group {
                let answer = result.as_ref().map_err(error::copy).copied();
                // A caller that went away meanwhile needs no answer.
                request.done.send(answer).ok();
            }
        }
    }
}

async fn write<'event>(writer: &SqlitePool, events: impl Iterator<Item = &'event Event>) -> StoreResult<()> {
    let events: Vec<&Event> = events.collect();
    let mut unit = SqliteUnit::begin(writer).await?;
    insert_events(unit.connection(), &events).await?;
    unit.finish().await
}
