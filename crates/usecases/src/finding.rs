//! What was found about a launch: a stable code, a sentence, the next step. One shape for the findings of the message
//! (`saml::preflight`) and of the decision (`entitlement`).

pub use saml::Severity;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// An error forbids to send.
    pub severity: Severity,
    /// Stable, in snake case: `too_large`, `role_vanished` …
    pub code: String,
    /// What is wrong with which value.
    pub what: String,
    /// What to do about it, when something can be done.
    pub fix: Option<String>,
    /// What AWS would have answered, where its text is known.
    pub aws_error: Option<&'static str>,
}

impl Finding {
    /// Something that forbids to send.
    pub(crate) fn error(code: &str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: code.to_owned(),
            what: what.into(),
            fix: Some(fix.into()),
            aws_error: None,
        }
    }

    /// Something that will surprise.
    pub(crate) fn warning(code: &str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, what, fix) }
    }

    /// Whether it forbids to send.
    pub fn forbids(&self) -> bool {
        self.severity == Severity::Error
    }

    /// A finding of the decision.
    pub(crate) fn of_entitlement(severity: Severity, finding: &entitlement::Finding) -> Self {
        Self {
            severity,
            code: finding.code.clone(),
            what: finding.explanation.clone(),
            fix: finding.fix.clone(),
            aws_error: None,
        }
    }
}

impl From<saml::Finding> for Finding {
    fn from(finding: saml::Finding) -> Self {
        let saml::Finding { severity, code, what, fix, aws_error } = finding;
        Self { severity, code: code.to_owned(), what, fix: Some(fix), aws_error }
    }
}
