//! `GET accounts` and `GET roles`: what discovery knows.

use std::collections::HashMap;

use api::aws::{Account, Role};
use axum::{
    extract::{Path, Query, RawQuery, State},
    response::Response,
};
use domain::{AccountId, aws::AwsAccount};
use serde::Deserialize;
use usecases::{list_roles, list_roles::RoleFilter};

use crate::{answer, auth::ApiCaller, error::ApiError, list, state::WebState};

/// All accounts of the app.
pub(super) async fn accounts(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = list_roles::accounts(&state.services, &caller, &super::app_id(&id)?).await?;
    Ok(answer::ok(&found.into_iter().map(Account::from).collect::<Vec<_>>()))
}

/// One account.
pub(super) async fn account(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path((id, account)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let account = super::account_id(&account)?;
    let found = list_roles::account(&state.services, &caller, &super::app_id(&id)?, account).await?;
    Ok(answer::ok(&Account::from(found)))
}

/// Query of `GET roles`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleQuery {
    account: Option<String>,
    trust: Option<String>,
    q: Option<String>,
    include_vanished: Option<String>,
    limit: Option<String>,
    after: Option<String>,
}

/// A page of roles.
pub(super) async fn roles(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    Query(query): Query<RoleQuery>,
) -> Result<Response, ApiError> {
    let app = super::app_id(&id)?;
    let trust = query.trust.map(|text| text.to_ascii_uppercase().parse());
    let filter = RoleFilter {
        account: query.account.as_deref().map(super::account_id).transpose()?,
        trust: trust.transpose().map_err(|why: String| usecases::Error::invalid("trust", why))?,
        q: query.q.filter(|text| !text.is_empty()),
        include_vanished: query.include_vanished.is_some_and(|text| text.eq_ignore_ascii_case("true")),
    };
    let request = list::page_request(query.limit.as_deref(), query.after, 200, 1000)?;
    let page = list_roles::roles(&state.services, &caller, &app, &filter, &request).await?;
    let accounts: HashMap<AccountId, AwsAccount> = list_roles::accounts(&state.services, &caller, &app)
        .await?
        .into_iter()
        .map(|account| (account.id, account))
        .collect();
    let rows: Vec<Role> = page
        .items
        .into_iter()
        .map(|role| {
            let account = accounts.get(&role.arn.account());
            Role::new(role, account)
        })
        .collect();
    let path = format!("/api/v1/apps/{app}/aws/roles");
    Ok(list::with_links(&state, &path, raw.as_deref().unwrap_or(""), page.next.as_deref(), answer::ok(&rows)))
}
