//! `POST /users/{id}/credentials/change_password`.

use api::user::{ChangePasswordRequest, Credentials};
use axum::{extract::State, response::Response};
use usecases::manage_users;

use super::{request::required_password, user_id};
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, JsonBody},
    error::ApiError,
    state::WebState,
};

pub(super) async fn change_password(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(reference): ApiPath<String>,
    JsonBody(sent): JsonBody<ChangePasswordRequest>,
) -> Result<Response, ApiError> {
    let id = user_id(&state, &caller, &reference).await?;
    let old = required_password("oldPassword", sent.old_password)?;
    let new = required_password("newPassword", sent.new_password)?;
    manage_users::change_password(&state.services, &caller, &id, &old, &new).await?;
    Ok(answer::ok(&Credentials::ours(true)))
}
