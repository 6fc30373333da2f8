//! Rules about the `Role` attribute and `SessionDuration`.

use domain::Seconds;

use super::{Finding, shown};
use crate::response::{AwsResponse, SentRole};

const NOT_AUTHORIZED: &str = "Not authorized to perform sts:AssumeRoleWithSAML";
const DURATION_TOO_LONG: &str = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";

pub(super) fn check(response: &AwsResponse) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(first) = response.roles.first() else {
        return vec![
            Finding::error(
                "no_roles",
                "no role is to be sent",
                "assign a role in this app to the person or to one of the person's groups",
            )
            .answered("Your request included an invalid SAML response. To logout, click here."),
        ];
    };
    for sent in &response.roles {
        findings.extend(pair(sent));
    }
    if let Some(other) = response.roles.iter().find(|sent| sent.role.partition() != first.role.partition()) {
        findings.push(Finding::error(
            "several_partitions",
            format!(
                "roles of two AWS partitions are in one response: {} and {}",
                shown(&first.role.to_string()),
                shown(&other.role.to_string())
            ),
            "launch the roles of each partition apart: each partition has its own sign-in page",
        ));
    }
    if let Some(duration) = response.session_duration {
        findings.extend(session_duration(duration, &response.roles));
    }
    findings
}

fn pair(sent: &SentRole) -> Vec<Finding> {
    let SentRole { provider, role, .. } = sent;
    let mut findings = Vec::new();
    if (provider.account(), provider.partition()) != (role.account(), role.partition()) {
        findings.push(
            Finding::error(
                "provider_elsewhere",
                format!(
                    "role {} is paired with SAML provider {}",
                    shown(&role.to_string()),
                    shown(&provider.to_string())
                ),
                "AWS wants role and SAML provider in one account: create the provider in the role's account",
            )
            .answered(NOT_AUTHORIZED),
        );
    }
    if role.is_reserved_sso() {
        findings.push(
            Finding::error(
                "reserved_role",
                format!("role {} belongs to IAM Identity Center", shown(&role.to_string())),
                "enter it through IAM Identity Center, or assign a role of your own: AWS never lets SAML into these",
            )
            .answered(NOT_AUTHORIZED),
        );
    }
    if role.is_service_linked() {
        findings.push(
            Finding::error(
                "service_linked_role",
                format!("role {} belongs to an AWS service", shown(&role.to_string())),
                "assign another role: nobody can enter service-linked roles",
            )
            .answered(NOT_AUTHORIZED),
        );
    }
    if role.path().contains(',') || role.name().as_str().contains(',') {
        findings.push(Finding::warning(
            "comma_in_role",
            format!("role {} has a comma in its name or path", shown(&role.to_string())),
            "rename the role: command-line clients split the value at every comma",
        ));
    }
    findings
}

fn session_duration(duration: Seconds, roles: &[SentRole]) -> Option<Finding> {
    if !(900..=43_200).contains(&duration) {
        return Some(Finding::error(
            "session_duration",
            format!("the session duration is {duration} seconds"),
            "set `sessionDuration` to 900 (15 minutes) up to 43200 (12 hours)",
        ));
    }
    let mut shorter = roles.iter().filter(|sent| sent.max_session_duration.is_some_and(|most| most < duration));
    let first = shorter.next()?;
    let most = first.max_session_duration.unwrap_or_default();
    let role = shown(&first.role.to_string());
    if let [_] = roles {
        let what = format!("the session duration is {duration} seconds, but role {role} allows {most}");
        let fix = format!("send {most} seconds, or raise the role's MaxSessionDuration");
        return Some(Finding::error("duration_above_role_maximum", what, fix).answered(DURATION_TOO_LONG));
    }
    let count = 1 + shorter.count();
    Some(
        Finding::warning(
            "duration_above_role_maximum",
            format!("the session duration is {duration} seconds, but {count} of {} roles allow less, first {role} with {most}", roles.len()),
            "set `allRolesDuration` to `smallest`, or raise these roles' MaxSessionDuration: command-line clients fail on them",
        )
        .answered(DURATION_TOO_LONG),
    )
}
