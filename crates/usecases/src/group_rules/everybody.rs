//! Applies every rule to everybody: after an import, when a rule is switched on, when groups came into groups.
//!
//! Who is wanted where is worked out beside everything else, page by page; the writer is busy for as long as the difference
//! takes. If anything moved meanwhile it is worked out anew, the last time with the writer waiting.

use std::collections::{BTreeMap, HashSet};

use domain::{GroupId, GroupRuleStatus, User, UserId, UserStatus};
use entitlement::rule::GroupTest;
use ports::{PageRequest, UnitOfWork, UserFilter};

use super::{ReadyRule, active_rules, target};
use crate::{audit::EventDraft, caller::Caller, error::Result, manage_groups, services::Services};

/// Rules that are worked out in one go over everybody: bounds the memory.
const AT_ONCE: usize = 20;
/// People read at once.
const PAGE: u32 = 1_000;
/// So often it is worked out beside the writer before the writer waits.
const ATTEMPTS: u32 = 3;
/// Changes of one rule that get an entry each; beyond, their number is logged.
const LOGGED: usize = 1_000;

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Memberships that rules made.
    pub added: u64,
    /// Memberships that rules ended.
    pub removed: u64,
}

/// People in a group, for one rule.
pub(super) type Pairs = Vec<(GroupId, UserId)>;

/// Puts everybody where the active rules say.
///
/// # Errors
/// `Store`.
pub async fn apply(services: &Services) -> Result<Applied> {
    let mut applied = pass(services).await?;
    if applied.removed > 0 {
        // Whom one rule let go of a group, another one may want in it.
        let again = pass(services).await?;
        applied = Applied { added: applied.added + again.added, removed: applied.removed + again.removed };
    }
    Ok(applied)
}

/// The same, if a rule asks for groups: for when groups changed and nobody's profile did.
///
/// # Errors
/// `Store`.
pub(crate) async fn apply_if_groups_matter(services: &Services) -> Result<()> {
    let rules = active_rules(services).await?;
    if rules.iter().any(|ready| !ready.expression.group_tests().is_empty()) {
        apply(services).await?;
    }
    Ok(())
}

/// Whom one rule wants in which group.
///
/// # Errors
/// `Store`.
pub(super) async fn wanted_by(services: &Services, ready: &ReadyRule) -> Result<Pairs> {
    Ok(work_out(services, std::slice::from_ref(ready)).await?.pop().unwrap_or_default())
}

async fn pass(services: &Services) -> Result<Applied> {
    let mut applied = Applied::default();
    let rules = active_rules(services).await?;
    for batch in rules.chunks(AT_ONCE) {
        let (added, removed) = apply_batch(services, batch).await?;
        applied.added += added;
        applied.removed += removed;
    }
    Ok(applied)
}

async fn apply_batch(services: &Services, rules: &[ReadyRule]) -> Result<(u64, u64)> {
    for _ in 0..ATTEMPTS {
        let revision = services.store.entitlement_revision().await?;
        let wanted = work_out(services, rules).await?;
        let unit = services.store.begin().await?;
        if services.store.entitlement_revision().await? == revision {
            return write(services, unit, rules, &wanted).await;
        }
    }
    let unit = services.store.begin().await?;
    let wanted = work_out(services, rules).await?;
    write(services, unit, rules, &wanted).await
}

/// For each rule, whom it wants in which group.
async fn work_out(services: &Services, rules: &[ReadyRule]) -> Result<Vec<Pairs>> {
    let tests = tests(services, rules).await?;
    let mut wanted = vec![Pairs::new(); rules.len()];
    let mut page = PageRequest { after: None, limit: PAGE };
    let filter = UserFilter { statuses: UserStatus::ALL.to_vec(), ..UserFilter::default() };
    loop {
        let found = services.store.users(&filter, &page).await?;
        for user in &found.items {
            judge(rules, &tests, user, &mut wanted);
        }
        page.after = found.next;
        if page.after.is_none() {
            return Ok(wanted);
        }
    }
}

fn judge(rules: &[ReadyRule], tests: &BTreeMap<GroupTest, HashSet<UserId>>, user: &User, wanted: &mut [Pairs]) {
    let is_in = |test: &GroupTest| tests.get(test).is_some_and(|members| members.contains(&user.id));
    for (ready, pairs) in rules.iter().zip(wanted) {
        if ready.wants(user, &is_in) {
            pairs.extend(ready.rule.groups.iter().map(|group| (group.clone(), user.id.clone())));
        }
    }
}

/// Who meets each question about groups.
async fn tests(services: &Services, rules: &[ReadyRule]) -> Result<BTreeMap<GroupTest, HashSet<UserId>>> {
    let asked = rules.iter().flat_map(|ready| ready.expression.group_tests());
    let mut groups: BTreeMap<GroupTest, Vec<GroupId>> = asked.map(|test| (test.clone(), Vec::new())).collect();
    if groups.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut page = PageRequest { after: None, limit: PAGE };
    loop {
        let found = services.store.groups(None, &page).await?;
        for group in &found.items {
            for (test, met) in &mut groups {
                if test.is_met_by(group) {
                    met.push(group.id.clone());
                }
            }
        }
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    let mut members = BTreeMap::new();
    for (test, met) in groups {
        members.insert(test, services.store.members_without_rules(&met).await?.into_iter().collect());
    }
    Ok(members)
}

async fn write(
    services: &Services,
    mut unit: Box<dyn UnitOfWork>,
    rules: &[ReadyRule],
    wanted: &[Pairs],
) -> Result<(u64, u64)> {
    let (mut added, mut removed) = (0, 0);
    for (ready, pairs) in rules.iter().zip(wanted) {
        // Switched off or changed since it was read: whoever did that saw to it.
        let stored = services.store.group_rule(&ready.rule.id).await?;
        if stored.as_ref() != Some(&ready.rule) || ready.rule.status != GroupRuleStatus::Active {
            continue;
        }
        let (came, went) = unit.set_rule_members(&ready.rule.id, pairs, services.now()).await?;
        if came.is_empty() && went.is_empty() {
            continue;
        }
        let event = EventDraft::success("group.user_membership.rule.evaluation", "Evaluate group rule")
            .target(target(&ready.rule))
            .fact("added", came.len())
            .fact("removed", went.len());
        unit.append_event(&event.by(services, &Caller::system())).await?;
        log(services, &mut *unit, ready, &came, "group.user_membership.add", "Add user to group by a rule").await?;
        log(services, &mut *unit, ready, &went, "group.user_membership.remove", "Remove user from group by a rule")
            .await?;
        added += u64::try_from(came.len()).unwrap_or(u64::MAX);
        removed += u64::try_from(went.len()).unwrap_or(u64::MAX);
    }
    unit.commit().await?;
    Ok((added, removed))
}

/// An entry for each of the first changes.
async fn log(
    services: &Services,
    unit: &mut dyn UnitOfWork,
    ready: &ReadyRule,
    pairs: &[(GroupId, UserId)],
    event_type: &'static str,
    message: &'static str,
) -> Result<()> {
    for (group, user) in pairs.iter().take(LOGGED) {
        let Some(user) = services.store.user(user).await? else { continue };
        let group = manage_groups::existing(services, group).await?;
        let event =
            EventDraft::success(event_type, message).on_user(&user).on_group(&group).target(target(&ready.rule));
        unit.append_event(&event.by(services, &Caller::system())).await?;
    }
    Ok(())
}
