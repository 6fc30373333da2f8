//! What the system log says of a launch. Okta has no event that names the AWS role; ours does.

use std::fmt::Write as _;

use domain::event::Target;
use entitlement::{Entitlement, Reason};
use saml::AwsResponse;

use super::{Outcome, Refusal, RoleChoice};
use crate::{
    audit::EventDraft, caller::Caller, entitlements::AppRoles, error::Result, finding::Finding, measures,
    services::Services,
};

const SSO: &str = "user.authentication.sso";
/// ARNs of an all-roles launch that the log spells out; the rest is counted.
const ARNS_IN_LOG: usize = 20;

/// Who asks for what.
pub(super) struct Record<'a> {
    pub(super) services: &'a Services,
    pub(super) caller: &'a Caller,
    pub(super) has: &'a AppRoles,
    /// Absent for all roles.
    pub(super) asked: Option<&'a RoleChoice>,
}

impl Record<'_> {
    /// Writes why not, and answers it.
    pub(super) async fn refuse(&self, findings: Vec<Finding>) -> Result<Outcome> {
        let code = findings.first().map_or("refused", |finding| finding.code.as_str()).to_owned();
        let draft = match code.as_str() {
            "not_assigned" | "app_inactive" | "role_not_assigned" => EventDraft::deny(
                "app.generic.unauth_app_access_attempt",
                "User attempted unauthorized access to app",
                code.as_str(),
            ),
            _ => EventDraft::failure(SSO, "User single sign on to app", code.as_str()),
        };
        let mut draft = draft.on_app(self.has.app());
        if let Some(asked) = self.asked {
            draft = draft.fact("askedFor", asked);
        }
        if let Some(finding) = findings.first() {
            draft = draft.fact("finding", &finding.what);
        }
        self.services.store.append_events(vec![draft.by(self.services, self.caller)]).await?;
        measures::launch_refused(&code);
        Ok(Outcome::Refused(Refusal { code, findings, app_label: self.has.app().label.clone() }))
    }

    /// Writes what is about to be sent; returns once it is on disk.
    pub(super) async fn launched(&self, said: &AwsResponse, sent: &[&Entitlement]) -> Result<()> {
        let mut draft = EventDraft::success(SSO, "User single sign on to app")
            .on_app(self.has.app())
            .fact("assertionId", &said.ids.assertion)
            .fact("roleSessionName", &said.role_session_name)
            .fact("acsUrl", &said.acs_url);
        if let Some(seconds) = said.session_duration {
            draft = draft.fact("sessionDuration", seconds);
        }
        draft = match (self.asked, sent) {
            (Some(_), [entitlement]) => one_role(draft, entitlement),
            _ => all_roles(draft, sent),
        };
        self.services.store.append_events(vec![draft.by(self.services, self.caller)]).await?;
        measures::launch_granted();
        Ok(())
    }
}

fn one_role(draft: EventDraft, entitlement: &Entitlement) -> EventDraft {
    let (role, account) = (&entitlement.role, &entitlement.account);
    draft
        .target(Target {
            id: account.id.to_string(),
            kind: "AwsAccount".to_owned(),
            alternate_id: account.alias.clone().unwrap_or_else(|| account.id.to_string()),
            display_name: account.name.clone(),
        })
        .target(Target {
            id: role.to_string(),
            kind: "AwsRole".to_owned(),
            alternate_id: role.to_string(),
            display_name: account.role_label(role),
        })
        .fact("roleArn", role)
        .fact("accountId", account.id)
        .fact("grantedBy", granted_by(&entitlement.reasons))
}

fn all_roles(draft: EventDraft, sent: &[&Entitlement]) -> EventDraft {
    let mut arns = String::new();
    for (index, entitlement) in sent.iter().take(ARNS_IN_LOG).enumerate() {
        let blank = if index == 0 { "" } else { " " };
        // Writing to a `String` does not fail.
        let _ = write!(arns, "{blank}{}", entitlement.role);
    }
    draft.fact("roleCount", sent.len()).fact("roleArns", arns)
}

/// `assignment (samlRoles); group Developers (samlRoles)`, or `group name (Cloud Admins > aws#prod#Admin#123456789012)`.
fn granted_by(reasons: &[Reason]) -> String {
    let words = reasons.iter().map(|reason| match reason {
        Reason::Direct { via } => format!("assignment ({})", via.as_str()),
        Reason::Group { name, via, .. } => format!("group {name} ({})", via.as_str()),
        Reason::Mapping { path, .. } => {
            let way: Vec<&str> = path.iter().map(|place| place.name.as_str()).collect();
            format!("group name ({})", way.join(" > "))
        }
    });
    words.collect::<Vec<_>>().join("; ")
}
