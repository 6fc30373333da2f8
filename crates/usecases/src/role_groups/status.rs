//! Which roles have no group yet and which groups have no role any more, by what discovery and the imports last read:
//! nothing is asked of AWS or of a directory.

use std::collections::HashSet;

use domain::AppId;

use super::{
    diff::{Orphan, orphan},
    target::{groups, known},
    wanted::{Naming, WantedGroup, roles_among_apps},
};
use crate::{caller::Caller, error::Result, list_roles, services::Services};

/// The state of the role groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Roles that trust us and have a group of any source.
    pub present: usize,
    /// Roles that trust us and have none.
    pub missing: Vec<WantedGroup>,
    /// Groups that are named for a role which is not there, or not for us.
    pub orphaned: Vec<Orphan>,
}

/// Compares roles and groups of every source.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn status(services: &Services, caller: &Caller, app: &AppId, naming: &Naming) -> Result<Status> {
    let app = list_roles::app(services, caller, app).await?;
    let roles = roles_among_apps(services, &app.id, naming).await?;
    let reader = naming.name.reader()?;
    let groups = groups(services).await?;
    let names: HashSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let (there, missing): (Vec<_>, Vec<_>) =
        roles.wanted.iter().cloned().partition(|group| names.contains(group.name.as_str()));
    let wanted: HashSet<&str> = roles.wanted.iter().map(|group| group.name.as_str()).collect();
    let mut orphaned: Vec<Orphan> = groups
        .iter()
        .filter(|group| !wanted.contains(group.name.as_str()))
        .filter_map(|group| orphan(&roles, &reader, known(group.clone())))
        .collect();
    orphaned.sort_by(|one, other| (&one.group.name, &one.group.source).cmp(&(&other.group.name, &other.group.source)));
    Ok(Status { present: there.len(), missing, orphaned })
}
