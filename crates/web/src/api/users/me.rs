//! `GET /users/me` with a token that belongs to nobody (made on the server's machine). Clients ask it at start to see
//! whether their token works, so it answers: with a service user that carries the token's id and name.

use api::user::{Credentials, USER_TYPE, User, UserType};
use axum::response::Response;
use domain::TokenId;
use serde_json::json;
use usecases::{Caller, Error, tokens};

use crate::{answer, error::ApiError, state::WebState};

pub(super) async fn of_token(state: &WebState, caller: &Caller) -> Result<Response, ApiError> {
    let id = TokenId::parse(&caller.actor.id).map_err(|_| Error::not_found("User", "me"))?;
    let token = tokens::read(&state.services, caller, &id).await?;
    let profile = json!({
        "firstName": token.name,
        "lastName": "API token",
        "mobilePhone": null,
        "secondEmail": null,
        "login": token.name,
        "email": null,
    });
    Ok(answer::ok(&User {
        id: token.id.to_string(),
        status: "ACTIVE".to_owned(),
        created: token.created,
        activated: Some(token.created),
        status_changed: Some(token.created),
        last_login: None,
        last_updated: token.created,
        password_changed: None,
        kind: UserType { id: USER_TYPE.to_owned() },
        profile: profile.as_object().cloned().unwrap_or_default(),
        credentials: Credentials::ours(false),
        admin_role: Some(token.role.as_str().to_owned()),
        links: serde_json::Map::new(),
    }))
}
