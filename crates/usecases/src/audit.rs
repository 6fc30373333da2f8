//! Makes entries of the system log: the caller and the time are filled in here, the use case says what happened.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU16, Ordering},
};

use domain::{
    App, Directory, DirectoryKind, Event, Group, Timestamp, User,
    event::{Outcome, Severity, Target},
};

use crate::{caller::Caller, services::Services};

/// An event in the making.
#[derive(Debug, Clone)]
pub struct EventDraft {
    event_type: &'static str,
    message: String,
    severity: Severity,
    outcome: Outcome,
    reason: Option<String>,
    targets: Vec<Target>,
    debug: BTreeMap<String, String>,
}

impl EventDraft {
    /// Something was done.
    pub fn success(event_type: &'static str, message: impl Into<String>) -> Self {
        Self {
            event_type,
            message: message.into(),
            severity: Severity::Info,
            outcome: Outcome::Success,
            reason: None,
            targets: Vec::new(),
            debug: BTreeMap::new(),
        }
    }

    /// Something failed.
    pub fn failure(event_type: &'static str, message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warn,
            outcome: Outcome::Failure,
            reason: Some(reason.into()),
            ..Self::success(event_type, message)
        }
    }

    /// Something was refused.
    pub fn deny(event_type: &'static str, message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Deny, ..Self::failure(event_type, message, reason) }
    }

    /// Adds what it was done to.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Adds a user as target.
    #[must_use]
    pub fn on_user(self, user: &User) -> Self {
        self.target(Target {
            id: user.id.to_string(),
            kind: "User".to_owned(),
            alternate_id: user.profile.login.to_string(),
            display_name: user.display_name(),
        })
    }

    /// Adds a group as target.
    #[must_use]
    pub fn on_group(self, group: &Group) -> Self {
        self.target(Target {
            id: group.id.to_string(),
            kind: "UserGroup".to_owned(),
            alternate_id: "unknown".to_owned(),
            display_name: group.name.clone(),
        })
    }

    /// Adds an app as target.
    #[must_use]
    pub fn on_app(self, app: &App) -> Self {
        self.target(Target {
            id: app.id.to_string(),
            kind: "AppInstance".to_owned(),
            alternate_id: app.label.clone(),
            display_name: "AWS Account Federation".to_owned(),
        })
    }

    /// Adds a directory as target, as Okta does: an app instance of its kind.
    #[must_use]
    pub fn on_directory(self, directory: &Directory) -> Self {
        let kind = match directory.kind {
            DirectoryKind::ActiveDirectory => "Active Directory",
            DirectoryKind::OpenLdap => "LDAP Interface",
        };
        self.target(Target {
            id: directory.id.to_string(),
            kind: "AppInstance".to_owned(),
            alternate_id: directory.name.clone(),
            display_name: kind.to_owned(),
        })
    }

    /// Adds a fact. Never a secret, never an assertion.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "facts are given as they come: ids, numbers, texts")]
    pub fn fact(mut self, name: &str, value: impl ToString) -> Self {
        self.debug.insert(name.to_owned(), value.to_string());
        self
    }

    /// The entry, by this caller, now.
    pub fn by(self, services: &Services, caller: &Caller) -> Event {
        let published = services.now();
        Event {
            uuid: sortable_uuid(services, published),
            published,
            event_type: self.event_type.to_owned(),
            display_message: self.message,
            severity: self.severity,
            outcome: self.outcome,
            reason: self.reason,
            actor: caller.actor.clone(),
            origin: caller.origin.clone(),
            targets: self.targets,
            debug_data: self.debug,
        }
    }
}

/// UUID version 7 whose first 12 bits after the time count up (RFC 9562 §6.2, method 1): entries of one millisecond are
/// listed in the order in which they were made.
fn sortable_uuid(services: &Services, published: Timestamp) -> String {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let mut bytes = [0_u8; 10];
    services.entropy.fill(&mut bytes);
    let [high, low] = (COUNT.fetch_add(1, Ordering::Relaxed) & 0x0fff).to_be_bytes();
    (bytes[0], bytes[1]) = (high, low);
    let millis = u64::try_from(published.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string()
}
