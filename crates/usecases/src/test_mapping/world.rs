//! The groups, assignments and roles that a trial is about, read once; and one way of giving roles with what it looks up.

use std::collections::HashMap;

use domain::{
    AccountId, App, Group, GroupAssignment, GroupId, RoleArn, RoleName, UserAssignment, UserId,
    aws::{AwsAccount, AwsRole},
};
use entitlement::{
    KnownAws,
    mapping::{Diagnosis, GroupGraph, GroupOutcome, Mapping, Side, Sources},
    trust,
};

use crate::{
    error::Result,
    services::Services,
    sift::{Reading, every},
};

/// Groups that are looked at in one go: others have their turn between.
const GROUPS_AT_ONCE: usize = 500;
/// The same for trust policies.
const ROLES_AT_ONCE: usize = 200;

/// What both sides look at.
pub(super) struct World {
    /// By name.
    pub(super) groups: Vec<Group>,
    pub(super) nesting: Vec<(GroupId, GroupId)>,
    pub(super) assigned: Vec<(GroupAssignment, Group)>,
    pub(super) direct: HashMap<UserId, UserAssignment>,
    pub(super) sources: Sources,
    accounts: Vec<AwsAccount>,
}

impl World {
    pub(super) async fn read(services: &Services, app: &App) -> Result<Self> {
        let store = &services.store;
        let mut groups = every(|page| Box::pin(async move { store.groups(None, &page).await })).await?;
        groups.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        let by_id: HashMap<&GroupId, &Group> = groups.iter().map(|group| (&group.id, group)).collect();
        let assigned = |page| -> Reading<'_, GroupAssignment> {
            Box::pin(async move { store.group_assignments(&app.id, &page).await })
        };
        let direct = |page| -> Reading<'_, UserAssignment> {
            Box::pin(async move { store.user_assignments(&app.id, &page).await })
        };
        let (assignments, direct) = (every(assigned).await?, every(direct).await?);
        let paired = |assignment: GroupAssignment| Some(((*by_id.get(&assignment.group)?).clone(), assignment));
        let assigned =
            assignments.into_iter().filter_map(paired).map(|(group, assignment)| (assignment, group)).collect();
        Ok(Self {
            assigned,
            direct: direct.into_iter().map(|assignment| (assignment.user.clone(), assignment)).collect(),
            nesting: store.group_nesting().await?,
            sources: Sources::new(&store.directories().await?),
            accounts: store.aws_accounts(&app.id).await?,
            groups,
        })
    }

    pub(super) fn graph(&self) -> GroupGraph<'_> {
        GroupGraph::new(&self.groups, &self.nesting, &self.assigned)
    }

    /// Every role that an assignment names.
    fn assigned_roles(&self) -> Vec<RoleArn> {
        let groups = self.assigned.iter().flat_map(|(assignment, _)| assignment.roles.effective());
        let people = self.direct.values().flat_map(|assignment| assignment.roles.effective());
        let mut roles: Vec<RoleArn> = groups.chain(people).cloned().collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }
}

/// An app with settings, saved or not, and what discovery knows of the roles that they are about.
pub(super) struct Setting<'a> {
    pub(super) app: &'a App,
    /// Absent when the saved ones cannot be used.
    pub(super) mapping: Option<&'a Mapping>,
    pub(super) catalogue: KnownAws,
}

impl<'a> Setting<'a> {
    /// Looks up.
    pub(super) async fn read(
        services: &Services,
        world: &World,
        app: &'a App,
        mapping: Option<&'a Mapping>,
        names: &[String],
    ) -> Result<Self> {
        let store = &services.store;
        let names = names.iter().chain(world.groups.iter().map(|group| &group.name)).map(String::as_str);
        let wanted: Vec<(AccountId, RoleName)> = mapping.map(|mapping| mapping.to_look_up(names)).unwrap_or_default();
        let mut roles = store.aws_roles_in_accounts(&app.id, &wanted).await?;
        if !app.settings.use_group_mapping {
            roles.extend(store.aws_roles_by_arn(&app.id, &world.assigned_roles()).await?);
        }
        let catalogue = KnownAws::new(world.accounts.iter().cloned(), roles);
        Ok(Self { app, mapping, catalogue })
    }

    /// Judges every role for what this app would say to AWS: the stored verdicts are about the saved settings.
    pub(super) async fn judge_anew(&mut self, world: &World) {
        let mut judged = Vec::with_capacity(self.catalogue.roles().len());
        for some in self.catalogue.roles().chunks(ROLES_AT_ONCE) {
            let anew = |role: &AwsRole| {
                let verdict = trust::judge(self.app, &role.arn, &role.trust_policy);
                AwsRole { verdict, ..role.clone() }
            };
            judged.extend(some.iter().map(anew));
            tokio::task::yield_now().await;
        }
        self.catalogue = KnownAws::new(world.accounts.iter().cloned(), judged);
    }

    /// What becomes of every group.
    pub(super) async fn outcomes(&self, world: &World) -> Vec<GroupOutcome> {
        let Some(mapping) = self.mapping else { return Vec::new() };
        let diagnosis = Diagnosis::new(self.app, mapping, &world.sources);
        let mut outcomes = Vec::with_capacity(world.groups.len());
        for some in world.groups.chunks(GROUPS_AT_ONCE) {
            outcomes.extend(some.iter().map(|group| diagnosis.of(group, &self.catalogue)));
            tokio::task::yield_now().await;
        }
        outcomes
    }

    /// The way in which this gives roles.
    pub(super) async fn side(&self, world: &World) -> Side<'a> {
        if self.app.settings.use_group_mapping {
            self.side_of(world, &self.outcomes(world).await)
        } else {
            self.side_of(world, &[])
        }
    }

    /// The same where the outcomes are at hand.
    pub(super) fn side_of(&self, world: &World, outcomes: &[GroupOutcome]) -> Side<'a> {
        if self.app.settings.use_group_mapping {
            Side::mapped(outcomes)
        } else {
            Side::assigned(self.app, world.assigned_roles(), &self.catalogue)
        }
    }
}
