//! An `amazon_aws` app instance as Okta's API writes it: Okta's keys with Okta's defaults, ours beside them in
//! `settings.app`, and everything that we do not know as it came.

mod document;
mod request;
mod settings;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use request::AppRequest;
pub use settings::{read_settings, write_settings};

use crate::link::{Link, Links, add};

/// The last part of an embed link: the app's number in Okta's catalogue. Clients have it in their configuration.
pub const CATALOGUE_NUMBER: u32 = 272;

/// An app instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// `0oa…`
    pub id: String,
    /// `amazon_aws`
    pub name: String,
    /// What people see.
    pub label: String,
    /// `ACTIVE`, `INACTIVE`
    pub status: String,
    /// Last change.
    pub last_updated: Timestamp,
    /// When it was made.
    pub created: Timestamp,
    /// Okta's; always an object.
    pub accessibility: Value,
    /// Okta's; always an object.
    pub visibility: Value,
    /// Okta's; empty.
    pub features: Value,
    /// `SAML_2_0`
    pub sign_on_mode: String,
    /// User name template and active signing key.
    pub credentials: AppCredentials,
    /// The app's own settings, and Okta's general ones.
    pub settings: AppSettings,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
    /// What we do not know, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `credentials` of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppCredentials {
    /// `{"template":"${source.login}","type":"BUILT_IN"}`
    pub user_name_template: Value,
    /// `{"kid":"0sk…"}`
    pub signing: Signing,
    /// What we do not know, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Which key signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The active signing key.
    pub kid: String,
}

/// `settings` of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppSettings {
    /// Okta's keys of the AWS app, then ours, then unknown ones. Access keys are never in it.
    pub app: Map<String, Value>,
    /// `notifications`, `notes`, `signOn` …
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl App {
    /// Writes an app; `origin` is scheme, host and port of this server.
    pub fn new(app: &domain::App, origin: &str) -> Self {
        let mut whole = document::with_defaults(&app.document);
        let mut take = |name: &str| whole.shift_remove(name).unwrap_or_else(|| json!({}));
        let mut credentials = object(take("credentials"));
        let mut template = object(credentials.shift_remove("userNameTemplate").unwrap_or(Value::Null));
        template.insert("template".to_owned(), Value::String(app.user_name_template.clone()));
        let (accessibility, visibility, features) = (take("accessibility"), take("visibility"), take("features"));
        Self {
            id: app.id.to_string(),
            name: domain::app::AMAZON_AWS.to_owned(),
            label: app.label.clone(),
            status: app.status.as_str().to_owned(),
            last_updated: app.last_updated,
            created: app.created,
            accessibility,
            visibility,
            features,
            sign_on_mode: request::SAML_2_0.to_owned(),
            credentials: AppCredentials {
                user_name_template: Value::Object(template),
                signing: Signing { kid: app.signing_key.to_string() },
                other: credentials,
            },
            settings: AppSettings { app: write_settings(&app.settings), other: object(take("settings")) },
            links: links(app, origin),
            other: whole,
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn links(app: &domain::App, origin: &str) -> Links {
    let own = format!("{origin}/api/v1/apps/{}", app.id);
    let mut links = Links::new();
    let embed = format!("{origin}/home/{}/{}/{CATALOGUE_NUMBER}", domain::app::AMAZON_AWS, app.id);
    links.insert("appLinks".to_owned(), json!([{ "name": "login", "href": embed, "type": "text/html" }]));
    let logo = format!("{origin}/static/icon.svg");
    links.insert("logo".to_owned(), json!([{ "name": "medium", "href": logo, "type": "image/svg+xml" }]));
    add(&mut links, "self", Link::to(own.clone()));
    add(&mut links, "users", Link::to(format!("{own}/users")));
    add(&mut links, "groups", Link::to(format!("{own}/groups")));
    let metadata = json!({ "href": format!("{own}/sso/saml/metadata"), "type": "application/xml" });
    links.insert("metadata".to_owned(), metadata);
    if app.is_active() {
        add(&mut links, "deactivate", Link::post(format!("{own}/lifecycle/deactivate")));
    } else {
        add(&mut links, "activate", Link::post(format!("{own}/lifecycle/activate")));
        let delete = json!({ "href": own, "method": "DELETE" });
        links.insert("delete".to_owned(), delete);
    }
    links
}
