//! One entry of the system log, in Okta's schema and with Okta's event names.
//!
//! Okta has no event that says which AWS role was entered; we write `user.authentication.sso` with the account and the
//! role as targets, and the reason in `debug_data`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// For the record.
    Info,
    /// Somebody should look.
    Warn,
    /// Something broke.
    Error,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Done.
    Success,
    /// Not done: an error.
    Failure,
    /// Not done: refused.
    Deny,
    /// Let in.
    Allow,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// A user's or token's id, or `system`.
    pub id: String,
    /// `User`, `PublicClientApp`, `SystemPrincipal`, `ApiToken`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The login, or the token's name.
    pub alternate_id: String,
    /// The name.
    pub display_name: String,
}

impl Actor {
    /// Rolegate itself: schedules, start-up, commands on the server's machine.
    pub fn system() -> Self {
        Self {
            id: "system".to_owned(),
            kind: "SystemPrincipal".to_owned(),
            alternate_id: "system@rolegate".to_owned(),
            display_name: "Rolegate".to_owned(),
        }
    }

    /// A user.
    pub fn user(user: &crate::User) -> Self {
        Self {
            id: user.id.to_string(),
            kind: "User".to_owned(),
            alternate_id: user.profile.login.to_string(),
            display_name: user.display_name(),
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Id of the thing.
    pub id: String,
    /// `User`, `UserGroup`, `AppInstance`, `AppUser`, `AppGroup`, `AwsAccount`, `AwsRole`, `Token`, `Session` …
    #[serde(rename = "type")]
    pub kind: String,
    /// A second name: login, ARN.
    pub alternate_id: String,
    /// A name for people.
    pub display_name: String,
}

/// From where a request came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The client's address.
    pub ip: Option<String>,
    /// Its `User-Agent`, at most 300 characters.
    pub user_agent: Option<String>,
    /// The request's id, in our answer's `X-Okta-Request-Id`.
    pub request_id: Option<String>,
    /// The public id of the session it came with.
    pub session: Option<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// UUID, version 7: sorts by time.
    pub uuid: String,
    /// When.
    pub published: Timestamp,
    /// Okta's name: `user.session.start`.
    pub event_type: String,
    /// One line for people.
    pub display_message: String,
    /// How grave.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so (`INVALID_CREDENTIALS`, `LOCKED_OUT`, a finding's code).
    pub reason: Option<String>,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// To what.
    pub targets: Vec<Target>,
    /// Further facts: `roleArn`, `accountId`, `sessionDuration`, `grantedBy`. Never a secret or an assertion.
    pub debug_data: BTreeMap<String, String>,
}
