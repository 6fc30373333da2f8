//! Apps. The settings are one JSON document in words of our own, so that Okta's wire format may change without them.

use domain::{
    App, AppStatus, AwsAppSettings,
    app::{AllRolesDuration, ResponseSignature, SessionTag},
};
use ports::{StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{corrupt, from_json, id, optional, time, to_json};

/// An app's row.
#[derive(sqlx::FromRow)]
pub(crate) struct AppRow {
    id: String,
    issuer: String,
    label: String,
    status: String,
    settings: String,
    user_name_template: String,
    signing_key: String,
    document: String,
    created: i64,
    last_updated: i64,
}

impl TryFrom<AppRow> for App {
    type Error = StoreError;
    fn try_from(row: AppRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("apps.id", row.id)?,
            issuer: row.issuer,
            label: row.label,
            status: status(&row.status)?,
            settings: from_json::<SettingsDocument>("apps.settings", &row.settings)?.read()?,
            user_name_template: row.user_name_template,
            signing_key: id("apps.signing_key", row.signing_key)?,
            document: from_json("apps.document", &row.document)?,
            created: time(row.created),
            last_updated: time(row.last_updated),
        })
    }
}

fn status(text: &str) -> StoreResult<AppStatus> {
    [AppStatus::Active, AppStatus::Inactive]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| corrupt("apps.status", format!("`{text}` is not an app status")))
}

/// The JSON of an app's settings.
pub(crate) fn settings_text(settings: &AwsAppSettings) -> StoreResult<String> {
    to_json(&SettingsDocument::write(settings))
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "mirrors the settings, which are Okta's switches")]
struct SettingsDocument {
    app_filter: String,
    group_filter: String,
    role_value_pattern: String,
    use_group_mapping: bool,
    join_all_roles: bool,
    identity_provider_arn: Option<String>,
    override_acs_url: Option<String>,
    session_duration: u32,
    aws_environment_type: String,
    login_url: String,
    combine_group_roles: bool,
    all_roles_configured: bool,
    sign_response: bool,
    audience: Option<String>,
    source_identity: Option<String>,
    session_tags: Vec<TagDocument>,
    unknown: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct TagDocument {
    key: String,
    value: String,
    transitive: bool,
}

impl SettingsDocument {
    fn write(settings: &AwsAppSettings) -> Self {
        let tag = |tag: &SessionTag| TagDocument {
            key: tag.key.clone(),
            value: tag.value.clone(),
            transitive: tag.transitive,
        };
        let settings = settings.clone();
        Self {
            app_filter: settings.app_filter,
            group_filter: settings.group_filter,
            role_value_pattern: settings.role_value_pattern,
            use_group_mapping: settings.use_group_mapping,
            join_all_roles: settings.join_all_roles,
            identity_provider_arn: settings.identity_provider_arn.map(|arn| arn.to_string()),
            override_acs_url: settings.override_acs_url,
            session_duration: settings.session_duration,
            aws_environment_type: settings.aws_environment_type,
            login_url: settings.login_url,
            combine_group_roles: settings.combine_group_roles,
            all_roles_configured: settings.all_roles_duration == AllRolesDuration::Configured,
            sign_response: settings.response_signature == ResponseSignature::ResponseToo,
            audience: settings.audience,
            source_identity: settings.source_identity,
            session_tags: settings.session_tags.iter().map(tag).collect(),
            unknown: settings.unknown,
        }
    }

    fn read(self) -> StoreResult<AwsAppSettings> {
        let tag = |tag: TagDocument| SessionTag { key: tag.key, value: tag.value, transitive: tag.transitive };
        Ok(AwsAppSettings {
            app_filter: self.app_filter,
            group_filter: self.group_filter,
            role_value_pattern: self.role_value_pattern,
            use_group_mapping: self.use_group_mapping,
            join_all_roles: self.join_all_roles,
            identity_provider_arn: optional("apps.settings", self.identity_provider_arn.as_deref())?,
            override_acs_url: self.override_acs_url,
            session_duration: self.session_duration,
            aws_environment_type: self.aws_environment_type,
            login_url: self.login_url,
            combine_group_roles: self.combine_group_roles,
            all_roles_duration: if self.all_roles_configured {
                AllRolesDuration::Configured
            } else {
                AllRolesDuration::Smallest
            },
            response_signature: if self.sign_response {
                ResponseSignature::ResponseToo
            } else {
                ResponseSignature::AssertionOnly
            },
            audience: self.audience,
            source_identity: self.source_identity,
            session_tags: self.session_tags.into_iter().map(tag).collect(),
            unknown: self.unknown,
        })
    }
}
