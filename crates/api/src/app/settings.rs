//! `settings.app` of an `amazon_aws` app: Okta's fifteen keys, ours, and whatever else a client keeps there.

use domain::{
    AwsAppSettings, ProviderArn,
    app::{AllRolesDuration, ResponseSignature, SessionTag},
};
use serde_json::{Map, Value, json};

use crate::profile::FieldError;

/// Okta's keys that hold credentials of AWS: never kept here, never given out.
const SECRETS: [&str; 3] = ["accessKey", "secretKey", "secretKeyEnc"];
/// Okta's keys that are kept like unknown ones, and `null` by default.
const KEPT: [&str; 2] = ["accountID", "webSSOAllowedClient"];
/// What older clients write for `loginURL`.
const LOGIN_URL_ALIAS: &str = "loginUrl";

/// Reads `settings.app`. Absent and `null` keys have their defaults; unknown ones are kept.
///
/// # Errors
/// Every value of a wrong type, and an access key, with the place where it belongs.
pub fn read_settings(sent: Map<String, Value>) -> Result<AwsAppSettings, Vec<FieldError>> {
    let mut reader = Reader { sent, errors: Vec::new() };
    let default = AwsAppSettings::default();
    reader.refuse_secrets();
    let alias = reader.text(LOGIN_URL_ALIAS);
    let login_url = reader.text("loginURL").or_else(|| alias.clone()).unwrap_or(default.login_url);
    let settings = AwsAppSettings {
        app_filter: reader.text("appFilter").unwrap_or(default.app_filter),
        group_filter: reader.text("groupFilter").unwrap_or(default.group_filter),
        role_value_pattern: reader.text("roleValuePattern").unwrap_or(default.role_value_pattern),
        use_group_mapping: reader.flag("useGroupMapping", default.use_group_mapping),
        join_all_roles: reader.flag("joinAllRoles", default.join_all_roles),
        identity_provider_arn: reader.provider(),
        override_acs_url: reader.filled("overrideAcsURL"),
        session_duration: reader.seconds("sessionDuration", default.session_duration),
        aws_environment_type: reader.text("awsEnvironmentType").unwrap_or(default.aws_environment_type),
        combine_group_roles: reader.flag("combineGroupRoles", default.combine_group_roles),
        all_roles_duration: reader.all_roles_duration(),
        response_signature: if reader.flag("signResponse", false) {
            ResponseSignature::ResponseToo
        } else {
            ResponseSignature::AssertionOnly
        },
        audience: reader.filled("audience"),
        source_identity: reader.filled("sourceIdentity"),
        session_tags: reader.tags(),
        unknown: Map::new(),
        login_url,
    };
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    let mut unknown = reader.sent;
    if alias.is_some() {
        unknown.insert(LOGIN_URL_ALIAS.to_owned(), Value::String(settings.login_url.clone()));
    }
    Ok(AwsAppSettings { unknown, ..settings })
}

/// Writes `settings.app`: every key of Okta's and ours, then the unknown ones. Secrets are `null`.
pub fn write_settings(settings: &AwsAppSettings) -> Map<String, Value> {
    let tag = |tag: &SessionTag| json!({ "key": tag.key, "value": tag.value, "transitive": tag.transitive });
    let duration = match settings.all_roles_duration {
        AllRolesDuration::Smallest => "smallest",
        AllRolesDuration::Configured => "configured",
    };
    let provider = settings.identity_provider_arn.as_ref().map(ToString::to_string);
    let mut map = Map::new();
    for (name, value) in [
        ("appFilter", json!(settings.app_filter)),
        ("groupFilter", json!(settings.group_filter)),
        ("useGroupMapping", json!(settings.use_group_mapping)),
        ("joinAllRoles", json!(settings.join_all_roles)),
        ("identityProviderArn", json!(provider)),
        ("overrideAcsURL", json!(settings.override_acs_url)),
        ("sessionDuration", json!(settings.session_duration)),
        ("roleValuePattern", json!(settings.role_value_pattern)),
        ("accountID", Value::Null),
        ("awsEnvironmentType", json!(settings.aws_environment_type)),
        ("loginURL", json!(settings.login_url)),
        ("accessKey", Value::Null),
        ("secretKey", Value::Null),
        ("secretKeyEnc", Value::Null),
        ("webSSOAllowedClient", Value::Null),
        ("combineGroupRoles", json!(settings.combine_group_roles)),
        ("allRolesDuration", json!(duration)),
        ("signResponse", json!(settings.response_signature == ResponseSignature::ResponseToo)),
        ("audience", json!(settings.audience)),
        ("sourceIdentity", json!(settings.source_identity)),
        ("sessionTags", Value::Array(settings.session_tags.iter().map(tag).collect())),
    ] {
        map.insert(name.to_owned(), value);
    }
    for (name, value) in &settings.unknown {
        // What is known by now and was not when it was stored must not hide the value that counts.
        if KEPT.contains(&name.as_str()) || !map.contains_key(name) {
            map.insert(name.clone(), value.clone());
        }
    }
    map
}

struct Reader {
    sent: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Reader {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.sent.shift_remove(name).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, name: &str, value: &Value, expected: &str) {
        let shown: String = value.to_string().chars().take(200).collect();
        self.errors.push(FieldError::new(format!("settings.app.{name}"), format!("`{shown}` is not {expected}")));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.wrong(name, &other, "a text");
                None
            }
        }
    }

    /// An empty text is as good as none: forms send it for an empty field.
    fn filled(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.take(name) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.wrong(name, &other, "`true` or `false`");
                default
            }
        }
    }

    fn seconds(&mut self, name: &str, default: u32) -> u32 {
        let Some(value) = self.take(name) else { return default };
        let seconds = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if seconds.is_none() {
            self.wrong(name, &value, "a whole number of seconds: 900 to 43200");
        }
        seconds.unwrap_or(default)
    }

    fn provider(&mut self) -> Option<ProviderArn> {
        let name = "identityProviderArn";
        let text = self.filled(name)?;
        text.parse()
            .map_err(|error: domain::ArnError| {
                self.errors.push(FieldError::new(format!("settings.app.{name}"), error.to_string()));
            })
            .ok()
    }

    fn all_roles_duration(&mut self) -> AllRolesDuration {
        let name = "allRolesDuration";
        match self.take(name) {
            None => AllRolesDuration::default(),
            Some(Value::String(word)) if word == "smallest" => AllRolesDuration::Smallest,
            Some(Value::String(word)) if word == "configured" => AllRolesDuration::Configured,
            Some(other) => {
                self.wrong(name, &other, "`smallest` or `configured`");
                AllRolesDuration::default()
            }
        }
    }

    fn tags(&mut self) -> Vec<SessionTag> {
        let expected = "a list of `{\"key\":\"Department\",\"value\":\"${user.department}\",\"transitive\":false}`";
        match self.take("sessionTags") {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let read: Option<Vec<SessionTag>> = items.iter().map(session_tag).collect();
                if read.is_none() {
                    self.wrong("sessionTags", &Value::Array(items), expected);
                }
                read.unwrap_or_default()
            }
            Some(other) => {
                self.wrong("sessionTags", &other, expected);
                Vec::new()
            }
        }
    }

    fn refuse_secrets(&mut self) {
        for name in SECRETS {
            // The value is a secret: it is not repeated.
            if self.take(name).is_some_and(|value| value.as_str() != Some("")) {
                let why = "access keys are not kept with the app: give them to `PUT /api/v1/apps/{id}/aws/integration`, or use a role of the machine";
                self.errors.push(FieldError::new(format!("settings.app.{name}"), why));
            }
        }
    }
}

fn session_tag(item: &Value) -> Option<SessionTag> {
    let object = item.as_object()?;
    if object.keys().any(|name| !["key", "value", "transitive"].contains(&name.as_str())) {
        return None;
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let transitive = match object.get("transitive") {
        None | Some(Value::Null) => false,
        Some(value) => value.as_bool()?,
    };
    Some(SessionTag { key: text("key")?, value: text("value")?, transitive })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> Result<AwsAppSettings, Vec<FieldError>> {
        read_settings(value.as_object().unwrap().clone())
    }

    #[test]
    fn every_key_that_was_given_comes_back_with_its_type() {
        let sent = json!({
            "appFilter": "active_directory", "groupFilter": "^aws\\#\\S+$", "useGroupMapping": false, "joinAllRoles": true,
            "identityProviderArn": "arn:aws:iam::111111111111:saml-provider/Okta",
            "overrideAcsURL": "https://eu-west-1.signin.aws.amazon.com/saml", "sessionDuration": 3200,
            "roleValuePattern": "x", "accountID": "111111111111", "awsEnvironmentType": "aws.amazon",
            "loginURL": "https://console.aws.amazon.com/s3", "loginUrl": "https://console.aws.amazon.com/s3",
            "webSSOAllowedClient": "0oaClient", "combineGroupRoles": false,
            "allRolesDuration": "configured", "signResponse": true, "audience": "urn:x", "sourceIdentity": "${user.login}",
            "sessionTags": [{ "key": "Team", "value": "red", "transitive": true }],
            "somethingNew": { "deep": [1, 2.5, null, "x"] }, "number": 12_345_678_901_u64,
        });
        let written = write_settings(&read(&sent).unwrap());
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(written.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn what_is_absent_null_or_empty_has_okta_s_defaults() {
        let settings =
            read(&json!({ "groupFilter": null, "overrideAcsURL": "", "accessKey": null, "secretKey": "" })).unwrap();
        assert_eq!(settings, AwsAppSettings::default());
        let written = write_settings(&settings);
        for name in
            ["accountID", "accessKey", "secretKey", "secretKeyEnc", "webSSOAllowedClient", "identityProviderArn"]
        {
            assert_eq!(written.get(name), Some(&Value::Null), "{name}");
        }
        assert_eq!(written["sessionDuration"], json!(3600));
    }

    #[test]
    fn wrong_types_are_named_all_at_once_with_the_value() {
        let errors = read(&json!({
            "sessionDuration": "3600", "joinAllRoles": "yes", "identityProviderArn": "arn:aws:iam::1:saml-provider/x",
            "allRolesDuration": "longest", "sessionTags": [{ "key": "x" }], "loginURL": 5,
        }))
        .unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.trim_start_matches("settings.app.")).collect();
        assert_eq!(
            fields,
            ["loginURL", "joinAllRoles", "identityProviderArn", "sessionDuration", "allRolesDuration", "sessionTags"]
        );
        assert!(errors[3].cause.contains("`\"3600\"`"), "{}", errors[3].cause);
    }

    #[test]
    fn an_access_key_is_refused_and_not_repeated() {
        let errors = read(&json!({ "accessKey": "AKIAEXAMPLE", "secretKey": "hunter2" })).unwrap_err();
        assert_eq!(errors.len(), 2);
        let text = format!("{errors:?}");
        assert!(text.contains("/aws/integration") && !text.contains("hunter2") && !text.contains("AKIA"));
    }

    #[test]
    fn the_older_spelling_of_the_login_url_is_taken_and_follows_the_newer_one() {
        let settings = read(&json!({ "loginUrl": "https://console.aws.amazon.com/a" })).unwrap();
        assert_eq!(settings.login_url, "https://console.aws.amazon.com/a");
        let both = read(&json!({ "loginUrl": "https://a.example", "loginURL": "https://b.example" })).unwrap();
        assert_eq!(write_settings(&both)["loginUrl"], json!("https://b.example"));
    }
}
