//! What a launch would say to AWS, for any user and any role, without a signature: looking at it hands out no way in.

use domain::{AppId, RoleArn, Seconds, UserId};
use entitlement::{Catalogue, Usability};
use saml::SentRole;

use crate::{
    assertion::{self, Draft},
    caller::Caller,
    entitlements::{self, AppRoles},
    error::{Error, Result},
    finding::{Finding, Severity},
    known_app::KnownApp,
    launch_role,
    services::Services,
    signing::Signing,
};

/// What a launch would be.
#[derive(Debug)]
pub struct Preview {
    /// Whether it would be sent: no finding is an error.
    pub would_launch: bool,
    /// Errors first.
    pub findings: Vec<Finding>,
    /// Where it would go.
    pub acs_url: String,
    /// For whom it is meant.
    pub audience: String,
    /// Our entity id.
    pub issuer: String,
    /// `NameID`.
    pub name_id: String,
    /// `RoleSessionName`.
    pub role_session_name: String,
    /// `SessionDuration` in seconds.
    pub session_duration: Option<Seconds>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// Key and value of each session tag.
    pub session_tags: Vec<(String, String)>,
    /// `RelayState`.
    pub relay_state: Option<String>,
    /// The roles in it.
    pub roles: Vec<RoleArn>,
    /// Characters of base64 that would be posted.
    pub encoded_len: usize,
    /// The response, indented, without signatures; absent where it cannot be written.
    pub xml: Option<String>,
}

/// Previews a launch of one role, or of all (`role` absent).
///
/// # Errors
/// `Forbidden` without administrator rights for somebody else; `NotFound` for no such app or user; `Store`, `Keys`.
pub async fn preview_launch(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    user: &UserId,
    role: Option<&RoleArn>,
) -> Result<Preview> {
    caller.must_be_or_read(user)?;
    let revision = services.store.entitlement_revision().await?;
    let user = services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))?;
    let has = entitlements::at(services, &user, app, revision).await?;
    let mut findings = Vec::new();
    if !user.is_active() {
        let what = format!("`{}` is `{}`, and only `ACTIVE` users launch roles", user.profile.login, user.status);
        findings.push(Finding::error("user_not_active", what, "activate, unsuspend or unlock the user"));
    }
    let roles = if let Some(role) = role {
        one(services, &has, role, revision, &mut findings).await?
    } else {
        let (sent, left_out) = launch_role::of_one_partition(&has);
        findings.extend(left_out);
        sent.into_iter().filter_map(launch_role::sent_role).collect()
    };
    let signing = Signing::of(services, has.app()).await?;
    let draft = Draft {
        app: has.app(),
        user: &user,
        user_name: has.access.user_name.as_deref(),
        roles,
        authn_instant: services.now(),
        relay_state: None,
        in_response_to: None,
    };
    let mut composed = assertion::compose(services, &signing, draft);
    findings.append(&mut composed.findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let said = composed.response;
    Ok(Preview {
        would_launch: !findings.iter().any(Finding::forbids),
        findings,
        acs_url: said.acs_url,
        audience: said.audience,
        issuer: said.issuer,
        name_id: said.name_id.value,
        role_session_name: said.role_session_name,
        session_duration: said.session_duration,
        source_identity: said.source_identity,
        session_tags: said.session_tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        relay_state: composed.relay_state,
        roles: said.roles.into_iter().map(|sent| sent.role).collect(),
        encoded_len: composed.encoded_len,
        xml: composed.unsigned.map(|unsigned| unsigned.preview()),
    })
}

/// The role as it would be sent, whether or not the user has it; what stands in the way is a finding.
async fn one(
    services: &Services,
    has: &AppRoles,
    role: &RoleArn,
    revision: i64,
    findings: &mut Vec<Finding>,
) -> Result<Vec<SentRole>> {
    if let Some(entitlement) = has.access.role(role) {
        if let Usability::Refused { refusal } = &entitlement.usability {
            findings.push(Finding::of_entitlement(Severity::Error, refusal));
        }
        findings.extend(assertion::warnings(&entitlement.usability));
        return Ok(launch_role::sent_role(entitlement).into_iter().collect());
    }
    let label = &has.app().label;
    let what = format!("`{role}` is not among the roles that the user has in `{label}`");
    findings.push(Finding::error("role_not_assigned", what, "ask `explain` why, and what would give it"));
    let known = KnownApp::at(services, &has.app().id, revision).await?;
    let maximum = match &known {
        Some(known) => {
            let catalogue = known.catalogue(services, std::slice::from_ref(role)).await?;
            catalogue.role(role).map(|known| known.max_session_duration)
        }
        None => None,
    };
    Ok(entitlement::trust::provider_for(has.app(), role)
        .into_iter()
        .map(|provider| SentRole { provider, role: role.clone(), max_session_duration: maximum })
        .collect())
}
