//! The same for an app with `useGroupMapping`: from the person over the groups to the role.

use domain::{Group, RoleArn};

use super::{Explanation, Step, StepOutcome, app_step, checks, concluded, granted_step, hidden_step, user_step};
use crate::{
    AssignedTo, Catalogue, Reason, RoleField,
    check::Subject,
    grant::{Hidden, group_reason},
    mapping::{Diagnosis, Mapping, MappingError, MemberGroups, Sources},
    trust::ProviderRule,
};

/// Groups that a suggestion names, and near misses that are told.
const MAX_TOLD: usize = 3;

/// What the names of groups say.
#[derive(Debug, Clone, Copy)]
pub struct MappedBy<'a> {
    /// The app's mapping, or why it cannot be used.
    pub mapping: Result<&'a Mapping, &'a [MappingError]>,
    /// The groups that the user is in.
    pub groups: &'a MemberGroups<'a>,
    /// Where groups come from.
    pub sources: &'a Sources,
    /// Groups that make the role and that the user is not in; leave it empty when they are not at hand.
    pub others: &'a [Group],
}

/// Explains. `catalogue` has to know the role and those that the names of the user's groups make.
pub fn explain_mapping(to: AssignedTo<'_>, role: &RoleArn, by: MappedBy<'_>, catalogue: &dyn Catalogue) -> Explanation {
    let mut steps = vec![app_step(to), user_step(to), assigned_step(to)];
    let found = by.mapping.ok().and_then(|mapping| {
        let has = mapping.of_person(by.groups, by.sources).decided(to.app, catalogue);
        has.into_iter().find(|entitlement| entitlement.role == *role)
    });
    let (provider, reasons) = found.map_or((None, Vec::new()), |found| (found.provider, found.reasons));
    steps.extend(reasons.iter().map(|reason| granted_step(reason, role, provider.as_ref())));
    match by.mapping {
        Err(errors) => steps.extend(errors.iter().map(unusable_step)),
        Ok(mapping) if reasons.is_empty() => {
            steps.push(not_mapped_step(to, role, by));
            steps.extend(near_misses(to, role, mapping, by, catalogue));
        }
        Ok(_) => {}
    }
    let outcome = if reasons.is_empty() { StepOutcome::Failed } else { StepOutcome::Passed };
    let assignments = assignments_that_name(to, role);
    steps.extend(assignments.iter().map(|reason| hidden_step(outcome, reason, &Hidden::Mapping)));
    let sends = ProviderRule::of(to.app);
    let provider = provider.or_else(|| sends.beside(role));
    steps.extend(checks(&Subject::look_up(to.app, &sends, role, provider.as_ref(), catalogue)));
    concluded(to, role, reasons, steps)
}

fn assigned_step(to: AssignedTo<'_>) -> Step {
    let (login, label) = (&to.user.profile.login, &to.app.label);
    let through = to.groups.iter().map(|(_, group)| format!("through the group `{}`", group.name));
    let ways: Vec<String> =
        to.direct.map(|_| "directly".to_owned()).into_iter().chain(through).take(MAX_TOLD).collect();
    if ways.is_empty() {
        return Step::failed(
            "not_assigned",
            format!("`{login}` is not assigned to the app `{label}`, directly or through a group"),
            format!("assign a group that `{login}` is in (a management group) or `{login}` to the app `{label}`"),
        );
    }
    Step::passed("assigned_to_app", format!("`{login}` is assigned to the app `{label}` {}", ways.join(", ")))
}

fn unusable_step(error: &MappingError) -> Step {
    let what = format!("`{}` of the app cannot be used: {}", error.field.as_str(), error.message);
    Step::failed("mapping_unusable", what, error.hint.clone())
}

/// No group gives the role: say what would.
fn not_mapped_step(to: AssignedTo<'_>, role: &RoleArn, by: MappedBy<'_>) -> Step {
    let login = &to.user.profile.login;
    let count = by.groups.groups().count();
    let what = format!("none of the {count} group(s) that `{login}` is in makes `{role}` by its name");
    let names: Vec<String> = by.others.iter().take(MAX_TOLD).map(|group| format!("`{}`", group.name)).collect();
    let fix = if names.is_empty() {
        format!("put `{login}`, or a management group of theirs, into a group whose name makes `{role}`")
    } else {
        format!("put `{login}`, or a management group of theirs, into {}", names.join(" or "))
    };
    Step::failed("role_not_mapped", what, fix)
}

/// Groups of the user that were probably meant to give the role.
fn near_misses(
    to: AssignedTo<'_>,
    role: &RoleArn,
    mapping: &Mapping,
    by: MappedBy<'_>,
    catalogue: &dyn Catalogue,
) -> Vec<Step> {
    let diagnosis = Diagnosis::new(to.app, mapping, by.sources);
    let (name, account) = (role.name().as_str().to_ascii_lowercase(), role.account().to_string());
    let meant = |group: &&Group| {
        let text = group.name.to_ascii_lowercase();
        text.contains(&name) && text.contains(&account)
            || diagnosis.role_in_another_case(&group.name).as_ref() == Some(role)
    };
    let missed =
        by.groups.groups().filter(meant).filter_map(|group| Some((group, diagnosis.of(group, catalogue).miss?)));
    missed
        .take(MAX_TOLD)
        .map(|(group, miss)| Step {
            outcome: StepOutcome::Failed,
            code: format!("near_miss_{}", miss.code.as_str()),
            what: format!("the user is in `{}`, which gives nothing: {}", group.name, miss.explanation),
            fix: miss.fix,
        })
        .collect()
}

/// The assignments that would give the role without `useGroupMapping`.
fn assignments_that_name(to: AssignedTo<'_>, role: &RoleArn) -> Vec<Reason> {
    let direct = to.direct.filter(|direct| direct.roles.effective().contains(role));
    let direct = direct.map(|direct| Reason::Direct { via: RoleField::of(&direct.roles) });
    let groups = to.groups.iter().filter(|(assignment, _)| assignment.roles.effective().contains(role));
    let groups = groups.map(|(assignment, group)| group_reason(assignment, group, RoleField::of(&assignment.roles)));
    direct.into_iter().chain(groups).collect()
}

#[cfg(test)]
mod tests;
