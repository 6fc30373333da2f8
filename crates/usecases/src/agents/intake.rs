//! Takes in one job's result: parts to lines, lines to entries and an outcome.
//!
//! Parts come numbered and may come again: a proxy that lost the answer, an agent that waited too long. A part that was
//! taken in is not taken in twice, and one whose reception was cut off in the middle goes on where it stood.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::directory::{DirectoryEntry, DirectoryError};
use ports::agent::{LARGEST_LINE, Outcome, ResultLine};
use tokio::sync::{mpsc, oneshot};

use super::trouble;

/// Why a part was not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartRefused {
    /// The bearer is of no connection.
    NoConnection,
    /// Nobody waits for this job (any more).
    Gone,
    /// A part before it is missing.
    OutOfOrder,
    /// It cannot be read; the job has failed.
    Unreadable(String),
}

/// Where a job's result goes.
pub(super) struct Intake {
    entries: Option<mpsc::Sender<DirectoryEntry>>,
    outcome: Option<oneshot::Sender<Outcome>>,
    passed_on: Arc<AtomicU64>,
    next_part: u64,
    /// Bytes of the next part that were taken already.
    taken: usize,
    /// The beginning of a line whose end is in a later part.
    line: Vec<u8>,
    /// Read, and not passed on yet.
    waiting: Option<DirectoryEntry>,
    largest_line: usize,
}

impl Intake {
    /// For a call; `entries` where it is a reading. `passed_on` counts the entries.
    pub(super) fn new(
        entries: Option<mpsc::Sender<DirectoryEntry>>,
        outcome: oneshot::Sender<Outcome>,
        passed_on: Arc<AtomicU64>,
    ) -> Self {
        Self {
            entries,
            outcome: Some(outcome),
            passed_on,
            next_part: 0,
            taken: 0,
            line: Vec::new(),
            waiting: None,
            largest_line: LARGEST_LINE,
        }
    }

    /// Nothing is passed on from now.
    pub(super) fn close(&mut self) {
        self.entries = None;
        self.outcome = None;
        self.waiting = None;
        self.line = Vec::new();
    }

    /// Takes a part in; returns when everything in it was passed on. May be dropped at any point and called again.
    pub(super) async fn take(&mut self, number: u64, part: &[u8]) -> Result<(), PartRefused> {
        if number < self.next_part {
            return Ok(());
        }
        if number > self.next_part {
            return Err(PartRefused::OutOfOrder);
        }
        let read = self.lines(part).await;
        if let Err(PartRefused::Unreadable(why)) = &read {
            let _ = self.finish(Err(trouble::bad_answer(why)));
        }
        read
    }

    async fn lines(&mut self, part: &[u8]) -> Result<(), PartRefused> {
        loop {
            self.pass_on().await?;
            match self.next_line(part)? {
                Some(ResultLine::Entry(entry)) if self.entries.is_some() => self.waiting = Some(entry),
                Some(ResultLine::Entry(_)) => return Err(unreadable("an entry that was not asked for")),
                Some(ResultLine::Done(answer)) => return self.finish(Ok(answer)),
                Some(ResultLine::Failed(error)) => return self.finish(Err(clipped(&error))),
                None => break,
            }
        }
        self.next_part += 1;
        self.taken = 0;
        Ok(())
    }

    async fn pass_on(&mut self) -> Result<(), PartRefused> {
        if self.outcome.is_none() {
            return Err(PartRefused::Gone);
        }
        if self.waiting.is_none() {
            return Ok(());
        }
        let entries = self.entries.clone().ok_or(PartRefused::Gone)?;
        // A place first, the entry after: dropped in between, the entry is still there.
        let Ok(place) = entries.reserve().await else {
            let _ = self.finish(Err(trouble::abandoned()));
            return Err(PartRefused::Gone);
        };
        if let Some(entry) = self.waiting.take() {
            self.passed_on.fetch_add(1, Ordering::SeqCst);
            place.send(entry);
        }
        Ok(())
    }

    /// The next whole line of what was begun and this part; blank ones are passed over.
    fn next_line(&mut self, part: &[u8]) -> Result<Option<ResultLine>, PartRefused> {
        loop {
            let rest = part.get(self.taken..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let piece = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if self.line.len() + piece.len() > self.largest_line {
                return Err(unreadable(format!("a line has more than {} bytes", self.largest_line)));
            }
            self.taken += piece.len() + usize::from(end.is_some());
            if end.is_none() {
                self.line.extend_from_slice(piece);
                return Ok(None);
            }
            let begun = std::mem::take(&mut self.line);
            let line = if begun.is_empty() { read(piece) } else { read(&[&begun, piece].concat()) };
            if let Some(line) = line? {
                return Ok(Some(line));
            }
        }
    }

    /// Tells the outcome. Nobody may wait for it any more; then it is not missed either.
    fn finish(&mut self, outcome: Outcome) -> Result<(), PartRefused> {
        self.next_part += 1;
        self.taken = 0;
        let waiting = self.outcome.take().ok_or(PartRefused::Gone)?;
        waiting.send(outcome).map_err(|_| PartRefused::Gone)
    }
}

fn read(line: &[u8]) -> Result<Option<ResultLine>, PartRefused> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(why: impl Into<String>) -> PartRefused {
    PartRefused::Unreadable(why.into())
}

/// An agent's error is stored and shown: it is no longer than one of our own.
fn clipped(error: &DirectoryError) -> DirectoryError {
    let clip = |text: &str, limit: usize| text.chars().take(limit).collect::<String>();
    DirectoryError::new(error.step, &clip(&error.code, 100), &error.message, clip(&error.hint, 1000))
}
