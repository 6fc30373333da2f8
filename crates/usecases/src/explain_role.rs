//! Why a user has a role, or has not: for administrators, and for people about themselves.

use std::collections::HashSet;

use domain::{AppId, Group, GroupAssignment, GroupId, RoleArn, UserId};
use entitlement::{
    AssignedTo, Explanation, MappedBy,
    mapping::{Mapping, MemberGroups},
};
use ports::PageRequest;

use crate::{
    caller::Caller,
    error::{Error, Result},
    known_app::{GroupNames, KnownApp},
    services::Services,
};

/// Groups that would give the role and are named in the answer.
const SUGGESTED_GROUPS: usize = 10;

/// Explains. The people themselves are not told which other groups would give the role.
///
/// # Errors
/// `Forbidden`; `NotFound` for no such app or user; `Store`.
pub async fn explain_role(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    user: &UserId,
    role: &RoleArn,
) -> Result<Explanation> {
    caller.must_be_or_read(user)?;
    let revision = services.store.entitlement_revision().await?;
    let known = KnownApp::at(services, app, revision).await?;
    let known = known.ok_or_else(|| Error::not_found("AppInstance", app.as_str()))?;
    let user = services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))?;
    let direct = services.store.user_assignment(app, &user.id).await?;
    let groups = services.store.group_assignments_of_user(app, &user.id).await?;
    let to = AssignedTo { app: &known.app, user: &user, direct: direct.as_ref(), groups: &groups };
    if let Some(names) = &known.names {
        return explain_names(services, caller, &known, names, to, role).await;
    }
    let others = match caller.must_read() {
        Ok(()) => groups_that_give(services, app, role, &groups).await?,
        Err(_) => Vec::new(),
    };
    let catalogue = known.catalogue(services, std::slice::from_ref(role)).await?;
    Ok(entitlement::explain(to, role, &others, &catalogue))
}

/// Roles by the names of groups.
async fn explain_names(
    services: &Services,
    caller: &Caller,
    known: &KnownApp,
    names: &GroupNames,
    to: AssignedTo<'_>,
    role: &RoleArn,
) -> Result<Explanation> {
    let graph = services.store.user_groups_graph(&to.user.id).await?;
    let groups = MemberGroups::new(&graph.groups, &graph.direct, &graph.parents);
    let mut others = Vec::new();
    let mut wanted = Vec::new();
    if let Ok(mapping) = &names.mapping {
        wanted = mapping.of_person(&groups, &names.sources).to_look_up();
        if caller.must_read().is_ok() {
            others = groups_that_make(services, names, mapping, role, &graph.groups).await?;
        }
    }
    let mut roles = services.store.aws_roles_in_accounts(&to.app.id, &wanted).await?;
    roles.extend(services.store.aws_role(&to.app.id, role).await?);
    let mapping = names.mapping.as_ref().map_err(Vec::as_slice);
    let by = MappedBy { mapping, groups: &groups, sources: &names.sources, others: &others };
    Ok(entitlement::explain_mapping(to, role, by, &known.with_roles(roles)))
}

/// Groups whose names make `role` and that the user is not a member of.
async fn groups_that_make(
    services: &Services,
    names: &GroupNames,
    mapping: &Mapping,
    role: &RoleArn,
    own: &[Group],
) -> Result<Vec<Group>> {
    let own: HashSet<&GroupId> = own.iter().map(|group| &group.id).collect();
    let mut making = Vec::new();
    let mut page = PageRequest { after: None, limit: 1_000 };
    loop {
        let found = services.store.groups(None, &page).await?;
        let makes = |group: &Group| !own.contains(&group.id) && mapping.may_make(group, &names.sources, role);
        making.extend(found.items.into_iter().filter(makes).take(SUGGESTED_GROUPS - making.len()));
        match found.next {
            Some(next) if making.len() < SUGGESTED_GROUPS => page.after = Some(next),
            _ => return Ok(making),
        }
    }
}

/// Assigned groups that give `role` and that the user is not a member of.
async fn groups_that_give(
    services: &Services,
    app: &AppId,
    role: &RoleArn,
    own: &[(GroupAssignment, Group)],
) -> Result<Vec<(GroupAssignment, Group)>> {
    let own: HashSet<&GroupId> = own.iter().map(|(assignment, _)| &assignment.group).collect();
    let mut giving = Vec::new();
    let mut page = PageRequest { after: None, limit: 1_000 };
    loop {
        let found = services.store.group_assignments(app, &page).await?;
        for assignment in found.items {
            if own.contains(&assignment.group) || !assignment.roles.effective().contains(role) {
                continue;
            }
            if let Some(group) = services.store.group(&assignment.group).await? {
                giving.push((assignment, group));
            }
            if giving.len() == SUGGESTED_GROUPS {
                return Ok(giving);
            }
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(giving),
        }
    }
}
