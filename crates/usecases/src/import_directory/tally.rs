//! What a run counts and notes while it goes on.

use domain::directory::{EntryProblem, ImportRun};

use super::safeguard::EXAMPLES;

/// Problems that are kept in words; beyond, they are only counted.
const PROBLEMS: usize = 100;

/// Beside the run's own counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// People who would lose their sign-in.
    pub(super) people_lost: u64,
    /// Memberships that would be dropped.
    pub(super) memberships_lost: u64,
    /// Some of the people and groups that would go.
    pub(super) examples: Vec<String>,
}

impl Tally {
    /// Somebody or something that would go.
    pub(super) fn goes(&mut self, name: &str) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(name.to_owned());
        }
    }
}

/// Somebody is left out.
pub(super) fn person_left_out(run: &mut ImportRun, problem: EntryProblem) {
    run.people.skipped += 1;
    note(run, problem);
}

/// A group is left out.
pub(super) fn group_left_out(run: &mut ImportRun, problem: EntryProblem) {
    run.groups.skipped += 1;
    note(run, problem);
}

/// Something is not as it should be, but nobody is left out.
pub(super) fn note(run: &mut ImportRun, problem: EntryProblem) {
    if run.problems.len() < PROBLEMS {
        run.problems.push(problem);
    }
}

/// A number of things.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
