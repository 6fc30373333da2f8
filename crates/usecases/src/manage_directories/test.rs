//! "Test connection": goes through every step and names the first that fails, with what to do; shows some real entries as
//! they would be imported. Stores nothing but the log entry, so that settings can be tried before they are saved.

use domain::{
    Directory, DirectoryId,
    directory::{DirectoryError, DirectoryStatus, DirectoryStep, TestReport, TestStep},
};
use ports::{DirectoryResult, DirectorySession};

use super::{BindPassword, DirectorySettings, Outcome, checked, existing, managed};
use crate::{audit::EventDraft, caller::Caller, error::Result, open_directory, services::Services};

/// Tries settings. Those of a saved directory may leave the password that is kept out, under the same condition as when
/// they are saved.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Fields` names every mistake, nothing is asked of the server then.
pub async fn test(
    services: &Services,
    caller: &Caller,
    saved: Option<&DirectoryId>,
    settings: DirectorySettings,
    password: BindPassword,
) -> Result<TestReport> {
    caller.must_manage()?;
    let former = match saved {
        Some(id) => Some(managed(services, existing(services, id).await?).await?),
        None => None,
    };
    let outcome = checked(&settings, password, former.as_ref())?;
    let id = saved.cloned().unwrap_or_else(|| DirectoryId::generate(&*services.entropy));
    let directory = settings.into_directory(id, DirectoryStatus::Inactive, services.now());
    let opened = match outcome {
        Outcome::None => services.directories.open(&directory, None).await,
        Outcome::New(password) => services.directories.open(&directory, Some(password)).await,
        Outcome::Stays => open_directory::open(services, &directory).await?,
    };
    carry_out(services, caller, &directory, opened).await
}

/// Tries a directory as it is saved.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn test_saved(services: &Services, caller: &Caller, id: &DirectoryId) -> Result<TestReport> {
    caller.must_manage()?;
    let directory = existing(services, id).await?;
    let opened = open_directory::open(services, &directory).await?;
    carry_out(services, caller, &directory, opened).await
}

async fn carry_out(
    services: &Services,
    caller: &Caller,
    directory: &Directory,
    opened: DirectoryResult<Box<dyn DirectorySession>>,
) -> Result<TestReport> {
    let report = match opened {
        Ok(session) => session.test().await,
        Err(error) => TestReport { steps: vec![failed_step(error)], sample: Vec::new() },
    };
    let draft = match report.steps.iter().find(|step| !step.ok) {
        None => EventDraft::success("application.integration.api_query", "Test a directory"),
        Some(step) => EventDraft::failure("application.integration.general_failure", "Test a directory", "FAILED")
            .fact("step", &step.name)
            .fact("detail", &step.detail),
    };
    services.store.append_events(vec![draft.on_directory(directory).by(services, caller)]).await?;
    Ok(report)
}

fn failed_step(error: DirectoryError) -> TestStep {
    let name = match error.step {
        DirectoryStep::Agent => "agent",
        DirectoryStep::Certificate => "certificate",
        DirectoryStep::Bind => "bind",
        _ => "connect",
    };
    TestStep {
        name: name.to_owned(),
        ok: false,
        detail: format!("{}: {}", error.code, error.message),
        hint: Some(error.hint),
    }
}
