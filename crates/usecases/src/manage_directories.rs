//! Directory integrations: made, read, replaced, switched on and off, tried, removed.
//!
//! The bind password goes in, is sealed, and never comes out. It is bound to the place that it was given for: whoever
//! changes the servers, how they are trusted, or who binds, gives the password again. Otherwise a stolen administrator's
//! token could have it sent to a server of the thief's.

mod check;
mod delete;
mod password;
mod settings;
mod test;

use domain::{Directory, DirectoryId, directory::DirectoryStatus};
use ports::{SealedPurpose, UnitOfWork};

use self::password::Outcome;
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Mistake, Result},
    services::Services,
};

pub use delete::delete;
pub use password::BindPassword;
pub use settings::DirectorySettings;
pub use test::{test, test_saved};

/// A directory, and whether a bind password is kept for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Managed {
    /// The directory.
    pub directory: Directory,
    /// Whether a bind password is kept.
    pub has_bind_password: bool,
}

/// Makes a directory.
///
/// # Errors
/// `Forbidden`; `Fields` names every mistake, nothing is stored then.
pub async fn create(
    services: &Services,
    caller: &Caller,
    settings: DirectorySettings,
    password: BindPassword,
    status: DirectoryStatus,
) -> Result<Managed> {
    caller.must_manage()?;
    let outcome = checked(&settings, password, None)?;
    let directory = settings.into_directory(DirectoryId::generate(&*services.entropy), status, services.now());
    let mut unit = services.store.begin().await?;
    unit.insert_directory(&directory).await?;
    let has_bind_password = store_password(services, &mut *unit, &directory, outcome).await?;
    let event = EventDraft::success("application.lifecycle.create", "Create directory integration")
        .on_directory(&directory)
        .fact("type", directory.kind)
        .fact("urls", directory.connection.urls.join(" "));
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(Managed { directory, has_bind_password })
}

/// One directory.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, id: &DirectoryId) -> Result<Managed> {
    caller.must_read()?;
    let directory = existing(services, id).await?;
    managed(services, directory).await
}

/// All directories, by name.
///
/// # Errors
/// `Forbidden`.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<Managed>> {
    caller.must_read()?;
    let mut all = Vec::new();
    for directory in services.store.directories().await? {
        all.push(managed(services, directory).await?);
    }
    Ok(all)
}

/// Replaces the settings. What was imported stays until the next import.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Fields` names every mistake, nothing is stored then.
pub async fn replace(
    services: &Services,
    caller: &Caller,
    id: &DirectoryId,
    settings: DirectorySettings,
    password: BindPassword,
) -> Result<Managed> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let former = managed(services, existing(services, id).await?).await?;
    let outcome = checked(&settings, password, Some(&former))?;
    let mut directory =
        settings.into_directory(former.directory.id.clone(), former.directory.status, former.directory.created);
    let gives_password = matches!(outcome, Outcome::New(_));
    if directory == (Directory { last_updated: directory.last_updated, ..former.directory.clone() }) && !gives_password
    {
        return Ok(former);
    }
    directory.last_updated = services.now();
    unit.update_directory(&directory).await?;
    let has_bind_password = store_password(services, &mut *unit, &directory, outcome).await?;
    let event = EventDraft::success("application.lifecycle.update", "Update directory integration")
        .on_directory(&directory)
        .fact("changed", settings::changed(&former.directory, &directory).join(" "))
        .fact("bindPasswordReplaced", gives_password);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(Managed { directory, has_bind_password })
}

/// Switches a directory on: imports run, people sign in with its passwords. Does nothing, and logs nothing, when it is on.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn activate(services: &Services, caller: &Caller, id: &DirectoryId) -> Result<Managed> {
    let event = EventDraft::success("application.lifecycle.activate", "Activate directory integration");
    set_status(services, caller, id, DirectoryStatus::Active, event).await
}

/// Switches a directory off: nothing is asked of it any more, so its people cannot sign in with their passwords; sessions
/// go on, and what was imported stays. Does nothing, and logs nothing, when it is off.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn deactivate(services: &Services, caller: &Caller, id: &DirectoryId) -> Result<Managed> {
    let event = EventDraft::success("application.lifecycle.deactivate", "Deactivate directory integration");
    set_status(services, caller, id, DirectoryStatus::Inactive, event).await
}

async fn set_status(
    services: &Services,
    caller: &Caller,
    id: &DirectoryId,
    status: DirectoryStatus,
    event: EventDraft,
) -> Result<Managed> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let mut directory = existing(services, id).await?;
    if directory.status != status {
        directory.status = status;
        directory.last_updated = services.now();
        unit.update_directory(&directory).await?;
        unit.append_event(&event.on_directory(&directory).by(services, caller)).await?;
        unit.commit().await?;
    }
    managed(services, directory).await
}

/// The directory; asked for while a transaction is open, nobody else can change it on SQLite.
pub(crate) async fn existing(services: &Services, id: &DirectoryId) -> Result<Directory> {
    services.store.directory(id).await?.ok_or_else(|| Error::not_found("Directory", id.as_str()))
}

async fn managed(services: &Services, directory: Directory) -> Result<Managed> {
    let has_bind_password = services.store.bind_secret(&directory.id).await?.is_some();
    Ok(Managed { directory, has_bind_password })
}

/// Every mistake at once; what becomes of the password when there is none.
fn checked(settings: &DirectorySettings, password: BindPassword, former: Option<&Managed>) -> Result<Outcome> {
    let mut mistakes = check::all(settings);
    if let Some(former) = former.filter(|former| former.directory.kind != settings.kind) {
        let cause = format!(
            "`{}` stays `{}`: entries are told apart in another way; make a second directory instead",
            former.directory.name, former.directory.kind
        );
        mistakes.push(Mistake { field: "type".to_owned(), cause });
    }
    let with_password = former.filter(|former| former.has_bind_password).map(|former| &former.directory);
    match password::decide(settings, password, with_password) {
        Ok(outcome) if mistakes.is_empty() => return Ok(outcome),
        Ok(_) => {}
        Err(mistake) => mistakes.push(mistake),
    }
    Err(Error::Fields(mistakes))
}

/// Writes what becomes of the password; answers whether one is kept now.
async fn store_password(
    services: &Services,
    unit: &mut dyn UnitOfWork,
    directory: &Directory,
    outcome: Outcome,
) -> Result<bool> {
    match outcome {
        Outcome::Stays => Ok(true),
        Outcome::None => {
            unit.set_bind_secret(&directory.id, None).await?;
            Ok(false)
        }
        Outcome::New(secret) => {
            let purpose = SealedPurpose::DirectoryBind(directory.id.clone());
            let sealed = services.keys.seal(secret.expose().as_bytes(), &purpose)?;
            unit.set_bind_secret(&directory.id, Some(&sealed)).await?;
            Ok(true)
        }
    }
}
