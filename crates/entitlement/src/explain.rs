//! Why a user has a role, or has not: the steps of the decision in their order, each with what to do where it failed.
//!
//! Decided by the same code as [`crate::assigned()`] and [`crate::mapping`]: [`Explanation::granted`] is true exactly
//! when the role is in their answer and can be launched.

mod mapping;

use domain::{AppStatus, Group, GroupAssignment, ProviderArn, RoleArn};
use serde::Serialize;

use crate::{
    AssignedTo, Catalogue, Finding, Reason,
    check::{Answer, Check, Subject},
    grant::{Grants, Hidden},
    trust::ProviderRule,
};

pub use mapping::{MappedBy, explain_mapping};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepOutcome {
    /// As it should be.
    Passed,
    /// Not in the way, but AWS may see it otherwise.
    Warned,
    /// This keeps the user out.
    Failed,
}

/// One step of the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// How it ended.
    pub outcome: StepOutcome,
    /// A stable word: `app_active`, `user_active`, `assigned_directly`, `hidden_by_direct_assignment`, `role_vanished` …
    pub code: String,
    /// One sentence.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// The whole decision for one user and one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The role that was asked for.
    pub role: RoleArn,
    /// Whether the user can enter it now.
    pub granted: bool,
    /// The assignments that give it, whether or not it can be entered.
    pub reasons: Vec<Reason>,
    /// In the order of the decision.
    pub steps: Vec<Step>,
    /// One sentence that sums up.
    pub conclusion: String,
}

/// Explains. `other_groups` are the app's assigned groups that the user is *not* a member of: they show what would
/// give the role; leave it empty when they are not at hand.
pub fn explain(
    to: AssignedTo<'_>,
    role: &RoleArn,
    other_groups: &[(GroupAssignment, Group)],
    catalogue: &dyn Catalogue,
) -> Explanation {
    let mut steps = vec![app_step(to), user_step(to)];
    let grants = Grants::of(to);
    let reasons: Vec<Reason> =
        grants.granted.iter().find(|(arn, _)| arn == role).map(|(_, reasons)| reasons.clone()).unwrap_or_default();
    steps.extend(reasons.iter().map(|reason| granted_step(reason, role, None)));
    if reasons.is_empty() {
        steps.push(not_assigned_step(to, role, &grants, other_groups));
    }
    // Assignments that name the role and do not count: the cause when nothing else gives it, a remark otherwise.
    let outcome = if reasons.is_empty() { StepOutcome::Failed } else { StepOutcome::Passed };
    let hidden = grants.hidden.iter().filter(|(arn, ..)| arn == role);
    steps.extend(hidden.map(|(_, reason, hidden)| hidden_step(outcome, reason, hidden)));
    let sends = ProviderRule::of(to.app);
    let provider = sends.beside(role);
    steps.extend(checks(&Subject::look_up(to.app, &sends, role, provider.as_ref(), catalogue)));
    concluded(to, role, reasons, steps)
}

fn checks(subject: &Subject<'_>) -> Vec<Step> {
    Check::ALL.into_iter().filter_map(|check| check_step(check, subject)).collect()
}

fn concluded(to: AssignedTo<'_>, role: &RoleArn, reasons: Vec<Reason>, steps: Vec<Step>) -> Explanation {
    let granted = steps.iter().all(|step| step.outcome != StepOutcome::Failed);
    let conclusion = conclusion(to, role, &steps);
    Explanation { role: role.clone(), granted, reasons, steps, conclusion }
}

impl Step {
    fn passed(code: &str, what: String) -> Self {
        Self { outcome: StepOutcome::Passed, code: code.to_owned(), what, fix: None }
    }

    fn failed(code: &str, what: String, fix: String) -> Self {
        Self { outcome: StepOutcome::Failed, code: code.to_owned(), what, fix: Some(fix) }
    }

    fn of(outcome: StepOutcome, finding: Finding) -> Self {
        Self { outcome, code: finding.code, what: finding.explanation, fix: finding.fix }
    }
}

fn app_step(to: AssignedTo<'_>) -> Step {
    let label = &to.app.label;
    match to.app.status {
        AppStatus::Active => Step::passed("app_active", format!("the app `{label}` is active")),
        AppStatus::Inactive => Step::failed(
            "app_inactive",
            format!("the app `{label}` is not active"),
            format!("activate the app `{label}`"),
        ),
    }
}

fn user_step(to: AssignedTo<'_>) -> Step {
    let (login, status) = (&to.user.profile.login, to.user.status);
    if to.user.is_active() {
        return Step::passed("user_active", format!("the user `{login}` is active"));
    }
    let fix = format!("bring `{login}` back to `ACTIVE` (activate, unsuspend, unlock or reset the password)");
    Step::failed(
        "user_not_active",
        format!("the user `{login}` is `{status}`, and only `ACTIVE` users launch roles"),
        fix,
    )
}

fn granted_step(reason: &Reason, role: &RoleArn, provider: Option<&ProviderArn>) -> Step {
    match reason {
        Reason::Direct { via } => {
            Step::passed("assigned_directly", format!("the user's own assignment gives `{role}` (`{}`)", via.as_str()))
        }
        Reason::Group { name, priority, via, .. } => Step::passed(
            "assigned_by_group",
            format!("the group `{name}` (priority {priority}) gives `{role}` (`{}`)", via.as_str()),
        ),
        Reason::Mapping { group_name, path, source, captured, .. } => {
            let way: Vec<String> = path.iter().map(|place| format!("`{}`", place.name)).collect();
            let taken: Vec<String> = captured.iter().map(|(part, text)| format!("{part} `{text}`")).collect();
            let taken = if taken.is_empty() { String::new() } else { format!(", takes {}", taken.join(", ")) };
            let provider = provider.map_or(String::new(), |provider| format!("{provider},"));
            let what = format!(
                "the user is in {}; the group filter matches `{group_name}` (from `{source}`){taken}, and the role value pattern makes `{provider}{role}` of it",
                way.join(", which is in ")
            );
            Step::passed("mapped_by_group", what)
        }
    }
}

/// No assignment that counts names the role: say what the user has instead, and what would give it.
fn not_assigned_step(
    to: AssignedTo<'_>,
    role: &RoleArn,
    grants: &Grants,
    other_groups: &[(GroupAssignment, Group)],
) -> Step {
    let login = &to.user.profile.login;
    if to.direct.is_none() && to.groups.is_empty() {
        let what = format!("`{login}` is not assigned to the app `{}`, directly or through a group", to.app.label);
        return Step::failed("not_assigned", what, suggestion(to, role, other_groups));
    }
    let (roles, groups) = (grants.granted.len(), to.groups.len());
    let directly = if to.direct.is_some() { "directly and " } else { "" };
    let what = format!(
        "`{login}` is assigned {directly}through {groups} group(s), which give {roles} role(s), but not `{role}`"
    );
    Step::failed("role_not_assigned", what, suggestion(to, role, other_groups))
}

fn suggestion(to: AssignedTo<'_>, role: &RoleArn, other_groups: &[(GroupAssignment, Group)]) -> String {
    let login = &to.user.profile.login;
    let giving = other_groups.iter().filter(|(assignment, _)| assignment.roles.effective().contains(role));
    let names: Vec<String> = giving.take(3).map(|(_, group)| format!("`{}`", group.name)).collect();
    if names.is_empty() {
        format!("assign `{role}` to `{login}` or to one of the user's groups")
    } else {
        format!("add `{login}` to a group that gives it ({}), or assign `{role}` to `{login}`", names.join(", "))
    }
}

fn hidden_step(outcome: StepOutcome, reason: &Reason, hidden: &Hidden) -> Step {
    let by = reason.subject();
    let (code, why, fix) = match hidden {
        Hidden::DirectAssignment => (
            "hidden_by_direct_assignment",
            "the user is also assigned directly, which hides the roles of groups while `joinAllRoles` is off"
                .to_owned(),
            "turn on `joinAllRoles`, remove the direct assignment, or add the role to it".to_owned(),
        ),
        Hidden::Priority { winner } => (
            "hidden_by_priority",
            format!("only the group of the highest priority counts (`{winner}`) while `combineGroupRoles` is off"),
            format!("turn on `combineGroupRoles`, raise this group's priority, or add the role to `{winner}`"),
        ),
        Hidden::SamlRoles => (
            "hidden_by_saml_roles",
            "its `role` is not looked at because `samlRoles` are chosen".to_owned(),
            "add the role to `samlRoles`".to_owned(),
        ),
        Hidden::Mapping => (
            "hidden_by_group_mapping",
            "assignments give no roles while `useGroupMapping` is on".to_owned(),
            "put the user into a group whose name makes the role, or turn off `useGroupMapping`".to_owned(),
        ),
    };
    let fix = (outcome == StepOutcome::Failed).then_some(fix);
    Step { outcome, code: code.to_owned(), what: format!("{by} names this role too, but {why}"), fix }
}

fn check_step(check: Check, subject: &Subject<'_>) -> Option<Step> {
    match check.ask(subject) {
        Answer::NotAsked => None,
        Answer::Passed => Some(Step::passed(check.code(), check.passed(subject))),
        Answer::Warned(finding) => Some(Step::of(StepOutcome::Warned, finding)),
        Answer::Failed(finding) => Some(Step::of(StepOutcome::Failed, finding)),
    }
}

fn conclusion(to: AssignedTo<'_>, role: &RoleArn, steps: &[Step]) -> String {
    let login = &to.user.profile.login;
    if let Some(step) = cause(steps) {
        return format!("`{login}` cannot enter `{role}`: {}", step.what);
    }
    match steps.iter().find(|step| step.outcome == StepOutcome::Warned) {
        Some(step) => format!("`{login}` can try to enter `{role}`, but: {}", step.what),
        None => format!("`{login}` can enter `{role}`"),
    }
}

/// The first step that failed; where that is only that nothing gives the role, the assignment or the group that was
/// meant to give it says more.
fn cause(steps: &[Step]) -> Option<&Step> {
    let mut failed = steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    let first = failed.next()?;
    let nothing_gives = matches!(first.code.as_str(), "role_not_assigned" | "role_not_mapped");
    let meant = failed.find(|step| step.code.starts_with("hidden_by_") || step.code.starts_with("near_miss_"));
    meant.filter(|_| nothing_gives).or(Some(first))
}

#[cfg(test)]
mod tests;
