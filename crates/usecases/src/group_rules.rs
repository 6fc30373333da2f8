//! Rules that put people into local groups, as Okta's: whoever an expression holds for.
//!
//! - A rule is made inactive and changed while inactive; switching it on is what counts, and can be previewed.
//! - An inactive rule leaves everybody where it put them; whoever it put somewhere is let go only while it is active.
//! - It never touches memberships that were made by hand or read from a directory.
//! - Whoever is taken out of a group by hand is not put back: they become an exception of the rule.
//! - In a rule's questions about groups, memberships that rules made do not count. So rules cannot feed each other, and
//!   their order makes no difference.
//!
//! People who are staged, provisioned or deactivated are left out until they are active.

mod check;
mod everybody;
mod hand;
mod person;
mod preview;

use domain::{GroupId, GroupRule, GroupRuleId, GroupRuleStatus, User, UserId, UserStatus, event::Target};
use entitlement::rule::Expression;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    services::Services,
};

pub(crate) use everybody::apply_if_groups_matter;
pub use everybody::{Applied, apply};
pub(crate) use hand::{groups_are_gone, rule_behind, taken_out};
pub(crate) use person::apply_to;
pub use preview::{Change, Preview, preview, preview_saved};

/// What an administrator decides of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Unique without regard to case, 1 to 50 characters.
    pub name: String,
    /// Who is meant.
    pub expression: String,
    /// At most 100 people whom it leaves alone.
    pub excluded: Vec<UserId>,
    /// 1 to 100 local groups.
    pub groups: Vec<GroupId>,
}

/// What becomes of the memberships that a rule made when it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// They stay, as if made by hand.
    Stay,
    /// They end.
    Leave,
}

/// Makes a rule; it counts once it is switched on.
///
/// # Errors
/// `Forbidden`; `Fields` names every mistake; `NotFound` for a group or person.
pub async fn create(services: &Services, caller: &Caller, new: NewRule) -> Result<GroupRule> {
    caller.must_manage()?;
    check::rule(services, &new).await?;
    check::number(services).await?;
    let now = services.now();
    let rule = GroupRule {
        id: GroupRuleId::generate(&*services.entropy),
        name: new.name,
        status: GroupRuleStatus::Inactive,
        expression: new.expression,
        excluded: new.excluded,
        groups: new.groups,
        created: now,
        last_updated: now,
    };
    let mut unit = services.store.begin().await?;
    unit.insert_group_rule(&rule).await?;
    let event = EventDraft::success("group.user_membership.rule.create", "Create group rule").target(target(&rule));
    unit.append_event(&event.fact("expression", &rule.expression).by(services, caller)).await?;
    unit.commit().await?;
    existing(services, &rule.id).await
}

/// One rule.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, id: &GroupRuleId) -> Result<GroupRule> {
    caller.must_read()?;
    existing(services, id).await
}

/// All rules, by name.
///
/// # Errors
/// `Forbidden`.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<GroupRule>> {
    caller.must_read()?;
    Ok(services.store.group_rules().await?)
}

/// Replaces an inactive rule.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Fields` as in [`create`]; `State` while it is active.
pub async fn replace(services: &Services, caller: &Caller, id: &GroupRuleId, new: NewRule) -> Result<GroupRule> {
    caller.must_manage()?;
    check::rule(services, &new).await?;
    let mut unit = services.store.begin().await?;
    let former = existing(services, id).await?;
    must_not_be_active(&former, "change")?;
    let rule = GroupRule {
        name: new.name,
        status: GroupRuleStatus::Inactive,
        expression: new.expression,
        excluded: new.excluded,
        groups: new.groups,
        last_updated: services.now(),
        ..former
    };
    unit.update_group_rule(&rule).await?;
    let event = EventDraft::success("group.user_membership.rule.update", "Update group rule").target(target(&rule));
    unit.append_event(&event.fact("expression", &rule.expression).by(services, caller)).await?;
    unit.commit().await?;
    existing(services, id).await
}

/// Switches a rule on and puts everybody where it says. Does nothing when it is on.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` when a group that it names is gone.
pub async fn activate(services: &Services, caller: &Caller, id: &GroupRuleId) -> Result<GroupRule> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let mut rule = existing(services, id).await?;
    match rule.status {
        GroupRuleStatus::Active => return Ok(rule),
        GroupRuleStatus::Invalid => {
            return Err(Error::State(StateError::NotNow(format!(
                "the rule `{}` names a group that is gone: change its groups first",
                rule.name
            ))));
        }
        GroupRuleStatus::Inactive => {}
    }
    rule.status = GroupRuleStatus::Active;
    rule.last_updated = services.now();
    unit.update_group_rule(&rule).await?;
    let event = EventDraft::success("group.user_membership.rule.activate", "Activate group rule").target(target(&rule));
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    everybody::apply(services).await?;
    Ok(rule)
}

/// Switches a rule off: nobody is put in or let go by it any more. Does nothing when it is off.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn deactivate(services: &Services, caller: &Caller, id: &GroupRuleId) -> Result<GroupRule> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let mut rule = existing(services, id).await?;
    if rule.status != GroupRuleStatus::Active {
        return Ok(rule);
    }
    rule.status = GroupRuleStatus::Inactive;
    rule.last_updated = services.now();
    unit.update_group_rule(&rule).await?;
    let event = EventDraft::success("group.user_membership.rule.deactivated", "Deactivate group rule");
    unit.append_event(&event.target(target(&rule)).by(services, caller)).await?;
    unit.commit().await?;
    Ok(rule)
}

/// Removes an inactive rule.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` while it is active.
pub async fn delete(services: &Services, caller: &Caller, id: &GroupRuleId, members: Members) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let rule = existing(services, id).await?;
    must_not_be_active(&rule, "remove")?;
    let stayed = match members {
        Members::Stay => unit.release_rule_members(id).await?,
        Members::Leave => 0,
    };
    let left = if members == Members::Leave { services.store.rule_members(id).await?.len() } else { 0 };
    unit.delete_group_rule(id).await?;
    let event = EventDraft::success("group.user_membership.rule.delete", "Delete group rule")
        .target(target(&rule))
        .fact("membersStayed", stayed)
        .fact("membersRemoved", left);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    if members == Members::Leave {
        // Whom this rule let go, another one may want.
        everybody::apply(services).await?;
    }
    Ok(())
}

fn must_not_be_active(rule: &GroupRule, what: &str) -> Result<()> {
    if rule.status == GroupRuleStatus::Active {
        return Err(Error::State(StateError::NotNow(format!(
            "the rule `{}` is active: deactivate it first, then {what} it",
            rule.name
        ))));
    }
    Ok(())
}

pub(crate) async fn existing(services: &Services, id: &GroupRuleId) -> Result<GroupRule> {
    services.store.group_rule(id).await?.ok_or_else(|| Error::not_found("GroupRule", id.as_str()))
}

/// A rule as the target of an event.
fn target(rule: &GroupRule) -> Target {
    Target {
        id: rule.id.to_string(),
        kind: "GroupRule".to_owned(),
        alternate_id: "unknown".to_owned(),
        display_name: rule.name.clone(),
    }
}

/// A rule, ready to judge people.
struct ReadyRule {
    rule: GroupRule,
    expression: Expression,
}

/// Active rules; one whose expression this version cannot read is left out, loudly.
async fn active_rules(services: &Services) -> Result<Vec<ReadyRule>> {
    let active = services.store.group_rules().await?.into_iter().filter(|rule| rule.status == GroupRuleStatus::Active);
    Ok(active
        .filter_map(|rule| match Expression::parse(&rule.expression) {
            Ok(expression) => Some(ReadyRule { rule, expression }),
            Err(error) => {
                tracing::error!(rule.id = %rule.id, %error, "a stored group rule cannot be read and is left out");
                None
            }
        })
        .collect())
}

impl ReadyRule {
    /// Whether the rule wants a person in its groups; `is_in` answers its questions about groups.
    fn wants(&self, user: &User, is_in: &dyn Fn(&entitlement::rule::GroupTest) -> bool) -> bool {
        let eligible = !matches!(user.status, UserStatus::Staged | UserStatus::Provisioned | UserStatus::Deprovisioned);
        eligible
            && !self.rule.excluded.contains(&user.id)
            && self.expression.holds_for(&entitlement::rule::Subject { profile: &user.profile, is_in })
    }
}
