//! Does a role's trust policy let our SAML provider in? Judged before anybody clicks, because AWS answers every
//! failure with one sentence: `Not authorized to perform sts:AssumeRoleWithSAML`.
//!
//! IAM's evaluation in small: every statement is compared with the request that our assertion makes; an explicit deny
//! wins. What is known only when AWS is asked (source address, time, the person) leaves the answer open, so the logic
//! has three values. Rules: IAM user guide, "Policy evaluation logic", "Condition operators", "Available keys for SAML".

mod condition;
mod document;
mod facts;
mod ternary;
mod verdict;
mod wildcard;

use std::borrow::Cow;

use domain::{
    App, ProviderArn, RoleArn,
    app::SessionTag,
    aws::{AwsRole, TrustVerdict},
};

use crate::mapping::RoleValuePattern;

pub(crate) use verdict::{provider_missing, reserved_sso, service_linked};

/// What our assertion says to AWS when it asks for one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustQuestion {
    /// The role.
    pub role: RoleArn,
    /// Our provider, in the role's account.
    pub provider: ProviderArn,
    /// The ACS URL that the assertion is sent to: AWS's `saml:aud` is the recipient, not the audience.
    pub recipient: String,
    /// The entity id, `saml:iss`; left open when absent.
    pub issuer: Option<String>,
    /// The session tags that are sent; empty: none.
    pub tags: Vec<SessionTag>,
    /// Whether a source identity is sent.
    pub source_identity: SourceIdentity,
}

/// Whether the assertion carries a source identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceIdentity {
    /// It does: the role must allow `sts:SetSourceIdentity`.
    Sent,
    /// It does not.
    NotSent,
}

/// Which provider an app sends, as far as that does not depend on the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderRule {
    /// The one of this name in the role's account: with `useGroupMapping` as `roleValuePattern` writes it, else as in
    /// `identityProviderArn`.
    Named(String),
    /// `roleValuePattern` takes its name from the group's.
    Varies,
    /// The app names none.
    Missing,
}

impl ProviderRule {
    /// The rule of an app.
    pub fn of(app: &App) -> Self {
        let settings = &app.settings;
        if settings.use_group_mapping {
            return RoleValuePattern::provider_name_in(&settings.role_value_pattern).map_or(Self::Varies, Self::Named);
        }
        let provider = settings.identity_provider_arn.as_ref();
        provider.map_or(Self::Missing, |provider| Self::Named(provider.name().to_owned()))
    }

    /// The provider in the account of `role`.
    pub fn beside(&self, role: &RoleArn) -> Option<ProviderArn> {
        match self {
            Self::Named(name) => ProviderArn::new(role.partition(), role.account(), name).ok(),
            Self::Varies | Self::Missing => None,
        }
    }
}

/// The provider that `app` sends with `role`, where [`ProviderRule`] names one.
pub fn provider_for(app: &App, role: &RoleArn) -> Option<ProviderArn> {
    ProviderRule::of(app).beside(role)
}

impl TrustQuestion {
    /// The question that `app` asks for `role`; `None` where [`provider_for`] names no provider.
    pub fn of_app(app: &App, role: &RoleArn) -> Option<Self> {
        provider_for(app, role).map(|provider| Self::with_provider(app, role, provider))
    }

    /// The question that `app` asks for `role` with this provider.
    fn with_provider(app: &App, role: &RoleArn, provider: ProviderArn) -> Self {
        let settings = &app.settings;
        Self {
            role: role.clone(),
            provider,
            recipient: settings.acs_url(role.partition()),
            issuer: Some(app.issuer.clone()),
            tags: settings.session_tags.clone(),
            source_identity: match settings.source_identity {
                Some(_) => SourceIdentity::Sent,
                None => SourceIdentity::NotSent,
            },
        }
    }
}

/// The verdict that discovery stores beside a role: [`evaluate`] with the app's own question, for the provider that
/// [`provider_for`] names. Without one: refused with `identity_provider_arn_missing`, or open with `provider_varies`.
pub fn judge(app: &App, role: &RoleArn, policy_json: &str) -> TrustVerdict {
    match TrustQuestion::of_app(app, role) {
        Some(question) => evaluate(policy_json, &question),
        None if app.settings.use_group_mapping => verdict::provider_varies(),
        None => provider_missing(),
    }
}

/// The verdict on a role for the provider that is sent: the stored one where it was made for it (`sends` is the app's),
/// else made now.
pub(crate) fn verdict_for<'a>(
    app: &App,
    sends: &ProviderRule,
    role: &'a AwsRole,
    provider: Option<&ProviderArn>,
) -> Cow<'a, TrustVerdict> {
    match (provider, sends) {
        (Some(provider), ProviderRule::Named(name)) if provider.name() == name => Cow::Borrowed(&role.verdict),
        (Some(provider), _) => {
            let question = TrustQuestion::with_provider(app, &role.arn, provider.clone());
            Cow::Owned(evaluate(&role.trust_policy, &question))
        }
        (None, _) => Cow::Borrowed(&role.verdict),
    }
}

/// Evaluates a trust policy (`AssumeRolePolicyDocument`, percent-decoded). Total: bad input is a verdict
/// (`unparsable`), never a panic. At most 16 KiB, twice IAM's own largest quota, is looked at.
pub fn evaluate(policy_json: &str, question: &TrustQuestion) -> TrustVerdict {
    if question.role.is_reserved_sso() {
        return reserved_sso(&question.role);
    }
    if question.role.is_service_linked() {
        return service_linked(&question.role);
    }
    match document::parse(policy_json) {
        Ok(policy) => verdict::of_policy(&policy, question),
        Err(malformed) => verdict::unparsable(&malformed.0),
    }
}

#[cfg(test)]
mod tests;
