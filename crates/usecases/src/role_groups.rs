//! Role groups: the groups of a directory, or local ones, that group mapping turns into roles; written from what
//! discovery found.
//!
//! First the difference is shown ([`show`]), then the same difference, named by its digest, is applied ([`apply`]); one that
//! is out of date is refused. Who is in a group is never touched, and nothing is removed unless that was asked for. Who
//! lets no program write to the directory takes the groups as a file ([`export`]).

mod diff;
mod export;
mod import_csv;
mod name;
mod notes;
mod push;
mod status;
mod target;
mod wanted;
mod write_directory;
mod write_local;

use domain::AppId;

pub use diff::{Described, Difference, Existing, Obstacle, Orphan};
pub use export::Format;
pub use import_csv::{CsvImport, LARGEST as LARGEST_CSV, import};
pub use name::{DEFAULT_DESCRIPTION, DEFAULT_TEMPLATE, Template};
pub use notes::Note;
pub use push::{Applied, ChangeKind, ChangeResult, Push, Shown, apply, show};
pub use status::{Status, status};
pub use target::Target;
pub use wanted::{Naming, WantedGroup};

use crate::{caller::Caller, error::Result, list_roles, services::Services};

/// The naming by these templates; Okta's recommended form for what is left out.
///
/// # Errors
/// `Invalid` for a template that cannot be used.
pub fn naming(name: Option<&str>, description: Option<&str>) -> Result<Naming> {
    Ok(Naming {
        name: Template::parse_name("template", name.unwrap_or(DEFAULT_TEMPLATE))?,
        description: Template::parse("description", description.unwrap_or(DEFAULT_DESCRIPTION))?,
    })
}

/// The groups of every role that trusts us, as a file.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for an OU that is not a DN.
pub async fn export(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    naming: &Naming,
    format: &Format,
) -> Result<String> {
    let app = list_roles::app(services, caller, app).await?;
    export::write(&wanted::roles(services, &app.id, naming).await?.wanted, format)
}
