//! The lines of the answer that does not end, cut from the pieces in which they come.

use std::time::Duration;

use ports::agent::{SILENCE, ServerLine};
use reqwest::Response;

/// No line is longer: a job with 500 changes, or with a directory's certificates.
const LARGEST: usize = 16 * 1024 * 1024;

/// Reads them.
pub(super) struct Lines {
    answer: Response,
    waiting: Vec<u8>,
    /// How much of `waiting` holds no line feed.
    searched: usize,
}

/// Why there is no next line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoLine {
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the server was silent for {} seconds", SILENCE.as_secs())]
    Silent,
    #[error("the server's line cannot be read ({0}): run the same version on both sides")]
    Unreadable(String),
}

impl Lines {
    pub(super) fn new(answer: Response) -> Self {
        Self { answer, waiting: Vec::new(), searched: 0 }
    }

    /// The next one. A whole line has to come within the time after which the server counts as gone. May be dropped at any
    /// point and called again.
    pub(super) async fn next(&mut self) -> Result<ServerLine, NoLine> {
        self.next_within(SILENCE).await
    }

    /// With another limit than the protocol's.
    pub(super) async fn next_within(&mut self, limit: Duration) -> Result<ServerLine, NoLine> {
        tokio::time::timeout(limit, self.read()).await.unwrap_or(Err(NoLine::Silent))
    }

    async fn read(&mut self) -> Result<ServerLine, NoLine> {
        loop {
            let found = self.waiting.iter().skip(self.searched).position(|byte| *byte == b'\n');
            if let Some(end) = found {
                let rest = self.waiting.split_off(self.searched + end + 1);
                let line = std::mem::replace(&mut self.waiting, rest);
                self.searched = 0;
                if !line.iter().all(u8::is_ascii_whitespace) {
                    return serde_json::from_slice(&line).map_err(|error| NoLine::Unreadable(error.to_string()));
                }
                continue;
            }
            self.searched = self.waiting.len();
            match self.answer.chunk().await {
                Ok(Some(piece)) => self.waiting.extend_from_slice(&piece),
                Ok(None) => return Err(NoLine::Closed),
                Err(error) => return Err(NoLine::Broken(error.to_string())),
            }
            if self.waiting.len() > LARGEST {
                return Err(NoLine::Unreadable(format!("it has more than {LARGEST} bytes")));
            }
        }
    }
}
