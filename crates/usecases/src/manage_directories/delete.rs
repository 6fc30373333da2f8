//! Removes a directory, when the administrator has seen what goes with it and says its name.
//!
//! Its groups go, with their assignments to apps. Its people stay for the log, as users without a way to sign in:
//! deactivated, without rights, sessions and tokens. All of it, and an entry for each person, is one transaction.

use domain::{DirectoryId, user::AdminRole};
use ports::{PageRequest, UnitOfWork, UserFilter};

use super::existing;
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    group_rules,
    services::Services,
};

/// People read at once.
const PAGE: u32 = 1_000;

/// Removes a directory.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` without its name in `confirm`: says what would go; `State` when no super
/// administrator would be left.
pub async fn delete(services: &Services, caller: &Caller, id: &DirectoryId, confirm: Option<&str>) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let directory = existing(services, id).await?;
    let holdings = services.store.directory_holdings(id).await?;
    if confirm != Some(directory.name.as_str()) {
        let cause = format!(
            "removing `{name}` takes {} groups along ({} of them are assigned to apps), and {} people can sign in no more: \
             they are deactivated and their sessions end. To do that, repeat it with `?confirm={name}`",
            holdings.groups,
            holdings.assigned_groups,
            holdings.people,
            name = directory.name
        );
        return Err(Error::invalid("confirm", cause));
    }
    log_people(services, caller, &mut *unit, id).await?;
    unit.release_people(id, services.now()).await?;
    unit.delete_directory(id).await?;
    let event = EventDraft::success("application.lifecycle.delete", "Delete directory integration")
        .on_directory(&directory)
        .fact("people", holdings.people)
        .fact("groups", holdings.groups)
        .fact("assignedGroups", holdings.assigned_groups);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    services.agents.close_directory(id);
    group_rules::apply_if_groups_matter(services).await
}

/// One entry for each person who can sign in no more.
async fn log_people(services: &Services, caller: &Caller, unit: &mut dyn UnitOfWork, id: &DirectoryId) -> Result<()> {
    let filter = UserFilter { directory: Some(id.clone()), ..UserFilter::default() };
    let mut request = PageRequest { after: None, limit: PAGE };
    let mut super_admins = 0;
    loop {
        let page = services.store.users(&filter, &request).await?;
        for user in &page.items {
            super_admins += u32::from(user.is_active() && user.admin_role == Some(AdminRole::SuperAdmin));
            let event = EventDraft::success("user.lifecycle.deactivate", "Deactivate user of a removed directory")
                .on_user(user)
                .fact("formerStatus", user.status)
                .fact("directory", id);
            unit.append_event(&event.by(services, caller)).await?;
        }
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    if super_admins > 0 && services.store.count_super_admins().await? <= super_admins {
        return Err(Error::State(StateError::NotNow(
            "every active super administrator is of this directory: make somebody else one first".to_owned(),
        )));
    }
    Ok(())
}
