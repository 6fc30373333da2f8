//! Applies every rule to one person, in the transaction in which something about the person changed.

use domain::{Group, GroupId, GroupRuleId, User};
use entitlement::rule::GroupTest;
use ports::UnitOfWork;

use super::{ReadyRule, active_rules, target};
use crate::{audit::EventDraft, caller::Caller, error::Result, manage_groups, services::Services};

/// Puts a person where the rules say; `user` is as it will be when `unit` is committed.
///
/// # Errors
/// `Store`.
pub(crate) async fn apply_to(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    user: &User,
) -> Result<()> {
    let rules = active_rules(services).await?;
    apply_rules(services, caller, unit, user, &rules).await
}

/// The same with rules as they will be.
pub(super) async fn apply_rules(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    user: &User,
    rules: &[ReadyRule],
) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let asks = rules.iter().any(|ready| !ready.expression.group_tests().is_empty());
    let groups = if asks { unit.groups_without_rules(&user.id).await? } else { Vec::new() };
    let now = unit.ruled_groups(&user.id).await?;
    let wanted = wanted(rules, user, &groups, &now);
    let (came, went) = unit.set_ruled_groups(&user.id, &wanted, services.now()).await?;
    // Rolegate does it, because of what the caller did.
    let system = Caller { origin: caller.origin.clone(), ..Caller::system() };
    let rule_of = |pairs: &[(GroupRuleId, GroupId)], group: &GroupId| {
        let rule = pairs.iter().find(|(_, of)| of == group).map(|(rule, _)| rule.clone());
        rule.and_then(|id| rules.iter().find(|ready| ready.rule.id == id)).map(|ready| target(&ready.rule))
    };
    for (group, pairs, draft) in came
        .iter()
        .map(|group| (group, &wanted, EventDraft::success("group.user_membership.add", "Add user to group by a rule")))
        .chain(went.iter().map(|group| {
            let event = "group.user_membership.remove";
            (group, &now, EventDraft::success(event, "Remove user from group by a rule"))
        }))
    {
        let shown = manage_groups::existing(services, group).await?;
        let mut event = draft.on_user(user).on_group(&shown);
        if let Some(rule) = rule_of(pairs, group) {
            event = event.target(rule);
        }
        unit.append_event(&event.by(services, &system)).await?;
    }
    Ok(())
}

/// What active rules want, and what inactive ones left.
fn wanted(
    rules: &[ReadyRule],
    user: &User,
    groups: &[Group],
    now: &[(GroupRuleId, GroupId)],
) -> Vec<(GroupRuleId, GroupId)> {
    let is_in = |test: &GroupTest| groups.iter().any(|group| test.is_met_by(group));
    let left = now.iter().filter(|(rule, _)| rules.iter().all(|ready| ready.rule.id != *rule)).cloned();
    let asked = rules.iter().filter(|ready| ready.wants(user, &is_in));
    let mut wanted: Vec<(GroupRuleId, GroupId)> = left.collect();
    for ready in asked {
        for group in &ready.rule.groups {
            // What two rules want, the first one has; unless the other one had it already.
            let had = now.iter().find(|(_, of)| of == group).map(|(rule, _)| rule);
            match wanted.iter_mut().find(|(_, of)| of == group) {
                None => wanted.push((ready.rule.id.clone(), group.clone())),
                Some(pair) if had == Some(&ready.rule.id) => pair.0 = ready.rule.id.clone(),
                Some(_) => {}
            }
        }
    }
    wanted
}
