//! `/api/v1/sessions`: a session as Okta's clients read it.

use std::collections::BTreeMap;

use domain::{Secret, Session, Timestamp, User};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/sessions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateSessionRequest {
    /// From `/api/v1/authn`.
    pub session_token: Option<Secret<String>>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponse {
    /// The value of the `sid` cookie where the caller holds it already; else the session's public id.
    pub id: String,
    /// `00u…`.
    pub user_id: String,
    /// The login.
    pub login: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends: the nearer of the idle and the absolute limit.
    pub expires_at: Timestamp,
    /// `ACTIVE`.
    pub status: String,
    /// When the password was checked.
    pub last_password_verification: Timestamp,
    /// No second factor was.
    pub last_factor_verification: Option<Timestamp>,
    /// `["pwd"]`.
    pub amr: Vec<String>,
    /// Who authenticated.
    pub idp: SessionIdp,
    /// Whether a second factor is set up.
    pub mfa_active: bool,
    /// What can be done with it.
    #[serde(rename = "_links")]
    pub links: BTreeMap<String, SessionLink>,
}

/// `idp`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionIdp {
    /// Names this organisation.
    pub id: String,
    /// `OKTA`: the organisation itself.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLink {
    /// Absolute.
    pub href: String,
    /// Methods.
    pub hints: crate::authn::Hints,
}

impl SessionResponse {
    /// `id` is the cookie's value or the public id; `base` the public URL; `organisation` the id of `idp`.
    pub fn new(session: &Session, user: &User, id: String, base: &str, organisation: &str) -> Self {
        let link = |path: String, methods: &[&str]| SessionLink {
            href: format!("{base}/api/v1/{path}"),
            hints: crate::authn::Hints { allow: methods.iter().map(|&method| method.to_owned()).collect() },
        };
        let links = BTreeMap::from([
            ("self".to_owned(), link("sessions/me".to_owned(), &["GET", "DELETE"])),
            ("refresh".to_owned(), link("sessions/me/lifecycle/refresh".to_owned(), &["POST"])),
            ("user".to_owned(), link(format!("users/{}", user.id), &["GET"])),
        ]);
        Self {
            id,
            user_id: user.id.to_string(),
            login: user.profile.login.to_string(),
            created_at: session.created,
            expires_at: session.ends(),
            status: "ACTIVE".to_owned(),
            last_password_verification: session.created,
            last_factor_verification: None,
            amr: session.amr.clone(),
            idp: SessionIdp { id: organisation.to_owned(), kind: "OKTA".to_owned() },
            mfa_active: false,
            links,
        }
    }
}
