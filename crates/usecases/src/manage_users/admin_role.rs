//! Gives and takes administrator rights.

use domain::{User, UserId, user::AdminRole};

use super::{must_not_be_last_super_admin, present};
use crate::{audit::EventDraft, caller::Caller, error::Result, services::Services};

/// Sets the administrator role; `None` takes it away. Only super administrators may.
///
/// # Errors
/// `NotFound`; `Forbidden`; `State` when the last active super administrator would lose the role.
pub async fn set_admin_role(
    services: &Services,
    caller: &Caller,
    id: &UserId,
    role: Option<AdminRole>,
) -> Result<User> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let mut user = present(unit.as_mut(), id).await?;
    if user.admin_role == role {
        return Ok(user);
    }
    if role != Some(AdminRole::SuperAdmin) {
        must_not_be_last_super_admin(services, &user).await?;
    }
    let former = std::mem::replace(&mut user.admin_role, role);
    user.last_updated = services.now();
    unit.update_user(&user).await?;
    let event = match role {
        Some(role) => {
            EventDraft::success("user.account.privilege.grant", "Grant user privilege").fact("role", role.as_str())
        }
        None => EventDraft::success("user.account.privilege.revoke", "Revoke user privilege"),
    };
    let event = event.on_user(&user).fact("formerRole", former.map_or("none", AdminRole::as_str));
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(user)
}
