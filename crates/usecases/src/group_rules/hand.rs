//! What hands do beside the rules: take somebody out of a group that a rule put them into, or remove the group.

use domain::{Group, GroupId, GroupRule, GroupRuleId, GroupRuleStatus, User};
use entitlement::rule::GroupTest;
use ports::UnitOfWork;

use super::{active_rules, check, existing, person::apply_rules, target};
use crate::{audit::EventDraft, caller::Caller, error::Result, services::Services};

/// The rule that put a person into a group, if one did.
///
/// # Errors
/// `Store`.
pub(crate) async fn rule_behind(unit: &mut dyn UnitOfWork, user: &User, group: &Group) -> Result<Option<GroupRuleId>> {
    let ruled = unit.ruled_groups(&user.id).await?;
    Ok(ruled.into_iter().find(|(_, of)| *of == group.id).map(|(rule, _)| rule))
}

/// A person was taken out of a group by hand: makes them an exception of the rule that had put them there (`by`) and of
/// those that would put them back, and applies the rules to what is left.
///
/// # Errors
/// `State` when a rule has as many exceptions as it may have.
pub(crate) async fn taken_out(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    user: &User,
    group: &Group,
    by: Option<GroupRuleId>,
) -> Result<()> {
    let mut rules = active_rules(services).await?;
    let groups = unit.groups_without_rules(&user.id).await?;
    let is_in = |test: &GroupTest| groups.iter().any(|group| test.is_met_by(group));
    for ready in &mut rules {
        if ready.rule.groups.contains(&group.id) && ready.wants(user, &is_in) {
            except(services, caller, unit, user, group, &mut ready.rule).await?;
        }
    }
    if let Some(by) = by.filter(|by| rules.iter().all(|ready| ready.rule.id != *by)) {
        // It is switched off, and would put them back when it is switched on.
        except(services, caller, unit, user, group, &mut existing(services, &by).await?).await?;
    }
    apply_rules(services, caller, unit, user, &rules).await
}

async fn except(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    user: &User,
    group: &Group,
    rule: &mut GroupRule,
) -> Result<()> {
    if rule.excluded.contains(&user.id) {
        return Ok(());
    }
    check::exceptions(rule)?;
    rule.excluded.push(user.id.clone());
    rule.last_updated = services.now();
    unit.update_group_rule(rule).await?;
    let message = "User added to exclusion list for group rule";
    let event = EventDraft::success("group.user_membership.rule.add_exclusion", message);
    let event = event.on_user(user).on_group(group).target(target(rule));
    Ok(unit.append_event(&event.by(services, caller)).await?)
}

/// Marks rules that name a group which is being removed: they count no more until they are changed.
///
/// # Errors
/// `Store`.
pub(crate) async fn groups_are_gone(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    gone: &GroupId,
) -> Result<()> {
    for mut rule in services.store.group_rules().await? {
        if !rule.groups.contains(gone) {
            continue;
        }
        rule.groups.retain(|group| group != gone);
        rule.status = GroupRuleStatus::Invalid;
        rule.last_updated = services.now();
        unit.update_group_rule(&rule).await?;
        let event = EventDraft::failure(
            "group.user_membership.rule.invalidate",
            "A group of a group rule was removed",
            "GROUP_REMOVED",
        );
        unit.append_event(&event.target(target(&rule)).by(services, caller)).await?;
    }
    Ok(())
}
