//! The roles that a user has by assignment, each with its reasons and with what would happen on entering it.
//!
//! Everything that an assignment gives is in the answer, also what cannot be used: an administrator sees why, a
//! launch offers only what [`crate::Usability::can_launch`] says. Nothing at all for an app or a user that is not
//! active. With `useGroupMapping` assignments give no roles: see [`crate::mapping`].

use domain::RoleArn;

use crate::{
    AssignedTo, Catalogue, Entitlement,
    entitlement::{Granted, decide},
    grant::Grants,
};

/// Every role that the assignments give, ordered by account name (without case), account id and role name.
/// Empty for an inactive app or user.
pub fn assigned(to: AssignedTo<'_>, catalogue: &dyn Catalogue) -> Vec<Entitlement> {
    if !to.app.is_active() || !to.user.is_active() {
        return Vec::new();
    }
    let provider = to.app.settings.identity_provider_arn.as_ref();
    let granted = Grants::of(to).granted.into_iter().map(|(role, reasons)| Granted {
        provider: provider.map(|provider| provider.beside(&role)),
        role,
        reasons,
    });
    decide(to.app, granted.collect(), catalogue)
}

/// The roles that [`assigned`] will look up in its catalogue: load these and no others.
pub fn roles_named(to: AssignedTo<'_>) -> Vec<RoleArn> {
    Grants::of(to).granted.into_iter().map(|(role, _)| role).collect()
}

#[cfg(test)]
mod tests;
