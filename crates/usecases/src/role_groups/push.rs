//! Writes the difference: into an OU of a directory, or as local groups. What is applied is what was shown: a digest of the
//! difference goes out with it and has to come back, or nothing is written.

use std::{fmt::Write as _, sync::Arc};

use domain::{App, AppId};

use super::{
    diff::{Comparison, Difference},
    notes::{Note, notes},
    target::{Place, Target},
    wanted::{KnownRoles, Naming, roles_among_apps},
    write_directory, write_local,
};
use crate::{
    caller::Caller,
    error::{Error, Result, StateError},
    list_roles,
    services::Services,
};

/// What to write where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where.
    pub target: Target,
    /// Names and descriptions.
    pub naming: Naming,
    /// Whether groups without a role are removed.
    pub delete_orphaned: bool,
}

/// The difference, and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What would be done.
    pub difference: Difference,
    /// Why the groups may give nothing once they are there.
    pub notes: Vec<Note>,
    /// Names it: the same for the same changes in the same place.
    pub digest: String,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Makes a group.
    Create,
    /// Describes one anew.
    Describe,
    /// Removes one.
    Delete,
}

/// How one change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    /// What it was.
    pub kind: ChangeKind,
    /// The group.
    pub name: String,
    /// Why it was not done, with the hint.
    pub refused: Option<(String, String)>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Every change that was tried, in order.
    pub changes: Vec<ChangeResult>,
    /// Why the rest was not tried.
    pub stopped: Option<String>,
}

/// Shows what would change; nothing is written.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for an OU that is not there or no DN; `State` when the directory cannot be asked.
pub async fn show(services: &Services, caller: &Caller, app: &AppId, push: &Push) -> Result<Shown> {
    let app = list_roles::app(services, caller, app).await?;
    let place = Place::find(services, &push.target).await?;
    let roles = roles_among_apps(services, &app.id, &push.naming).await?;
    let mut difference = compare(services, &roles, push, &place).await?;
    place.ask_for_members(services, &mut difference).await?;
    let notes = notes(services, &app, &push.naming, &roles.wanted, &place).await?;
    Ok(Shown { digest: digest(services, &app, push, &difference), difference, notes })
}

/// Applies the difference that `digest` names. Once begun it goes on when nobody waits for the answer any more.
///
/// # Errors
/// As [`show`]; `Forbidden` for who may only read; `State` when there is another difference by now.
pub async fn apply(
    services: &Arc<Services>,
    caller: &Caller,
    app: &AppId,
    push: &Push,
    shown: &str,
) -> Result<Applied> {
    caller.must_manage()?;
    let app = list_roles::app(services, caller, app).await?;
    let place = Place::find(services, &push.target).await?;
    let Place::Directory(opened) = &place else {
        // While the transaction is open, nobody else writes.
        let unit = services.store.begin().await?;
        let difference = as_shown(services, &app, push, &place, shown).await?;
        return write_local::apply(services, caller, unit, &difference).await;
    };
    let difference = as_shown(services, &app, push, &place, shown).await?;
    write_directory::apply(services, caller, app, opened.clone(), &difference).await
}

async fn as_shown(services: &Services, app: &App, push: &Push, place: &Place, shown: &str) -> Result<Difference> {
    let roles = roles_among_apps(services, &app.id, &push.naming).await?;
    let difference = compare(services, &roles, push, place).await?;
    if digest(services, app, push, &difference) == shown {
        return Ok(difference);
    }
    let why = "the roles, the groups or the request are not those of the difference that was shown: nothing was written; \
               look at the difference again and apply that one";
    Err(Error::State(StateError::NotNow(why.to_owned())))
}

async fn compare(services: &Services, roles: &KnownRoles, push: &Push, place: &Place) -> Result<Difference> {
    let comparison = Comparison {
        roles,
        existing: place.existing(services).await?,
        reader: &push.naming.name.reader()?,
        limits: place.limits(),
        delete_orphaned: push.delete_orphaned,
    };
    Ok(comparison.difference())
}

fn digest(services: &Services, app: &App, push: &Push, difference: &Difference) -> String {
    let text = format!("role groups\0{}\0{}\0{}", app.id, push.target, difference.fingerprint());
    let hash = services.keys.secret_hash(&text);
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
