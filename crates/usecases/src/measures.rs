//! What is counted for the operator beside HTTP: launches, and readings of AWS. `docs/operations.md` says what each means.
//!
//! The value of a label is one of a few words of ours, never an id or a text from outside: each lives as long as the
//! process. Counted is what the store has taken, as in the system log.

use std::borrow::Cow;

use domain::aws::DiscoveryRun;
use metrics::{counter, histogram};

const LAUNCHES: &str = "rolegate_launches_total";
const RUNS: &str = "rolegate_discovery_runs_total";
const ACCOUNTS: &str = "rolegate_discovery_accounts_total";
/// In seconds; the binary gives it buckets of its own by this name.
pub const RUN_DURATION: &str = "rolegate_discovery_run_duration_seconds";

/// An assertion was sent.
pub(crate) fn launch_granted() {
    counter!(LAUNCHES, "outcome" => "granted", "reason" => "").increment(1);
}

/// A launch was refused, with the code that the person was told.
pub(crate) fn launch_refused(code: &str) {
    counter!(LAUNCHES, "outcome" => "refused", "reason" => word(code)).increment(1);
}

/// A run over accounts ended by itself or with the server.
pub(crate) fn run_ended(run: &DiscoveryRun) {
    counter!(RUNS, "status" => run.status.as_str()).increment(1);
    counter!(ACCOUNTS, "outcome" => "read").increment(u64::from(run.accounts_done));
    counter!(ACCOUNTS, "outcome" => "failed").increment(u64::from(run.accounts_failed));
    if let Some(finished) = run.finished {
        let millis = u32::try_from(finished.millis() - run.started.millis()).unwrap_or(0);
        histogram!(RUN_DURATION).record(f64::from(millis) / 1_000.0);
    }
}

/// A code of ours as it is; anything else is none.
fn word(code: &str) -> Cow<'static, str> {
    let is_ours = code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_ours { code.to_owned().into() } else { "other".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_ours_become_labels() {
        assert_eq!(word("role_not_assigned"), "role_not_assigned");
        for text in ["00u1abc", "role `x`", &"a".repeat(41), "ä"] {
            assert_eq!(word(text), "other", "{text}");
        }
    }
}
