//! AWS's rules, held against the values that are about to be sent. What AWS would refuse with a sentence about SAML is
//! refused here with the value, the reason and the fix.
//!
//! Whether a role's trust policy lets us in is judged where trust policies are read; this is about the message alone.
//! Sources: IAM user guide ("Configure SAML assertions", "Troubleshoot SAML federation"), the STS model
//! (`AssumeRoleWithSAML`), and the texts that AWS answers with.

mod attributes;
mod envelope;
mod roles;

use crate::response::AwsResponse;

pub use envelope::{MAX_ENCODED_LENGTH, WARN_ENCODED_LENGTH};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// AWS takes it, and something will surprise somebody.
    Warning,
    /// AWS refuses it: it must not be sent.
    Error,
}

impl Severity {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// One thing that is wrong or will surprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub severity: Severity,
    /// Stable: scripts and the log may rely on it.
    pub code: &'static str,
    /// What is wrong with which value.
    pub what: String,
    /// What to do about it.
    pub fix: String,
    /// What AWS would have answered, where its text is known.
    pub aws_error: Option<&'static str>,
}

impl Finding {
    fn error(code: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, what: what.into(), fix: fix.into(), aws_error: None }
    }

    fn warning(code: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, what, fix) }
    }

    fn answered(self, aws_error: &'static str) -> Self {
        Self { aws_error: Some(aws_error), ..self }
    }
}

/// Holds every rule against a response, the relay state that goes with it, and the length of its base64 text.
/// Errors come first. An empty answer means: send it.
pub fn check(response: &AwsResponse, relay_state: Option<&str>, encoded_len: usize) -> Vec<Finding> {
    let mut findings = roles::check(response);
    findings.extend(attributes::check(response));
    findings.extend(envelope::check(response, relay_state, encoded_len));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Whether any of them forbids to send.
pub fn forbids(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// A value in a message: in back ticks, cut after 100 characters, without control characters.
fn shown(value: &str) -> String {
    let clipped: String =
        value.chars().take(100).map(|each| if each.is_control() { '\u{fffd}' } else { each }).collect();
    let more = if value.chars().nth(100).is_some() { "…" } else { "" };
    format!("`{clipped}{more}`")
}

#[cfg(test)]
mod tests;
