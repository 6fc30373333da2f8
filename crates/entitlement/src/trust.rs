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

use domain::{App, ProviderArn, RoleArn, app::SessionTag, aws::TrustVerdict};

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

impl TrustQuestion {
    /// The question that `app` asks for `role`; `None` while the app has no `identityProviderArn`.
    pub fn of_app(app: &App, role: &RoleArn) -> Option<Self> {
        let settings = &app.settings;
        let provider = settings.identity_provider_arn.as_ref()?;
        Some(Self {
            role: role.clone(),
            provider: provider.beside(role),
            recipient: settings.acs_url(role.partition()),
            issuer: Some(app.issuer.clone()),
            tags: settings.session_tags.clone(),
            source_identity: match settings.source_identity {
                Some(_) => SourceIdentity::Sent,
                None => SourceIdentity::NotSent,
            },
        })
    }
}

/// The verdict that discovery stores beside a role: [`evaluate`] with the app's own question.
/// Refused with `identity_provider_arn_missing` while the app has no provider.
pub fn judge(app: &App, role: &RoleArn, policy_json: &str) -> TrustVerdict {
    match TrustQuestion::of_app(app, role) {
        Some(question) => evaluate(policy_json, &question),
        None => provider_missing(),
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
