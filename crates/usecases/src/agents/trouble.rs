//! What is told when an agent could not do it.

use domain::{
    Directory,
    directory::{DirectoryError, DirectoryStep},
};

fn at_agent(code: &str, message: &str, hint: &str) -> DirectoryError {
    DirectoryError::new(DirectoryStep::Agent, code, message, hint)
}

/// Nobody is there to do it.
pub(super) fn no_agent(directory: &Directory) -> DirectoryError {
    at_agent(
        "NO_AGENT",
        &format!("no agent of the directory `{}` is connected", directory.name),
        "start `rolegate agent` beside the directory, or see on its machine why it does not connect: \
         `journalctl -u rolegate-agent`; GET /api/v1/directories/{id}/agents tells when each was heard of last",
    )
}

/// Everybody has enough to do.
pub(super) fn busy(directory: &Directory) -> DirectoryError {
    at_agent(
        "AGENTS_BUSY",
        &format!("every agent of the directory `{}` has as many jobs as it takes", directory.name),
        "try again; if it lasts, run another agent for this directory, or start them with a higher --jobs",
    )
}

/// It went away in the middle.
pub(super) fn lost(directory: &Directory) -> DirectoryError {
    at_agent(
        "AGENT_LOST",
        &format!("the agent of the directory `{}` went away before it was done", directory.name),
        "nothing of it was taken over; try again, and see on the agent's machine why it went away",
    )
}

/// It does not answer.
pub(super) fn timed_out(directory: &Directory) -> DirectoryError {
    at_agent(
        "TIMEOUT",
        &format!("the agent of the directory `{}` did not answer in time", directory.name),
        "see on the agent's machine whether the directory answers it, or raise the directory's timeoutSeconds",
    )
}

/// It said something else than what was asked.
pub(super) fn bad_answer(why: &str) -> DirectoryError {
    at_agent(
        "BAD_ANSWER",
        &format!("the agent's answer cannot be read: {why}"),
        "run the same version of Rolegate as agent and as server",
    )
}

/// Whoever read its entries went away.
pub(super) fn abandoned() -> DirectoryError {
    let hint = "nothing of it was taken over; start the import again";
    DirectoryError::new(DirectoryStep::Read, "ABANDONED", "nobody takes the entries any more", hint)
}
