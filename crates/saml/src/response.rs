//! What is said to AWS: one response with one assertion about one person and the roles that person may enter.
//!
//! [`AwsResponse`] is a draft in plain values. Whether AWS would take it is [`crate::preflight::check`]'s to say, in
//! words and all at once; writing it ([`crate::Unsigned::prepare`]) refuses only what XML cannot hold.

use domain::{Entropy, ProviderArn, RoleArn, Seconds, Timestamp};

use crate::name_id::NameId;

/// One value of the `Role` attribute, and what is known of the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRole {
    /// Our SAML provider in the role's account.
    pub provider: ProviderArn,
    /// The role.
    pub role: RoleArn,
    /// The role's `MaxSessionDuration` in seconds, where it is known. Not sent; the pre-flight check needs it.
    pub max_session_duration: Option<Seconds>,
}

/// One session tag, resolved for this person: `PrincipalTag:{key}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters; may be empty.
    pub value: String,
    /// Whether role chaining keeps it. A key is only ever listed as transitive together with its value, as AWS wants.
    pub transitive: bool,
}

/// When a response was made and how long it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// `IssueInstant`. AWS wants the assertion within five minutes of it, whatever `NotOnOrAfter` says.
    pub issue_instant: Timestamp,
    /// `Conditions/@NotBefore`.
    pub not_before: Timestamp,
    /// `NotOnOrAfter`, in `Conditions` and in `SubjectConfirmationData`.
    pub not_on_or_after: Timestamp,
}

impl Validity {
    /// Seconds before its making from which a response counts: room for a clock of AWS's that is behind ours.
    pub const LEEWAY_SECONDS: i64 = 60;
    /// Seconds after its making until which a response counts: AWS's own limit.
    pub const LIFETIME_SECONDS: i64 = 300;

    /// From a minute before `now` to five minutes after.
    pub const fn from(now: Timestamp) -> Self {
        Self {
            issue_instant: now,
            not_before: now.plus_seconds(-Self::LEEWAY_SECONDS),
            not_on_or_after: now.plus_seconds(Self::LIFETIME_SECONDS),
        }
    }
}

/// The identifiers of one response: 128 random bits each (SAML core §1.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseIds {
    /// `Response/@ID`.
    pub response: String,
    /// `Assertion/@ID`; this is what the log calls the launch.
    pub assertion: String,
    /// `AuthnStatement/@SessionIndex`.
    pub session_index: String,
}

impl ResponseIds {
    /// New identifiers. Each begins with `id`, since an XML identifier must not begin with a digit.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let id = || {
            let mut bytes = [0; 16];
            entropy.fill(&mut bytes);
            format!("id{:032x}", u128::from_be_bytes(bytes))
        };
        Self { response: id(), assertion: id(), session_index: id() }
    }
}

/// Everything that one sign-in to AWS says. Attribute names and rules: IAM user guide, "Configure SAML assertions for
/// the authentication response".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsResponse {
    /// Our entity id, as in the metadata that IAM holds.
    pub issuer: String,
    /// Where the browser posts it: `Destination` and `Recipient` (`saml:aud` in a trust policy).
    pub acs_url: String,
    /// `AudienceRestriction`.
    pub audience: String,
    /// `Subject/NameID`.
    pub name_id: NameId,
    /// `RoleSessionName`; make it with [`crate::RoleSessionName`].
    pub role_session_name: String,
    /// `Role`, at least one. One leads straight to the console, several to AWS's own chooser.
    pub roles: Vec<SentRole>,
    /// `SessionDuration`; AWS takes an hour when it is left out.
    pub session_duration: Option<Seconds>,
    /// `SourceIdentity`; the role's trust policy must allow `sts:SetSourceIdentity`.
    pub source_identity: Option<String>,
    /// `PrincipalTag:…`; the role's trust policy must allow `sts:TagSession`.
    pub session_tags: Vec<Tag>,
    /// When it was made and how long it may be used.
    pub validity: Validity,
    /// When the person proved who they are.
    pub authn_instant: Timestamp,
    /// Fresh for every response.
    pub ids: ResponseIds,
    /// The request that this answers; AWS sends none.
    pub in_response_to: Option<String>,
}
