//! Groups in groups made here. What is in the inner group, people and further groups, is in the outer one, to any depth.
//! The inner one may be a directory's; a loop is refused, although one that a directory brings along does no harm.

use std::collections::BTreeSet;

use domain::{Group, GroupId};
use ports::{PageRequest, UnitOfWork};

use super::{existing, must_be_local};
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    group_rules,
    services::Services,
};

/// The most groups above one that are looked at for a loop.
const MOST_ABOVE: usize = 10_000;

/// Puts a group into a local one; does nothing, and logs nothing, when it is there already.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for a loop; `State` when the outer group is a directory's.
pub async fn add_child(services: &Services, caller: &Caller, parent: &GroupId, child: &GroupId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let parent = existing(services, parent).await?;
    must_be_local(&parent)?;
    let child = existing(services, child).await?;
    must_not_loop(services, &parent, &child).await?;
    if put_into(services, caller, &mut *unit, &child, &parent).await? {
        unit.commit().await?;
        group_rules::apply_if_groups_matter(services).await?;
    }
    Ok(())
}

/// Puts a group into a local one, with the entry; answers whether it was not in it yet. Whoever calls it knows that this is
/// no loop.
pub(crate) async fn put_into(
    services: &Services,
    caller: &Caller,
    unit: &mut dyn UnitOfWork,
    child: &Group,
    parent: &Group,
) -> Result<bool> {
    let is_new = unit.add_nested(&parent.id, &child.id, services.now()).await?;
    if is_new {
        let event = EventDraft::success("group.nesting.add", "Put a group into a group");
        unit.append_event(&event.on_group(child).on_group(parent).by(services, caller)).await?;
    }
    Ok(is_new)
}

/// Takes a group out of a local one; does nothing, and logs nothing, when it is not in it.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` when the outer group is a directory's.
pub async fn remove_child(services: &Services, caller: &Caller, parent: &GroupId, child: &GroupId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let parent = existing(services, parent).await?;
    must_be_local(&parent)?;
    let child = existing(services, child).await?;
    if unit.remove_nested(&parent.id, &child.id, services.now()).await? {
        let event = EventDraft::success("group.nesting.remove", "Take a group out of a group");
        unit.append_event(&event.on_group(&child).on_group(&parent).by(services, caller)).await?;
        unit.commit().await?;
        group_rules::apply_if_groups_matter(services).await?;
    }
    Ok(())
}

async fn must_not_loop(services: &Services, parent: &Group, child: &Group) -> Result<()> {
    let refusal = |why: String| Err(Error::invalid("group", why));
    if parent.id == child.id {
        return refusal(format!("`{}` cannot be in itself", parent.name));
    }
    let mut seen = BTreeSet::from([parent.id.clone()]);
    let mut waiting = vec![parent.id.clone()];
    while let Some(id) = waiting.pop() {
        let mut request = PageRequest { after: None, limit: 1_000 };
        loop {
            let page = services.store.parent_groups(&id, &request).await?;
            for above in page.items {
                if above.id == child.id {
                    return refusal(format!(
                        "`{}` is in `{}` already, directly or through other groups: the other way round would be a loop",
                        parent.name, child.name
                    ));
                }
                if seen.insert(above.id.clone()) {
                    waiting.push(above.id);
                }
            }
            if seen.len() > MOST_ABOVE {
                return refusal(format!("`{}` is in more than {MOST_ABOVE} groups", parent.name));
            }
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
    }
    Ok(())
}
