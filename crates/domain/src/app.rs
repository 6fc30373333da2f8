//! An app instance: one `amazon_aws` app with its settings in Okta's words and ours beside them.

use serde_json::{Map, Value};

use crate::{
    arn::ProviderArn,
    id::{AppId, KeyId},
    partition::Partition,
    time::{Seconds, Timestamp},
};

/// Okta's name of the app "AWS Account Federation"; part of its URLs.
pub const AMAZON_AWS: &str = "amazon_aws";

/// Whether an app can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppStatus {
    /// Launches and lists.
    Active,
    /// Neither; the only state in which it can be deleted.
    Inactive,
}

impl AppStatus {
    /// As Okta's API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// Which `SessionDuration` an assertion with all roles carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AllRolesDuration {
    /// The smallest of the app's and every sent role's maximum: AWS never refuses it.
    #[default]
    Smallest,
    /// The app's, as Okta sends it; a role with a smaller maximum gets a finding.
    Configured,
}

/// What the assertion is signed by, beside the assertion itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ResponseSignature {
    /// The assertion alone is signed: what AWS asks for.
    #[default]
    AssertionOnly,
    /// The response around it too.
    ResponseToo,
}

/// One session tag: `PrincipalTag:{key}` with the value of a profile attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTag {
    /// 1 to 128 characters.
    pub key: String,
    /// A template with `${user.login}`, `${user.email}`, `${user.firstName}`, `${user.lastName}`, `${user.<attribute>}`.
    pub value: String,
    /// Whether role chaining keeps it (`TransitiveTagKeys`).
    pub transitive: bool,
}

/// `settings.app` of an `amazon_aws` app: Okta's keys, then ours. What is unknown is kept and returned as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsAppSettings {
    /// `appFilter`: sources whose groups may grant (group mapping).
    pub app_filter: String,
    /// `groupFilter`: Okta's expression with `(?{{role}}…)` and `(?{{accountid}}…)`.
    pub group_filter: String,
    /// `roleValuePattern`.
    pub role_value_pattern: String,
    /// `useGroupMapping`.
    pub use_group_mapping: bool,
    /// `joinAllRoles`: whether a directly assigned user also gets group roles.
    pub join_all_roles: bool,
    /// `identityProviderArn`: its name is the provider's name in every account.
    pub identity_provider_arn: Option<ProviderArn>,
    /// `overrideAcsURL`: where the assertion goes instead of the partition's own place.
    pub override_acs_url: Option<String>,
    /// `sessionDuration` in seconds, 900 to 43,200.
    pub session_duration: Seconds,
    /// `awsEnvironmentType`: `aws.amazon`, `amazonaws-us-gov`, `amazonaws` …
    pub aws_environment_type: String,
    /// `loginURL`: where a person lands in the console.
    pub login_url: String,
    /// Ours, `combineGroupRoles`: roles of all assigned groups (default), or of the one with the highest priority.
    pub combine_group_roles: bool,
    /// Ours, `allRolesDuration`.
    pub all_roles_duration: AllRolesDuration,
    /// Ours, `signResponse`.
    pub response_signature: ResponseSignature,
    /// Ours, `audience`: instead of the partition's own.
    pub audience: Option<String>,
    /// Ours, `sourceIdentity`: a template as in [`SessionTag::value`]; off when absent.
    pub source_identity: Option<String>,
    /// Ours, `sessionTags`; off when empty.
    pub session_tags: Vec<SessionTag>,
    /// Keys of `settings.app` that we do not know; they survive every read and write.
    pub unknown: Map<String, Value>,
}

/// Okta's stored default of `groupFilter`.
pub const DEFAULT_GROUP_FILTER: &str = r"aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)";
/// Okta's stored default of `roleValuePattern`.
pub const DEFAULT_ROLE_VALUE_PATTERN: &str =
    "arn:aws:iam::${accountid}:saml-provider/OKTA,arn:aws:iam::${accountid}:role/${role}";

impl Default for AwsAppSettings {
    /// What a new app has in Okta.
    fn default() -> Self {
        Self {
            app_filter: "okta".to_owned(),
            group_filter: DEFAULT_GROUP_FILTER.to_owned(),
            role_value_pattern: DEFAULT_ROLE_VALUE_PATTERN.to_owned(),
            use_group_mapping: false,
            join_all_roles: false,
            identity_provider_arn: None,
            override_acs_url: None,
            session_duration: 3600,
            aws_environment_type: "aws.amazon".to_owned(),
            login_url: "https://console.aws.amazon.com/ec2/home".to_owned(),
            combine_group_roles: true,
            all_roles_duration: AllRolesDuration::default(),
            response_signature: ResponseSignature::default(),
            audience: None,
            source_identity: None,
            session_tags: Vec::new(),
            unknown: Map::new(),
        }
    }
}

impl AwsAppSettings {
    /// Where an assertion for roles of `partition` goes: `overrideAcsURL`, else the partition's own sign-in page.
    pub fn acs_url(&self, partition: Partition) -> String {
        self.override_acs_url.clone().unwrap_or_else(|| partition.default_acs())
    }

    /// The audience for roles of `partition`: `audience`, else the partition's own, else its ACS URL.
    pub fn audience_for(&self, partition: Partition) -> String {
        self.audience
            .clone()
            .or_else(|| partition.default_audience().map(str::to_owned))
            .unwrap_or_else(|| self.acs_url(partition))
    }
}

/// One app instance.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// Unchanging; part of the embed link.
    pub id: AppId,
    /// The SAML entity id: every assertion's issuer. Set once, at the app's making; AWS compares it with the metadata
    /// it was given, so it outlives a change of the public URL.
    pub issuer: String,
    /// What people see on the tile, 1 to 100 characters.
    pub label: String,
    /// Usable or not.
    pub status: AppStatus,
    /// `settings.app`.
    pub settings: AwsAppSettings,
    /// `credentials.userNameTemplate.template`: `${source.login}` (default), `${source.email}`.
    pub user_name_template: String,
    /// `credentials.signing.kid`: the active signing key.
    pub signing_key: KeyId,
    /// The rest of Okta's object (`visibility`, `accessibility`, `settings.signOn`, `settings.notes` …) as it came.
    pub document: Map<String, Value>,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
}

impl App {
    /// Whether people can launch it.
    pub fn is_active(&self) -> bool {
        self.status == AppStatus::Active
    }
}
