//! An API token as Okta's API writes it, without its secret.

use domain::{ApiToken, Timestamp};
use serde::{Deserialize, Serialize};

use crate::link::{Link, Links, add};

/// A token's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// `00T…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Who made it; `null` when it was made on the server's machine.
    pub user_id: Option<String>,
    /// `Rolegate API`
    pub client_name: String,
    /// `super_admin`, `read_only_admin`: ours.
    pub role: String,
    /// When it was made.
    pub created: Timestamp,
    /// As `created`: a token never changes.
    pub last_updated: Timestamp,
    /// When it was used last, to the minute: ours.
    pub last_used: Option<Timestamp>,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from: anywhere.
    pub network: TokenNetwork,
    /// Where to read and revoke it.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// `{"connection":"ANYWHERE"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenNetwork {
    /// `ANYWHERE`
    pub connection: String,
}

impl Token {
    /// Writes a token; `origin` is scheme, host and port of this server.
    pub fn new(token: &ApiToken, origin: &str) -> Self {
        let mut links = Links::new();
        add(&mut links, "self", Link::to(format!("{origin}/api/v1/api-tokens/{}", token.id)));
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            user_id: token.user.as_ref().map(ToString::to_string),
            client_name: "Rolegate API".to_owned(),
            role: token.role.as_str().to_owned(),
            created: token.created,
            last_updated: token.created,
            last_used: token.last_used,
            expires_at: token.expires,
            network: TokenNetwork { connection: "ANYWHERE".to_owned() },
            links,
        }
    }
}

/// A token just made: the only answer that ever holds the secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedToken {
    /// Its record.
    #[serde(flatten)]
    pub record: Token,
    /// `00…`, for `Authorization: SSWS …`.
    pub token: String,
}

/// Body of `POST /api/v1/api-tokens` (ours: Okta makes tokens on a page only).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// What it is for.
    pub name: String,
    /// `super_admin` or `read_only_admin`; the least when absent.
    #[serde(default)]
    pub role: Option<String>,
    /// When it stops working; never when absent.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}
