//! What a rule would do if it were switched on now: who would come into its groups, and who would leave them.

use std::collections::BTreeSet;

use domain::{GroupId, GroupRule, GroupRuleId, GroupRuleStatus, User, UserId};
use entitlement::rule::Expression;
use ports::PageRequest;

use super::{NewRule, ReadyRule, check, everybody, existing};
use crate::{
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

/// People who are named; their number is always told.
const SHOWN: usize = 100;

/// Some people, and how many there are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// How many memberships.
    pub count: usize,
    /// The first of them.
    pub some: Vec<(User, GroupId)>,
}

/// What a rule would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// How many people its expression holds for.
    pub matched: usize,
    /// Memberships that it would make.
    pub join: Change,
    /// Memberships that it made before and would end.
    pub leave: Change,
    /// Memberships that exist for another reason and are left alone.
    pub already: usize,
}

/// Of a rule as it is stored.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` when this version cannot read its expression.
pub async fn preview_saved(services: &Services, caller: &Caller, id: &GroupRuleId) -> Result<Preview> {
    caller.must_read()?;
    of(services, existing(services, id).await?).await
}

/// Of a rule that is not stored, or as it would be after a change of `of`.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Fields` names every mistake.
pub async fn preview(
    services: &Services,
    caller: &Caller,
    saved: Option<&GroupRuleId>,
    new: NewRule,
) -> Result<Preview> {
    caller.must_read()?;
    check::rule(services, &new).await?;
    let id = match saved {
        Some(id) => existing(services, id).await?.id,
        None => GroupRuleId::generate(&*services.entropy),
    };
    let now = services.now();
    let NewRule { name, expression, excluded, groups } = new;
    let status = GroupRuleStatus::Active;
    of(services, GroupRule { id, name, status, expression, excluded, groups, created: now, last_updated: now }).await
}

async fn of(services: &Services, rule: GroupRule) -> Result<Preview> {
    let expression = Expression::parse(&rule.expression)
        .map_err(|error| Error::invalid("conditions.expression.value", error.to_string()))?;
    let ready = ReadyRule { rule, expression };
    let wanted: BTreeSet<(GroupId, UserId)> = everybody::wanted_by(services, &ready).await?.into_iter().collect();
    let ruled: BTreeSet<(GroupId, UserId)> = services.store.rule_members(&ready.rule.id).await?.into_iter().collect();
    let mut there = BTreeSet::new();
    for group in &ready.rule.groups {
        there.extend(direct_members(services, group).await?.into_iter().map(|user| (group.clone(), user)));
    }
    let people: BTreeSet<&UserId> = wanted.iter().map(|(_, user)| user).collect();
    Ok(Preview {
        matched: people.len(),
        join: change(services, wanted.difference(&there)).await?,
        leave: change(services, ruled.difference(&wanted)).await?,
        already: wanted.intersection(&there).filter(|pair| !ruled.contains(*pair)).count(),
    })
}

async fn direct_members(services: &Services, group: &GroupId) -> Result<Vec<UserId>> {
    let mut members = Vec::new();
    let mut page = PageRequest { after: None, limit: 1_000 };
    loop {
        let found = services.store.direct_members(group, &page).await?;
        members.extend(found.items.into_iter().map(|user| user.id));
        page.after = found.next;
        if page.after.is_none() {
            return Ok(members);
        }
    }
}

async fn change(services: &Services, pairs: impl Iterator<Item = &(GroupId, UserId)>) -> Result<Change> {
    let mut change = Change::default();
    for (group, user) in pairs {
        change.count += 1;
        if change.some.len() < SHOWN
            && let Some(user) = services.store.user(user).await?
        {
            change.some.push((user, group.clone()));
        }
    }
    Ok(change)
}
