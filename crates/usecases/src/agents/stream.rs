//! The stream of jobs that an agent reads: lines of JSON, a heartbeat when there is nothing to say, a farewell at the end.

use domain::{Secret, session::SecretHash};
use ports::agent::{Farewell, HEARTBEAT, ServerLine};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Hub, connection::Ended};

/// An agent's connection, as long as it lives. Dropped, it ends.
pub struct JobStream {
    hub: Hub,
    bearer: SecretHash,
    lines: mpsc::Receiver<Secret<String>>,
    ended: Ended,
    next_beat: Instant,
    said_goodbye: bool,
}

impl JobStream {
    pub(super) fn new(hub: Hub, bearer: SecretHash, lines: mpsc::Receiver<Secret<String>>, ended: Ended) -> Self {
        // The first one at once: the agent knows that nothing on the way holds the answer back.
        Self { hub, bearer, lines, ended, next_beat: Instant::now(), said_goodbye: false }
    }

    /// The next line, with its line feed; `None` at the end. A line may hold a person's password.
    pub async fn next(&mut self) -> Option<Secret<String>> {
        if self.said_goodbye {
            return None;
        }
        loop {
            let gone_from = self.hub.gone_from(&self.bearer).unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = self.ended.token.cancelled() => {
                    self.said_goodbye = true;
                    return written(&ServerLine::Bye { why: self.ended.why() });
                }
                Some(job) = self.lines.recv() => return Some(job),
                () = sleep_until(self.next_beat) => {
                    self.next_beat = Instant::now() + HEARTBEAT;
                    return written(&ServerLine::Beat);
                }
                () = sleep_until(gone_from) => self.close_if_silent(),
            }
        }
    }

    fn close_if_silent(&self) {
        if self.hub.gone_from(&self.bearer).is_none_or(|from| from <= Instant::now()) {
            self.hub.close_connection(&self.bearer, Farewell::Silent);
        }
    }
}

impl Drop for JobStream {
    fn drop(&mut self) {
        self.hub.close_connection(&self.bearer, Farewell::Silent);
    }
}

/// A line as it is sent.
pub(super) fn written(line: &ServerLine) -> Option<Secret<String>> {
    let mut text = serde_json::to_string(line).ok()?;
    text.push('\n');
    Some(Secret::new(text))
}
