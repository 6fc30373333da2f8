//! Signs a person in to AWS: with one role, or with all roles that the person has.
//!
//! The entry in the system log is on disk before the assertion leaves. Whatever AWS would refuse is refused here, in
//! words; nothing is ever sent that the check calls wrong.

mod choice;
mod record;

use std::{collections::BTreeSet, sync::Arc};

use domain::{AppId, Partition, Seconds};
use entitlement::{Entitlement, Usability};
use saml::{SentRole, SignedResponse};

use crate::{
    assertion::{self, Composed, Draft},
    caller::Caller,
    entitlements::{self, AppRoles},
    error::Result,
    finding::{Finding, Severity},
    services::Services,
    sessions::LiveSession,
    signing::Signing,
};

pub use choice::RoleChoice;
use record::Record;

/// What is asked for beside the role.
#[derive(Debug, Clone, Copy, Default)]
pub struct LaunchOptions<'a> {
    /// Where the person wants to land in AWS; the app's own place when absent.
    pub relay_state: Option<&'a str>,
    /// The id of the request that this answers.
    pub in_response_to: Option<&'a str>,
}

/// How a launch ended. Both are in the system log.
#[derive(Debug)]
pub enum Outcome {
    /// Post it.
    Ready(Box<Launch>),
    /// Show why not.
    Refused(Refusal),
}

/// A form that signs a person in to AWS.
#[derive(Debug)]
pub struct Launch {
    /// Where the form goes.
    pub acs_url: String,
    /// What it carries; valid for five minutes. Never log it.
    pub response: SignedResponse,
    /// What it carries beside it.
    pub relay_state: Option<String>,
    /// The roles that were sent.
    pub roles: usize,
    /// `SessionDuration` in seconds.
    pub session_duration: Option<Seconds>,
    /// What will surprise.
    pub warnings: Vec<Finding>,
}

/// Why a launch did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable: the code of the first finding.
    pub code: String,
    /// At least one; errors first.
    pub findings: Vec<Finding>,
    /// The app's name for people.
    pub app_label: String,
}

/// Launches one role.
///
/// # Errors
/// `NotFound` for no such app; `Store`, `Keys`, `Internal`. Refusals are an [`Outcome`].
pub async fn one(
    services: &Services,
    caller: &Caller,
    live: &LiveSession,
    app: &AppId,
    choice: &RoleChoice,
    options: LaunchOptions<'_>,
) -> Result<Outcome> {
    let has = entitlements::at(services, &live.user, app, live.revision).await?;
    let record = Record { services, caller, has: &has, asked: Some(choice) };
    if let Some(finding) = not_allowed_at_all(&has) {
        return record.refuse(vec![finding]).await;
    }
    let entitlement = match choice.find(&has.access, &has.app().label) {
        Ok(entitlement) => entitlement,
        Err(finding) => return record.refuse(vec![finding]).await,
    };
    if let Usability::Refused { refusal } = &entitlement.usability {
        return record.refuse(vec![Finding::of_entitlement(Severity::Error, refusal)]).await;
    }
    let sent: Vec<&Entitlement> = vec![entitlement];
    send(&record, live, sent, assertion::warnings(&entitlement.usability), options).await
}

/// Launches all roles that the person has in the app's partition. Roles that cannot be entered, and roles of other
/// partitions, are left out with a warning.
///
/// # Errors
/// As [`one`].
pub async fn all(
    services: &Services,
    caller: &Caller,
    live: &LiveSession,
    app: &AppId,
    options: LaunchOptions<'_>,
) -> Result<Outcome> {
    let has = entitlements::at(services, &live.user, app, live.revision).await?;
    let record = Record { services, caller, has: &has, asked: None };
    if let Some(finding) = not_allowed_at_all(&has) {
        return record.refuse(vec![finding]).await;
    }
    let (sent, left_out) = of_one_partition(&has);
    if sent.is_empty() {
        return record.refuse(nothing_to_send(&has, left_out)).await;
    }
    send(&record, live, sent, left_out, options).await
}

/// The roles of an all-roles launch, and what is to be said of those that are left out: whoever has roles in one
/// partition only is sent there; of several partitions the app's own counts.
pub(crate) fn of_one_partition(has: &AppRoles) -> (Vec<&Entitlement>, Vec<Finding>) {
    let partitions: BTreeSet<Partition> = has.access.launchable().map(|each| each.role.partition()).collect();
    let own = assertion::environment(has.app());
    let partition = if partitions.len() == 1 { partitions.first().copied().unwrap_or(own) } else { own };
    let (sent, others): (Vec<_>, Vec<_>) =
        has.access.launchable().partition(|entitlement| entitlement.role.partition() == partition);
    let mut findings = Vec::new();
    if let Some(first) = others.first() {
        findings.push(Finding::warning(
            "other_partition_left_out",
            format!(
                "{} role(s) of other AWS partitions are left out of `{partition}`, first `{}`",
                others.len(),
                first.role
            ),
            "pick such a role by itself: each partition has its own sign-in page",
        ));
    }
    (sent, findings)
}

fn not_allowed_at_all(has: &AppRoles) -> Option<Finding> {
    let label = &has.app().label;
    if !has.app().is_active() {
        let what = format!("the app `{label}` is not active");
        return Some(Finding::error("app_inactive", what, "ask your administrator to activate it"));
    }
    (!has.access.assigned).then(|| {
        let what = format!("you are not assigned to the app `{label}`");
        Finding::error("not_assigned", what, "ask your administrator to assign you or one of your groups")
    })
}

/// Why there is nothing: the refusals of the roles that the person has, or that there are none.
fn nothing_to_send(has: &AppRoles, left_out: Vec<Finding>) -> Vec<Finding> {
    let label = &has.app().label;
    let refused = has.access.roles.iter().filter_map(|entitlement| match &entitlement.usability {
        Usability::Refused { refusal } => Some(Finding::of_entitlement(Severity::Error, refusal)),
        _ => None,
    });
    let mut findings: Vec<Finding> = refused.take(20).collect();
    if findings.is_empty() {
        let what = if left_out.is_empty() {
            format!("you are assigned to the app `{label}`, but with no role")
        } else {
            format!("none of your roles is in partition `{}`", assertion::environment(has.app()))
        };
        let fix = "ask your administrator for a role, or pick a single one in the portal";
        findings.push(Finding::error("no_roles", what, fix));
    }
    findings.extend(left_out);
    findings
}

/// What is sent of an entitlement. Its provider is there: a role without one is refused before.
pub(crate) fn sent_role(entitlement: &Entitlement) -> Option<SentRole> {
    Some(SentRole {
        provider: entitlement.provider.clone()?,
        role: entitlement.role.clone(),
        max_session_duration: entitlement.max_session_duration,
    })
}

async fn send(
    record: &Record<'_>,
    live: &LiveSession,
    sent: Vec<&Entitlement>,
    mut warnings: Vec<Finding>,
    options: LaunchOptions<'_>,
) -> Result<Outcome> {
    let services = record.services;
    let app = record.has.app();
    let signing: Arc<Signing> = Signing::of(services, app).await?;
    let draft = Draft {
        app,
        user: &live.user,
        user_name: record.has.access.user_name.as_deref(),
        roles: sent.iter().filter_map(|entitlement| sent_role(entitlement)).collect(),
        authn_instant: live.session.created,
        relay_state: options.relay_state,
        in_response_to: options.in_response_to,
    };
    let mut composed: Composed = assertion::compose(services, &signing, draft);
    let findings = std::mem::take(&mut composed.findings);
    if findings.iter().any(Finding::forbids) {
        return record.refuse(findings.into_iter().chain(warnings).collect()).await;
    }
    warnings.extend(findings);
    let (said, relay_state, response) = composed.sign(app, &signing)?;
    record.launched(&said, &sent).await?;
    Ok(Outcome::Ready(Box::new(Launch {
        acs_url: said.acs_url,
        response,
        relay_state,
        roles: sent.len(),
        session_duration: said.session_duration,
        warnings,
    })))
}
