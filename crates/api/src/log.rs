//! An entry of the system log as Okta's API writes it (`LogEvent`). Keys that we have nothing for are there and `null`:
//! clients read them without asking.

use std::collections::BTreeMap;

use domain::{
    Event, Timestamp,
    event::{Actor, Origin, Outcome, Severity, Target},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// Who.
    pub actor: LogParty,
    /// From where.
    pub client: LogClient,
    /// With which session.
    pub authentication_context: AuthenticationContext,
    /// One line for people.
    pub display_message: String,
    /// `user.session.start` …
    pub event_type: String,
    /// How it ended.
    pub outcome: LogOutcome,
    /// When.
    pub published: Timestamp,
    /// Always without values.
    pub security_context: SecurityContext,
    /// How grave.
    pub severity: Severity,
    /// Further facts.
    pub debug_context: DebugContext,
    /// Always `null`.
    pub legacy_event_type: Option<String>,
    /// The request it belongs to.
    pub transaction: Transaction,
    /// Unique.
    pub uuid: String,
    /// `0`
    pub version: String,
    /// The way it came.
    pub request: LogRequest,
    /// To what.
    pub target: Vec<LogParty>,
}

/// An actor or a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogParty {
    /// Id.
    pub id: String,
    /// `User` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Login, ARN …
    pub alternate_id: String,
    /// For people.
    pub display_name: String,
    /// Always `null`.
    pub detail_entry: Option<Value>,
}

/// The client of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogClient {
    /// What it says it is.
    pub user_agent: LogUserAgent,
    /// Always `null`.
    pub zone: Option<String>,
    /// Always `null`.
    pub device: Option<String>,
    /// Always `null`.
    pub id: Option<String>,
    /// Its address.
    pub ip_address: Option<String>,
    /// Always `null`: nobody is located.
    pub geographical_context: Option<Value>,
}

/// A client's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogUserAgent {
    /// As it was sent.
    pub raw_user_agent: Option<String>,
    /// `Unknown`
    pub os: String,
    /// `UNKNOWN`
    pub browser: String,
}

/// How the request was authenticated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationContext {
    /// Always `null`.
    pub authentication_provider: Option<String>,
    /// Always `null`.
    pub credential_provider: Option<String>,
    /// Always `null`.
    pub credential_type: Option<String>,
    /// Always `null`.
    pub issuer: Option<Value>,
    /// Always `null`.
    pub interface: Option<String>,
    /// Always 0.
    pub authentication_step: u32,
    /// The session's public id.
    pub external_session_id: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOutcome {
    /// `SUCCESS` …
    pub result: Outcome,
    /// Why.
    pub reason: Option<String>,
}

/// What is known of the network: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityContext {
    /// Always `null`.
    pub as_number: Option<u32>,
    /// Always `null`.
    pub as_org: Option<String>,
    /// Always `null`.
    pub isp: Option<String>,
    /// Always `null`.
    pub domain: Option<String>,
    /// Always `null`.
    pub is_proxy: Option<bool>,
}

/// Further facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebugContext {
    /// By name.
    pub debug_data: BTreeMap<String, String>,
}

/// The request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// `WEB`, or `JOB` for what no request asked for.
    #[serde(rename = "type")]
    pub kind: String,
    /// `X-Okta-Request-Id` of its answer.
    pub id: String,
    /// Always empty.
    pub detail: BTreeMap<String, Value>,
}

/// The way of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRequest {
    /// The client's address, where there is one.
    pub ip_chain: Vec<IpHop>,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpHop {
    /// The address.
    pub ip: String,
    /// Always `null`.
    pub geographical_context: Option<Value>,
    /// `V4`, `V6`.
    pub version: String,
    /// Always `null`.
    pub source: Option<String>,
}

impl From<Event> for LogEvent {
    fn from(event: Event) -> Self {
        let transaction = Transaction {
            kind: if event.origin.request_id.is_some() { "WEB" } else { "JOB" }.to_owned(),
            id: event.origin.request_id.clone().unwrap_or_else(|| event.uuid.clone()),
            detail: BTreeMap::new(),
        };
        Self {
            actor: event.actor.into(),
            request: LogRequest { ip_chain: event.origin.ip.iter().map(|ip| IpHop::new(ip)).collect() },
            authentication_context: AuthenticationContext::of(&event.origin),
            client: event.origin.into(),
            display_message: event.display_message,
            event_type: event.event_type,
            outcome: LogOutcome { result: event.outcome, reason: event.reason },
            published: event.published,
            security_context: SecurityContext::default(),
            severity: event.severity,
            debug_context: DebugContext { debug_data: event.debug_data },
            legacy_event_type: None,
            transaction,
            uuid: event.uuid,
            version: "0".to_owned(),
            target: event.targets.into_iter().map(Into::into).collect(),
        }
    }
}

impl AuthenticationContext {
    fn of(origin: &Origin) -> Self {
        Self {
            authentication_provider: None,
            credential_provider: None,
            credential_type: None,
            issuer: None,
            interface: None,
            authentication_step: 0,
            external_session_id: origin.session.clone(),
        }
    }
}

impl IpHop {
    fn new(ip: &str) -> Self {
        let version = if ip.contains(':') { "V6" } else { "V4" };
        Self { ip: ip.to_owned(), geographical_context: None, version: version.to_owned(), source: None }
    }
}

impl From<Origin> for LogClient {
    fn from(origin: Origin) -> Self {
        let user_agent =
            LogUserAgent { raw_user_agent: origin.user_agent, os: "Unknown".to_owned(), browser: "UNKNOWN".to_owned() };
        Self { user_agent, zone: None, device: None, id: None, ip_address: origin.ip, geographical_context: None }
    }
}

impl From<Actor> for LogParty {
    fn from(actor: Actor) -> Self {
        let Actor { id, kind, alternate_id, display_name } = actor;
        Self { id, kind, alternate_id, display_name, detail_entry: None }
    }
}

impl From<Target> for LogParty {
    fn from(target: Target) -> Self {
        let Target { id, kind, alternate_id, display_name } = target;
        Self { id, kind, alternate_id, display_name, detail_entry: None }
    }
}
