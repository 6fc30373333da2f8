//! Challenges: what an agent has to sign, each good once and for a minute.
//!
//! Kept by agent and few of each, so that nobody fills the memory by asking, and nobody spoils another agent's.

use std::collections::{HashMap, VecDeque};

use domain::AgentId;
use tokio::time::{Duration, Instant};

/// How long one is good.
const LIFE: Duration = Duration::from_mins(1);

/// So many of one agent at once; the oldest is forgotten.
const EACH: usize = 4;

/// Open challenges.
#[derive(Default)]
pub(super) struct Challenges(HashMap<AgentId, VecDeque<(String, Instant)>>);

impl Challenges {
    /// Remembers one.
    pub(super) fn put(&mut self, agent: &AgentId, nonce: &str) {
        self.forget_old();
        let open = self.0.entry(agent.clone()).or_default();
        if open.len() >= EACH {
            open.pop_front();
        }
        open.push_back((nonce.to_owned(), Instant::now() + LIFE));
    }

    /// Whether this one is open; it is not any more.
    pub(super) fn take(&mut self, agent: &AgentId, nonce: &str) -> bool {
        self.forget_old();
        let Some(open) = self.0.get_mut(agent) else { return false };
        let before = open.len();
        open.retain(|(known, _)| known != nonce);
        open.len() < before
    }

    fn forget_old(&mut self) {
        let now = Instant::now();
        self.0.retain(|_, open| {
            open.retain(|(_, end)| *end > now);
            !open.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use domain::Entropy;

    use super::*;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_challenge_is_good_once_for_its_agent_and_for_a_minute() {
        let agent = AgentId::generate(&Zeros);
        let mut challenges = Challenges::default();
        challenges.put(&agent, "one");
        assert!(!challenges.take(&agent, "two"));
        assert!(challenges.take(&agent, "one"));
        assert!(!challenges.take(&agent, "one"), "replayed");
        challenges.put(&agent, "late");
        tokio::time::advance(LIFE).await;
        assert!(!challenges.take(&agent, "late"));
    }

    #[tokio::test(start_paused = true)]
    async fn asking_without_end_fills_no_memory() {
        let agent = AgentId::generate(&Zeros);
        let mut challenges = Challenges::default();
        for number in 0..100 {
            challenges.put(&agent, &number.to_string());
        }
        assert_eq!(challenges.0.values().map(VecDeque::len).sum::<usize>(), EACH);
        assert!(challenges.take(&agent, "99"));
    }
}
