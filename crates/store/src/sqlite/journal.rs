//! Group commit for events that stand alone. A launch waits for its event to be on disk; many launches share the cost.
//!
//! One task takes what has come together since its last commit, has it written in one transaction and then answers each
//! caller. It stands in the same line as units of work, so neither starves the other. The transaction as a whole is one
//! way to another thread and back, on a connection of the journal's own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::Event;
use ports::{StoreError, StoreResult};
use rusqlite::{Connection, TransactionBehavior, ffi, params};
use tokio::sync::{mpsc, oneshot};

use super::{
    checkpoint::{Checkpoints, Told},
    direct,
    line::WriterLine,
    open::PATIENCE,
};
use crate::{
    error,
    rows::{search_text, subjects, to_json},
    sql::{INSERT_EVENT, INSERT_SUBJECT},
};

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
    pub(super) fn start(connection: Connection, turns: WriterLine, checkpoints: Checkpoints) -> Self {
        let (sender, line) = mpsc::channel(LINE);
        let pen = Pen { connection: Arc::new(Mutex::new(connection)), turns, checkpoints, told: Told::new() };
        tokio::spawn(work(pen, line));
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

/// What writes: the journal's connection, and the line in which it waits for its turn.
struct Pen {
    connection: Arc<Mutex<Connection>>,
    turns: WriterLine,
    checkpoints: Checkpoints,
    told: Told,
}

async fn work(pen: Pen, mut line: mpsc::Receiver<Message>) {
    let mut busy = false;
    while let Some(first) = line.recv().await {
        if busy {
            // Many come at the moment: whoever is about to is let in first. The fewer transactions, the fewer pages are
            // written and threads woken.
            tokio::task::yield_now().await;
        }
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
        busy = group.len() > 1;
        if !group.is_empty() {
            pen.write(group).await;
        }
        if let Some(done) = stop {
            line.close();
            // Its connection is closed before the caller goes on to close the others.
            drop(pen);
            done.send(()).ok();
            return;
        }
    }
}

impl Pen {
    /// Writes what came together, and answers everybody.
    async fn write(&self, group: Vec<Request>) {
        let (events, callers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|request| (request.events, request.done)).unzip();
        let results = match self.write_as_one(events).await {
            Ok(results) => results,
            Err(error) => callers.iter().map(|_| Err(error::copy(&error))).collect(),
        };
        for (caller, result) in callers.into_iter().zip(results) {
            // A caller that went away meanwhile needs no answer.
            caller.send(result).ok();
        }
    }

    async fn write_as_one(&self, group: Vec<Vec<Event>>) -> StoreResult<Vec<StoreResult<()>>> {
        let turn = self.turns.wait().await?;
        let connection = self.connection.clone();
        let news = self.told.news(&self.checkpoints);
        let written = tokio::task::spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(pages) = news
                && let Err(error) = connection.pragma_update(None, "wal_autocheckpoint", pages)
            {
                tracing::debug!(%error, "the write-ahead log is copied as before");
            }
            let results = write_group(&mut connection, &group);
            drop(turn);
            results
        });
        written.await.map_err(|_| unavailable("the system log's writer has stopped"))
    }
}

/// Each caller's result.
fn write_group(connection: &mut Connection, group: &[Vec<Event>]) -> Vec<StoreResult<()>> {
    match write(connection, group.iter().flatten()) {
        Err(StoreError::Conflict { .. }) if group.len() > 1 => {
            // One of them is at fault: the others must not pay for it.
            group.iter().map(|events| write(connection, events)).collect()
        }
        result => group.iter().map(|_| result.as_ref().map_err(error::copy).copied()).collect(),
    }
}

fn write<'event>(connection: &mut Connection, events: impl IntoIterator<Item = &'event Event>) -> StoreResult<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(direct::failed)?;
    for event in events {
        insert(&transaction, event)?;
    }
    transaction.commit().map_err(direct::failed)
}

fn insert(connection: &Connection, event: &Event) -> StoreResult<()> {
    let (published, body) = (event.published.millis(), to_json(event)?);
    let inserted = connection.prepare_cached(INSERT_EVENT).and_then(|mut statement| {
        statement.execute(params![published, event.uuid, event.event_type, search_text(event), body])
    });
    inserted.map_err(taken)?;
    let mut statement = connection.prepare_cached(INSERT_SUBJECT).map_err(direct::failed)?;
    for subject in subjects(event) {
        statement.execute(params![subject, published, event.uuid]).map_err(taken)?;
    }
    Ok(())
}

/// The uuid is all that can be taken.
fn taken(error: rusqlite::Error) -> StoreError {
    let code = error.sqlite_error().map(|error| error.extended_code);
    match code {
        Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE) => {
            StoreError::Conflict { entity: "event", field: "uuid" }
        }
        _ => direct::failed(error),
    }
}
