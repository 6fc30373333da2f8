//! What was found about a role: a stable word for programs, a sentence for people, and the next step.

use serde::Serialize;

/// One finding. `code` is stable and in snake case; `explanation` is one sentence; `fix` names the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `role_not_discovered`, `audience_mismatch` …
    pub code: String,
    /// What is so, with the values in backticks.
    pub explanation: String,
    /// What to do about it, when something can be done.
    pub fix: Option<String>,
}

/// A finding that keeps people out.
pub type Refusal = Finding;

impl Finding {
    pub(crate) fn new(code: &str, explanation: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code: code.to_owned(), explanation: explanation.into(), fix: Some(fix.into()) }
    }
}
