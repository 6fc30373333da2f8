//! `role-groups`: what is missing and orphaned, the difference to a directory or to local groups, its application, files out
//! and in.

mod wire;

use api::role_groups::Push;
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde::Deserialize;
use usecases::{
    Error,
    role_groups::{self, Format, LARGEST_CSV, Naming},
};

use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiQuery, JsonBody, flag, whole},
    error::ApiError,
    state::WebState,
};

/// Query of status and export.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    template: Option<String>,
    description: Option<String>,
    format: Option<String>,
    ou: Option<String>,
}

impl About {
    fn naming(&self) -> Result<Naming, ApiError> {
        Ok(role_groups::naming(self.template.as_deref(), self.description.as_deref())?)
    }

    fn format(&self) -> Result<Format, ApiError> {
        let ou = || {
            self.ou.clone().ok_or_else(|| Error::invalid("ou", "name the OU of the groups: `ou=aws,dc=example,dc=com`"))
        };
        match self.format.as_deref() {
            None | Some("csv") => Ok(Format::Csv),
            Some("ldif") => Ok(Format::Ldif { ou: ou()? }),
            Some("powershell") => Ok(Format::PowerShell { ou: ou()? }),
            Some(other) => {
                let other: String = other.chars().take(50).collect();
                let cause = format!("`{other}` is not a format: `csv`, `ldif` or `powershell`");
                Err(Error::invalid("format", cause).into())
            }
        }
    }
}

/// Query of the import.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HowToImport {
    dry_run: Option<String>,
}

/// Missing and orphaned groups, by what is known.
pub(super) async fn status(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    ApiQuery(about): ApiQuery<About>,
) -> Result<Response, ApiError> {
    let found = role_groups::status(&state.services, &caller, &super::app_id(&id)?, &about.naming()?).await?;
    Ok(answer::ok(&wire::status(found)))
}

/// What would change.
pub(super) async fn diff(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    JsonBody(push): JsonBody<Push>,
) -> Result<Response, ApiError> {
    let (push, _) = wire::push(push)?;
    let shown = role_groups::show(&state.services, &caller, &super::app_id(&id)?, &push).await?;
    Ok(answer::ok(&wire::difference(shown)))
}

/// Applies the difference that was shown.
pub(super) async fn push(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    JsonBody(push): JsonBody<Push>,
) -> Result<Response, ApiError> {
    let (push, digest) = wire::push(push)?;
    let digest = digest.ok_or_else(|| {
        Error::invalid("digest", "ask for the difference first (`role-groups/diff`), and give its `digest` here")
    })?;
    let applied = role_groups::apply(&state.services, &caller, &super::app_id(&id)?, &push, &digest).await?;
    Ok(answer::ok(&wire::changes(applied)))
}

/// The groups as a file.
pub(super) async fn export(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    ApiQuery(about): ApiQuery<About>,
) -> Result<Response, ApiError> {
    let (naming, format) = (about.naming()?, about.format()?);
    let text = role_groups::export(&state.services, &caller, &super::app_id(&id)?, &naming, &format).await?;
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = format!("attachment; filename=\"{}\"", format.file_name());
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Groups and management groups from a CSV file.
pub(super) async fn import(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    ApiQuery(how): ApiQuery<HowToImport>,
    body: Body,
) -> Result<Response, ApiError> {
    let dry_run = flag("dryRun", how.dry_run.as_deref(), false)?;
    caller.must_manage()?;
    let file = whole(body, LARGEST_CSV).await?;
    let done = role_groups::import(&state.services, &caller, &super::app_id(&id)?, &file, dry_run).await?;
    Ok(answer::ok(&wire::imported(done, dry_run)))
}
