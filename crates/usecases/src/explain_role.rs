//! Why a user has a role, or has not: for administrators, and for people about themselves.

use std::collections::HashSet;

use domain::{AppId, Group, GroupAssignment, GroupId, RoleArn, UserId};
use entitlement::{AssignedTo, Explanation};
use ports::PageRequest;

use crate::{
    caller::Caller,
    error::{Error, Result},
    known_app::KnownApp,
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
    let others = match caller.must_read() {
        Ok(()) => groups_that_give(services, app, role, &groups).await?,
        Err(_) => Vec::new(),
    };
    let catalogue = known.catalogue(services, std::slice::from_ref(role)).await?;
    let to = AssignedTo { app: &known.app, user: &user, direct: direct.as_ref(), groups: &groups };
    Ok(entitlement::explain(to, role, &others, &catalogue))
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
