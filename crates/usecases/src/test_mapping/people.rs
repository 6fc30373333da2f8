//! What a trial would give to people and take from them. People are read page by page.

use std::collections::HashMap;

use domain::{GroupId, User, UserId, UserStatus};
use entitlement::{
    AssignedTo, Entitlement,
    mapping::{GroupGraph, MemberGroups, Side, compare},
};
use ports::{PageRequest, UserFilter};

use super::{
    PersonChange, PersonRoles, Tested, Trial,
    world::{Setting, World},
};
use crate::{error::Result, services::Services, sift::FULL_PAGE};

/// Roles of one person that a list names.
const MAX_ROLES: usize = 100;

/// Everybody, before and after.
pub(super) struct People<'a> {
    pub(super) services: &'a Services,
    pub(super) world: &'a World,
    pub(super) sides: (&'a Side<'a>, &'a Side<'a>),
}

impl People<'_> {
    /// Counts what changes for all active people, and lists those who come after `trial.after`.
    pub(super) async fn all(&self, trial: &Trial, tested: &mut Tested) -> Result<()> {
        let graph = self.world.graph();
        let filter = UserFilter { statuses: vec![UserStatus::Active], ..UserFilter::default() };
        let mut page = PageRequest { after: None, limit: FULL_PAGE };
        loop {
            let found = self.services.store.users(&filter, &page).await?;
            let groups = self.groups_of(&found.items).await?;
            for user in &found.items {
                let member_of = groups.get(&user.id).map(Vec::as_slice).unwrap_or_default();
                let Some(change) = self.change(&graph, user, member_of, tested) else { continue };
                if trial.after.as_ref().is_some_and(|after| user.id <= *after) {
                    continue;
                }
                if tested.people.len() < trial.limit {
                    tested.people.push(change);
                } else if tested.next.is_none() {
                    tested.next = tested.people.last().map(|last| last.user.id.clone());
                }
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(()),
            }
            tokio::task::yield_now().await;
        }
    }

    /// The same for one person alone.
    pub(super) async fn one(&self, user: &User, tested: &mut Tested) -> Result<()> {
        let groups = self.groups_of(std::slice::from_ref(user)).await?;
        let member_of = groups.get(&user.id).map(Vec::as_slice).unwrap_or_default();
        let change = self.change(&self.world.graph(), user, member_of, tested);
        tested.people.extend(change);
        Ok(())
    }

    async fn groups_of(&self, users: &[User]) -> Result<HashMap<UserId, Vec<GroupId>>> {
        let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
        let mut groups: HashMap<UserId, Vec<GroupId>> = HashMap::new();
        for (user, group) in self.services.store.direct_groups_of(&ids).await? {
            groups.entry(user).or_default().push(group);
        }
        Ok(groups)
    }

    /// Counts; `None` when nothing changes.
    fn change(
        &self,
        graph: &GroupGraph<'_>,
        user: &User,
        member_of: &[GroupId],
        tested: &mut Tested,
    ) -> Option<PersonChange> {
        let change = compare(graph, self.sides, user, member_of, self.world.direct.get(&user.id));
        let (gained, lost) = (change.gains.len(), change.losses.len());
        let totals = &mut tested.totals;
        totals.people += 1;
        totals.people_gaining += usize::from(gained > 0);
        totals.people_losing += usize::from(lost > 0);
        totals.roles_gained += gained;
        totals.roles_lost += lost;
        (gained + lost > 0).then(|| PersonChange {
            user: user.clone(),
            gains: change.gains.into_iter().take(MAX_ROLES).collect(),
            gained,
            losses: change.losses.into_iter().take(MAX_ROLES).collect(),
            lost,
        })
    }
}

/// Every role of one person, before and after, with the reasons.
pub(super) async fn roles_of(
    services: &Services,
    world: &World,
    settings: (&Setting<'_>, &Setting<'_>),
    user: User,
) -> Result<PersonRoles> {
    let graph = services.store.user_groups_graph(&user.id).await?;
    let members = MemberGroups::new(&graph.groups, &graph.direct, &graph.parents);
    let (before, after) = settings;
    let has = |setting: &Setting<'_>| has(setting, world, &user, &members);
    Ok(PersonRoles { before: has(before), after: has(after), user })
}

fn has(setting: &Setting<'_>, world: &World, user: &User, members: &MemberGroups<'_>) -> Vec<Entitlement> {
    let reached: std::collections::HashSet<&GroupId> = members.groups().map(|group| &group.id).collect();
    let groups: Vec<_> = world.assigned.iter().filter(|(_, group)| reached.contains(&group.id)).cloned().collect();
    let to = AssignedTo { app: setting.app, user, direct: world.direct.get(&user.id), groups: &groups };
    match setting.mapping {
        _ if !setting.app.settings.use_group_mapping => entitlement::assigned(to, &setting.catalogue),
        Some(mapping) => mapping.of_person(members, &world.sources).entitlements(to, &setting.catalogue),
        None => Vec::new(),
    }
}
