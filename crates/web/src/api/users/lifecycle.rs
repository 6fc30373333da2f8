//! `POST /users/{id}/lifecycle/{step}`. Bodies are ignored. Rolegate sends no mail: `sendEmail` is read and makes no
//! difference, and there is no link in the answer; an administrator sets a password instead.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;
use usecases::{Error, manage_users, user_lifecycle as cycle};

use super::{full, user_id};
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, flag},
    error::ApiError,
    state::WebState,
};

/// Query of a step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepQuery {
    send_email: Option<String>,
    temp_password: Option<String>,
}

pub(super) async fn step(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((reference, step)): ApiPath<(String, String)>,
    ApiQuery(query): ApiQuery<StepQuery>,
) -> Result<Response, ApiError> {
    flag("sendEmail", query.send_email.as_deref(), true)?;
    let temporary = flag("tempPassword", query.temp_password.as_deref(), false)?;
    caller.must_manage()?;
    let id = user_id(&state, &caller, &reference).await?;
    let services = &state.services;
    match step.as_str() {
        "activate" => cycle::activate(services, &caller, &id).await?,
        "deactivate" => cycle::deactivate(services, &caller, &id).await?,
        "reactivate" => cycle::reactivate(services, &caller, &id).await?,
        "suspend" => cycle::suspend(services, &caller, &id).await?,
        "unsuspend" => cycle::unsuspend(services, &caller, &id).await?,
        "unlock" => cycle::unlock(services, &caller, &id).await?,
        "reset_password" => cycle::reset_password(services, &caller, &id).await?,
        // There are no factors: all of them are reset.
        "reset_factors" => manage_users::find(services, &caller, id.as_str()).await?,
        "expire_password" if !temporary => {
            return full(&state, &cycle::expire_password(services, &caller, &id).await?).await;
        }
        "expire_password" | "expire_password_with_temp_password" => {
            let (_, password) = cycle::expire_with_temporary_password(services, &caller, &id).await?;
            return Ok(answer::ok(&json!({ "tempPassword": password.expose() })));
        }
        _ => return Err(Error::not_found("Endpoint", format!("lifecycle/{step}")).into()),
    };
    Ok(answer::ok(&json!({})))
}
