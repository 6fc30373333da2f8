//! Retries and time limits, in the SDK's words, and the deadline of one account.

use std::{future::Future, time::Duration};

use aws_config::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_iam::config::retry::RetryPartition;
use domain::aws::DiscoveryStep;
use ports::aws::AwsFailure;
use tokio::time::Instant;

use crate::{failure, hints::Place, last_word::LastWord, options::AwsOptions};

/// Exponential backoff with full jitter. Throttling, 5xx, broken connections, timeouts and answers that break off are
/// tried again; a refusal (`AccessDenied`, `ExpiredToken` …) and a whole answer that is not AWS's never.
pub(crate) fn retries(options: &AwsOptions) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(options.max_attempts)
        .with_initial_backoff(options.first_backoff)
        .with_max_backoff(options.longest_backoff)
}

/// Limits of one attempt.
pub(crate) fn timeouts(options: &AwsOptions) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .build()
}

/// A retry quota of its own, gone with its owner. A named partition would live as long as the process, and a quota
/// that a dead account once spent would leave it without retries on the day it comes back.
pub(crate) fn own_quota(owner: &impl ToString) -> RetryPartition {
    RetryPartition::custom(owner.to_string()).build()
}

/// The end of the time that one piece of work may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    /// `limit` from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { end: Instant::now() + limit, limit }
    }

    /// Does the work, or gives up at the deadline. The work's calls let `LastWord` listen to them.
    ///
    /// # Errors
    /// Those of the work, or `Timeout` naming `step` and what AWS last said.
    pub(crate) async fn bound<T, W>(
        self,
        step: DiscoveryStep,
        place: &Place<'_>,
        work: impl FnOnce(LastWord) -> W,
    ) -> Result<T, AwsFailure>
    where
        W: Future<Output = Result<T, AwsFailure>>,
    {
        let last = LastWord::default();
        match tokio::time::timeout_at(self.end, work(last.clone())).await {
            Ok(result) => result,
            Err(_) => Err(failure::out_of_time(step, self.limit, last.told(), place)),
        }
    }
}
