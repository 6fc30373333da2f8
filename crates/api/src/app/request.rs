//! An app as a client sends it, to make or to replace one.

use domain::{AwsAppSettings, key::KeyAlgorithm};
use serde_json::{Map, Value};

use super::{document, settings::read_settings};
use crate::profile::FieldError;

/// The one sign-on mode there is.
pub(super) const SAML_2_0: &str = "SAML_2_0";

/// What was sent. Nothing is known of its values yet but that they have the right types.
#[derive(Debug, Clone, PartialEq)]
pub struct AppRequest {
    /// `label`.
    pub label: String,
    /// `settings.app`, whole: keys that are absent have their defaults. `None` when there was no `settings.app`: one
    /// SDK drops it on reading and would reset everything by writing back what it read.
    pub settings: Option<AwsAppSettings>,
    /// `credentials.userNameTemplate.template`.
    pub user_name_template: Option<String>,
    /// `credentials.signing.kid`.
    pub signing_key: Option<String>,
    /// Ours, in `credentials.signing.algorithm`: of the keys of a new app.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// The rest, as it came.
    pub document: Map<String, Value>,
}

impl AppRequest {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Every mistake of form: no label, another app than `amazon_aws`, another sign-on mode than SAML 2.0, a setting of
    /// the wrong type, an access key.
    pub fn parse(sent: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        one_of(&sent, "name", domain::app::AMAZON_AWS, &mut errors);
        one_of(&sent, "signOnMode", SAML_2_0, &mut errors);
        let label = text(sent.get("label"), "label", &mut errors);
        if label.as_deref().is_none_or(str::is_empty) {
            errors.push(FieldError::new("label", "The field cannot be left blank"));
        }
        for part in ["settings", "credentials", "visibility", "accessibility"] {
            if !matches!(sent.get(part), None | Some(Value::Null | Value::Object(_))) {
                errors.push(FieldError::new(part, "an object is expected"));
            }
        }
        let settings = match sent.get("settings").and_then(|settings| settings.get("app")) {
            None | Some(Value::Null) => None,
            Some(Value::Object(app)) => read_settings(app.clone()).map_err(|more| errors.extend(more)).ok(),
            Some(_) => {
                errors.push(FieldError::new("settings.app", "an object is expected"));
                None
            }
        };
        let credential = |object: &str, name: &str| sent.get("credentials")?.get(object)?.get(name);
        let template = credential("userNameTemplate", "template");
        let user_name_template = text(template, "credentials.userNameTemplate.template", &mut errors);
        let signing_key = text(credential("signing", "kid"), "credentials.signing.kid", &mut errors);
        let field = "credentials.signing.algorithm";
        let algorithm = text(credential("signing", "algorithm"), field, &mut errors);
        let key_algorithm = algorithm
            .and_then(|name| name.parse().map_err(|why: String| errors.push(FieldError::new(field, why))).ok());
        match label {
            Some(label) if errors.is_empty() => {
                let document = document::kept(sent);
                Ok(Self { label, settings, user_name_template, signing_key, key_algorithm, document })
            }
            _ => Err(errors),
        }
    }
}

/// Absent, or exactly this.
fn one_of(sent: &Map<String, Value>, name: &str, only: &str, errors: &mut Vec<FieldError>) {
    match sent.get(name) {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text == only => {}
        Some(other) => {
            let shown: String = other.to_string().chars().take(100).collect();
            errors.push(FieldError::new(name, format!("`{shown}` is not supported: `{only}` is the only one")));
        }
    }
}

/// A text, or nothing.
fn text(value: Option<&Value>, name: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            errors.push(FieldError::new(name, "a text is expected"));
            None
        }
    }
}
