//! An import that is held: an administrator lets it pass as it is, or does away with it.

use std::sync::Arc;

use domain::{
    Directory, DirectoryId, ImportRunId,
    directory::{DirectoryError, DirectoryStep, ImportRun, ImportStatus},
};
use ports::Stage;

use super::{Import, ending, existing, run_of};
use crate::{
    caller::Caller,
    error::{Error, Result, StateError},
    services::Services,
};

/// Applies what was staged, as it was shown.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a run that is not held, that a newer one has replaced, or that would leave no super
/// administrator.
pub async fn release(
    services: &Arc<Services>,
    caller: &Caller,
    directory: &DirectoryId,
    run: &ImportRunId,
) -> Result<ImportRun> {
    caller.must_manage()?;
    let directory = existing(services, directory).await?;
    let (import, run) = held(services, caller, directory, run).await?;
    if services.store.count_super_admins().await? > 0 && services.store.super_admins_after(&import.stage).await? == 0 {
        return Err(not_now("it would leave no active super administrator: make another person one first".to_owned()));
    }
    let before = services.store.entitlement_revision().await?;
    let run = ending::apply(&import, run).await?;
    services.work.spawn(async move {
        if let Err(error) = ending::afterwards(&import, before).await {
            tracing::error!(run.id = %import.stage.run, %error, "what follows an import could not be done");
        }
    });
    Ok(run)
}

/// Drops what was staged.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` for a run that is not held.
pub async fn discard(
    services: &Arc<Services>,
    caller: &Caller,
    directory: &DirectoryId,
    run: &ImportRunId,
) -> Result<ImportRun> {
    caller.must_manage()?;
    let directory = existing(services, directory).await?;
    let (import, run) = held(services, caller, directory, run).await?;
    let hint = "Nothing was changed.";
    let discarded = DirectoryError::new(DirectoryStep::Read, "DISCARDED", "an administrator discarded it", hint);
    ending::fail(&import, run, discarded).await
}

async fn held(
    services: &Arc<Services>,
    caller: &Caller,
    directory: Directory,
    run: &ImportRunId,
) -> Result<(Import, ImportRun)> {
    let run = run_of(services, &directory, run).await?;
    let stage = Stage { run: run.id.clone(), directory: directory.id.clone() };
    if run.status != ImportStatus::Held || !services.store.stages(&directory.id).await?.contains(&stage) {
        return Err(not_now(format!("the import `{}` is not held: look at the latest run", run.id)));
    }
    let cancel = services.stopping.child_token();
    Ok((Import { services: services.clone(), caller: caller.clone(), directory, stage, cancel }, run))
}

fn not_now(why: String) -> Error {
    Error::State(StateError::NotNow(why))
}
