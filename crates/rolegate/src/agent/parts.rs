//! A job's result on its way to the server: lines, cut into parts, each brought by a request of its own. The next part
//! waits until the server has taken in the one before; meanwhile the directory waits too.

use async_trait::async_trait;
use ports::agent::{LARGEST_PART, ResultLine};

/// A part is sent when it has so many bytes.
const FULL: usize = LARGEST_PART / 2;

/// Why a result did not reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotBrought {
    /// Nobody waits for it any more.
    #[error("not wanted any more")]
    Unwanted,
    /// Something on the way, or the server itself, does not take it.
    #[error("not taken by the server")]
    NotTaken,
}

/// Brings parts to the server.
#[async_trait]
pub(super) trait Bring: Send + Sync {
    /// Until the server has it, however long that takes.
    async fn bring(&self, number: u64, part: &[u8]) -> Result<(), NotBrought>;
}

/// The result of one job.
pub(super) struct Parts<'a> {
    bring: &'a dyn Bring,
    next: u64,
    waiting: Vec<u8>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(bring: &'a dyn Bring) -> Self {
        Self { bring, next: 0, waiting: Vec::new() }
    }

    /// Adds a line; sends what is full.
    pub(super) async fn line(&mut self, line: &ResultLine) -> Result<(), NotBrought> {
        serde_json::to_writer(&mut self.waiting, line).map_err(|_| NotBrought::NotTaken)?;
        self.waiting.push(b'\n');
        if self.waiting.len() >= FULL { self.send().await } else { Ok(()) }
    }

    /// Sends what waits.
    pub(super) async fn send(&mut self) -> Result<(), NotBrought> {
        for part in self.waiting.chunks(LARGEST_PART) {
            self.bring.bring(self.next, part).await?;
            self.next += 1;
        }
        self.waiting.clear();
        // One huge group does not keep its memory for the rest of the reading.
        self.waiting.shrink_to(2 * LARGEST_PART);
        Ok(())
    }
}
