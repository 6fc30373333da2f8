//! `GET entitlements`, `explain`, `preview`: who may enter what, why, and what AWS would be told.

use api::preview::{Finding, Preview, SentTag, Severity};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use domain::{AppId, RoleArn, UserId};
use serde::Deserialize;
use usecases::{Caller, entitlements, explain_role::explain_role, manage_users, preview_launch};

use crate::{answer, auth::ApiCaller, error::ApiError, state::WebState};

/// `?user=…&role=…`: a user by id or login (or `me`), a role by ARN.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    user: Option<String>,
    role: Option<String>,
}

impl About {
    async fn user(&self, state: &WebState, caller: &Caller) -> Result<UserId, ApiError> {
        match self.user.as_deref().filter(|text| !text.is_empty()) {
            None | Some("me") => caller.user.clone().ok_or_else(|| {
                usecases::Error::invalid("user", "name a user by id or login: `?user=ann@example.com`").into()
            }),
            Some(reference) => Ok(manage_users::find(&state.services, caller, reference).await?.id),
        }
    }

    fn role(&self) -> Result<Option<RoleArn>, ApiError> {
        let parse = |text: &str| text.parse::<RoleArn>();
        self.role
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(parse)
            .transpose()
            .map_err(|error| usecases::Error::invalid("role", error.to_string()).into())
    }
}

/// What is asked, by whom, about which app.
async fn question(
    state: &WebState,
    caller: &Caller,
    id: &str,
    about: &About,
) -> Result<(AppId, UserId, Option<RoleArn>), ApiError> {
    let app = super::app_id(id)?;
    let role = about.role()?;
    let user = about.user(state, caller).await?;
    Ok((app, user, role))
}

/// Every role a user has, usable or not, with its reasons.
pub(super) async fn entitlements(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, ApiError> {
    let (app, user, _) = question(&state, &caller, &id, &about).await?;
    let has = entitlements::roles_of_user(&state.services, &caller, &app, &user).await?;
    Ok(answer::ok(&has.access.roles))
}

/// Why a user has a role, or has not.
pub(super) async fn explain(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, ApiError> {
    let (app, user, role) = question(&state, &caller, &id, &about).await?;
    let role = role.ok_or_else(|| usecases::Error::invalid("role", "name a role by its ARN"))?;
    Ok(answer::ok(&explain_role(&state.services, &caller, &app, &user, &role).await?))
}

/// The assertion of a launch, decoded and unsigned, with its findings; all roles when none is named.
pub(super) async fn preview(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, ApiError> {
    let (app, user, role) = question(&state, &caller, &id, &about).await?;
    let preview = preview_launch::preview_launch(&state.services, &caller, &app, &user, role.as_ref()).await?;
    Ok(answer::ok(&to_wire(preview)))
}

fn to_wire(preview: preview_launch::Preview) -> Preview {
    Preview {
        would_launch: preview.would_launch,
        findings: preview.findings.into_iter().map(finding).collect(),
        acs_url: preview.acs_url,
        audience: preview.audience,
        issuer: preview.issuer,
        name_id: preview.name_id,
        role_session_name: preview.role_session_name,
        session_duration: preview.session_duration,
        source_identity: preview.source_identity,
        session_tags: preview.session_tags.into_iter().map(|(key, value)| SentTag { key, value }).collect(),
        relay_state: preview.relay_state,
        roles: preview.roles,
        encoded_length: preview.encoded_len,
        xml: preview.xml,
    }
}

fn finding(finding: usecases::finding::Finding) -> Finding {
    Finding {
        severity: if finding.forbids() { Severity::Error } else { Severity::Warning },
        code: finding.code,
        what: finding.what,
        fix: finding.fix,
        aws_error: finding.aws_error.map(str::to_owned),
    }
}
