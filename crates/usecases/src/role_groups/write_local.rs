//! The difference as local groups: all of it in one transaction, each change with its entry.

use domain::{Group, GroupId};
use ports::UnitOfWork;

use super::{
    diff::{Difference, Existing},
    push::{Applied, ChangeKind, ChangeResult},
};
use crate::{
    caller::Caller,
    error::{Error, Result},
    group_rules,
    manage_groups::{self, GroupProfile},
    services::Services,
};

pub(super) async fn apply(
    services: &Services,
    caller: &Caller,
    mut unit: Box<dyn UnitOfWork>,
    difference: &Difference,
) -> Result<Applied> {
    let mut applied = Applied::default();
    let mut done = |kind, name: &str| {
        applied.changes.push(ChangeResult { kind, name: name.to_owned(), refused: None });
    };
    for wanted in &difference.create {
        let profile = GroupProfile { name: wanted.name.clone(), description: wanted.description.clone() };
        manage_groups::insert(services, caller, &mut *unit, profile).await?;
        done(ChangeKind::Create, &wanted.name);
    }
    for change in &difference.describe {
        let group = local(services, &change.group).await?;
        let profile = GroupProfile { name: group.name.clone(), description: change.description.clone() };
        manage_groups::rewrite(services, caller, &mut *unit, group, profile).await?;
        done(ChangeKind::Describe, &change.group.name);
    }
    for orphan in difference.deleted() {
        let group = local(services, &orphan.group).await?;
        manage_groups::remove(services, caller, &mut *unit, &group).await?;
        done(ChangeKind::Delete, &group.name);
    }
    if !applied.changes.is_empty() {
        unit.commit().await?;
        group_rules::apply_if_groups_matter(services).await?;
    }
    Ok(applied)
}

async fn local(services: &Services, group: &Existing) -> Result<Group> {
    let id = GroupId::parse(&group.place).map_err(|_| Error::not_found("UserGroup", &group.place))?;
    manage_groups::existing(services, &id).await
}
