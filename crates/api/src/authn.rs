//! `/api/v1/authn`: Okta's classic primary authentication, as all of its command-line clients send and read it.

use std::collections::BTreeMap;

use domain::{Timestamp, User};
use serde::{Deserialize, Serialize};

/// What clients send. Every field may be absent, empty or `null`; unknown ones are not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthnRequest {
    /// The login.
    pub username: Option<String>,
    /// The password.
    pub password: Option<domain::Secret<String>>,
    /// An unfinished sign-in.
    pub state_token: Option<String>,
    /// For `credentials/change_password`.
    pub old_password: Option<domain::Secret<String>>,
    /// For `credentials/change_password`.
    pub new_password: Option<domain::Secret<String>>,
}

/// What they are answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthnResponse {
    /// An unfinished sign-in's token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state_token: Option<String>,
    /// End of the token.
    pub expires_at: Timestamp,
    /// `SUCCESS`, `UNAUTHENTICATED`, `PASSWORD_EXPIRED` …
    pub status: String,
    /// Exchanged for a session, once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_token: Option<String>,
    /// The user.
    #[serde(rename = "_embedded")]
    pub embedded: Embedded,
    /// What can be done next.
    #[serde(rename = "_links", skip_serializing_if = "BTreeMap::is_empty", default)]
    pub links: BTreeMap<String, AuthnLink>,
}

/// `_embedded`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Embedded {
    /// Who signed in; absent while that is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<EmbeddedUser>,
}

/// The user in an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbeddedUser {
    /// `00u…`.
    pub id: String,
    /// When the password was set.
    pub password_changed: Option<Timestamp>,
    /// Who it is.
    pub profile: EmbeddedProfile,
}

/// The profile in an answer; clients read every field of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbeddedProfile {
    /// The login.
    pub login: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// `en_US` where nothing else is known.
    pub locale: String,
    /// `America/Los_Angeles` where nothing else is known, as in Okta.
    pub time_zone: String,
}

impl From<&User> for EmbeddedUser {
    fn from(user: &User) -> Self {
        let extra = |name: &str, default: &str| {
            user.profile.extra.get(name).and_then(|value| value.as_str()).unwrap_or(default).to_owned()
        };
        Self {
            id: user.id.to_string(),
            password_changed: user.password_changed,
            profile: EmbeddedProfile {
                login: user.profile.login.to_string(),
                first_name: user.profile.first_name.clone(),
                last_name: user.profile.last_name.clone(),
                locale: extra("locale", "en_US"),
                time_zone: extra("timezone", "America/Los_Angeles"),
            },
        }
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthnLink {
    /// `authenticate`, `changePassword`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Absolute; clients post to it as given.
    pub href: String,
    /// Methods.
    pub hints: Hints,
}

/// `hints`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// `["POST"]`.
    pub allow: Vec<String>,
}

impl AuthnLink {
    /// A link that is posted to.
    pub fn post(name: Option<&str>, href: String) -> Self {
        Self { name: name.map(str::to_owned), href, hints: Hints { allow: vec!["POST".to_owned()] } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_any_client_is_read() {
        for body in [
            r#"{"username":"ann@example.com","password":"p"}"#,
            r#"{"username":"","password":"","stateToken":"00s"}"#,
            r#"{"stateToken":"00s"}"#,
            r#"{"username":"a","password":"b","stateToken":null,"options":{"warnBeforePasswordExpired":true},"relayState":"/x"}"#,
            "{}",
        ] {
            serde_json::from_str::<AuthnRequest>(body).unwrap_or_else(|error| panic!("{body}: {error}"));
        }
    }
}
