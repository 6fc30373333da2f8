//! `GET /api/v1/apps/{id}/aws/preview`: what a launch would say to AWS.

use domain::{RoleArn, time::Seconds};
use serde::{Deserialize, Serialize};

/// What a launch would be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Whether it would be sent.
    pub would_launch: bool,
    /// Errors first.
    pub findings: Vec<Finding>,
    /// Where it would go.
    pub acs_url: String,
    /// For whom it is meant.
    pub audience: String,
    /// Our entity id.
    pub issuer: String,
    /// `NameID`.
    pub name_id: String,
    /// `RoleSessionName`: the person's name in CloudTrail.
    pub role_session_name: String,
    /// `SessionDuration` in seconds.
    pub session_duration: Option<Seconds>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// Session tags.
    pub session_tags: Vec<SentTag>,
    /// `RelayState`.
    pub relay_state: Option<String>,
    /// The roles in it.
    pub roles: Vec<RoleArn>,
    /// Characters of base64 that would be posted; AWS takes 100,000.
    pub encoded_length: usize,
    /// The response, indented, without signatures: it opens nothing.
    pub xml: Option<String>,
}

/// One session tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentTag {
    /// `PrincipalTag:{key}`.
    pub key: String,
    /// Its value for this person.
    pub value: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `ERROR` forbids the launch, `WARNING` does not.
    pub severity: Severity,
    /// A stable word.
    pub code: String,
    /// What is wrong with which value.
    pub what: String,
    /// What to do.
    pub fix: Option<String>,
    /// What AWS would have answered.
    pub aws_error: Option<String>,
}

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Forbids the launch.
    Error,
    /// Does not.
    Warning,
}
