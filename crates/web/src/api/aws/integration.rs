//! `GET`, `PUT integration` and `POST test`.

use api::aws::{AccountTest, Credentials, Integration, Only, TestReport};
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use domain::{AppId, Partition, Secret, Timestamp, aws::AwsIntegration};
use usecases::{manage_integration, manage_integration::NewIntegration, test_integration};

use crate::{answer, auth::ApiCaller, error::ApiError, state::WebState};

/// The settings, without secrets.
pub(super) async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = manage_integration::read(&state.services, &caller, &super::app_id(&id)?).await?;
    Ok(answer::ok(&Integration::from(found)))
}

/// Replaces the settings.
pub(super) async fn put(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let id = super::app_id(&id)?;
    let new = from_wire(super::body(&bytes)?, &id);
    let stored = manage_integration::put(&state.services, &caller, &id, new).await?;
    Ok(answer::ok(&Integration::from(stored)))
}

fn from_wire(mut wire: Integration, app: &AppId) -> NewIntegration {
    let mut secrets: Vec<(Partition, Secret<String>)> = Vec::new();
    for source in &mut wire.sources {
        if let Credentials::AccessKey { secret_access_key, .. } = &mut source.credentials
            && let Some(secret) = secret_access_key.take()
        {
            secrets.push((source.partition, Secret::new(secret)));
        }
    }
    let integration = AwsIntegration {
        app: app.clone(),
        enabled: wire.enabled,
        sources: wire.sources.into_iter().map(Into::into).collect(),
        cross_account_role: wire.cross_account_role,
        external_id: wire.external_id,
        session_name: wire.session_name,
        interval_seconds: wire.interval_seconds,
        last_updated: Timestamp::from_millis(0),
    };
    NewIntegration { integration, secrets }
}

/// Tries every account, or one.
pub(super) async fn test(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let only: Only = super::optional_body(&bytes)?;
    let tested = test_integration::test(&state.services, &caller, &super::app_id(&id)?, only.account).await?;
    let accounts: Vec<AccountTest> = tested
        .into_iter()
        .map(|test| AccountTest {
            account: test.account,
            partition: test.partition,
            ok: test.error.is_none(),
            roles: test.roles,
            error: test.error,
        })
        .collect();
    Ok(answer::ok(&TestReport { ok: accounts.iter().all(|account| account.ok), accounts }))
}
