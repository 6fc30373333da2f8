//! `/api/v1/apps`: app instances, and the apps of a group.

use api::{
    app::{App, AppRequest},
    assignment::AppTypes,
    filter::{Comparison, Expression, Operator},
    profile::FieldError,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{AppId, AppStatus, GroupId, UserId, app::AMAZON_AWS};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, json};
use usecases::{
    Error, Page, assign_groups,
    error::StateError,
    manage_apps::{self, AppFilter, AppProfile, AppReplacement, DEFAULT_USER_NAME_TEMPLATE, ENVIRONMENTS},
};

use super::sent::SentObject;
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery},
    error::ApiError,
    list,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/apps", get(index).post(create))
        .route("/api/v1/apps/{id}", get(read).put(replace).delete(remove))
        .route("/api/v1/apps/{id}/lifecycle/activate", post(activate))
        .route("/api/v1/apps/{id}/lifecycle/deactivate", post(deactivate))
        .route("/api/v1/groups/{id}/apps", get(of_group))
        .route("/api/v1/internal/apps/{id}/types", get(types))
}

/// An app's id in a path; anything else is an app that does not exist.
pub(super) fn app_id(text: &str) -> Result<AppId, ApiError> {
    AppId::parse(text).map_err(|_| Error::not_found("AppInstance", text).into())
}

/// Every mistake in what was sent (E0000001).
pub(super) fn refused(errors: Vec<FieldError>) -> ApiError {
    let field = errors.first().map(|error| error.field.clone()).unwrap_or_default();
    ApiError {
        causes: errors.into_iter().map(|error| error.to_string()).collect(),
        ..ApiError::new(StatusCode::BAD_REQUEST, "E0000001", format!("Api validation failed: {field}"))
    }
}

fn shown(state: &WebState, app: &domain::App) -> App {
    App::new(app, state.services.settings.public_url.as_str())
}

#[derive(Deserialize)]
struct ListQuery {
    q: Option<String>,
    filter: Option<String>,
    limit: Option<String>,
    after: Option<String>,
}

async fn index(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiQuery(query): ApiQuery<ListQuery>,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let page = list::page_request(query.limit.as_deref(), query.after, 20, 200)?;
    let mut filter = AppFilter { q: query.q.filter(|q| !q.is_empty()), ..AppFilter::default() };
    let wanted = match query.filter.filter(|text| !text.trim().is_empty()) {
        Some(text) => narrow(&mut filter, &text)?,
        None => Wanted::Some,
    };
    let found = match wanted {
        Wanted::Some => manage_apps::list(&state.services, &caller, &filter, &page).await?,
        Wanted::None => {
            caller.must_read()?;
            Page { items: Vec::new(), next: None }
        }
    };
    let apps: Vec<App> = found.items.iter().map(|app| shown(&state, app)).collect();
    let query = raw.unwrap_or_default();
    Ok(list::with_links(&state, "/api/v1/apps", &query, found.next.as_deref(), answer::ok(&apps)))
}

/// Whether a filter can match anything here.
enum Wanted {
    Some,
    None,
}

fn narrow(filter: &mut AppFilter, text: &str) -> Result<Wanted, ApiError> {
    let refuse = |why: String| ApiError::from(Error::invalid("filter", why));
    let expression = Expression::parse(text).map_err(|error| refuse(error.to_string()))?;
    let mut wanted = Wanted::Some;
    for part in expression.conjuncts() {
        let Expression::Compare(Comparison { attribute, operator: Operator::Eq, value }) = part else {
            return Err(refuse("only `eq` is supported, several conditions joined by `and`".to_owned()));
        };
        match attribute.as_str() {
            "name" if value == AMAZON_AWS => {}
            "name" => wanted = Wanted::None,
            "status" => match value.to_ascii_uppercase().as_str() {
                "ACTIVE" => filter.status = Some(AppStatus::Active),
                "INACTIVE" => filter.status = Some(AppStatus::Inactive),
                _ => return Err(refuse(format!("`{value}` is not an app's status: `ACTIVE` or `INACTIVE`"))),
            },
            "user.id" => match UserId::parse(value) {
                Ok(id) => filter.user = Some(id),
                Err(error) => return Err(refuse(error.to_string())),
            },
            "group.id" => match GroupId::parse(value) {
                Ok(id) => filter.group = Some(id),
                Err(error) => return Err(refuse(error.to_string())),
            },
            other => {
                return Err(refuse(format!(
                    "`{other}` cannot be asked for: `name`, `status`, `user.id` and `group.id` can"
                )));
            }
        }
    }
    Ok(wanted)
}

#[derive(Deserialize)]
struct CreateQuery {
    activate: Option<String>,
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiQuery(query): ApiQuery<CreateQuery>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    if !sent.contains_key("name") {
        return Err(refused(vec![FieldError::new("name", format!("The field cannot be left blank: `{AMAZON_AWS}`"))]));
    }
    let request = AppRequest::parse(sent).map_err(refused)?;
    let status = match query.activate.as_deref() {
        Some(text) if text.eq_ignore_ascii_case("false") => AppStatus::Inactive,
        _ => AppStatus::Active,
    };
    let profile = AppProfile {
        label: request.label,
        settings: request.settings.unwrap_or_default(),
        user_name_template: request.user_name_template.unwrap_or_else(|| DEFAULT_USER_NAME_TEMPLATE.to_owned()),
        document: request.document,
    };
    let algorithm = request.key_algorithm.unwrap_or_default();
    let app = manage_apps::create(&state.services, &caller, profile, status, algorithm).await?;
    Ok(answer::ok(&shown(&state, &app)))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let app = manage_apps::read(&state.services, &caller, &app_id(&id)?).await?;
    Ok(answer::ok(&shown(&state, &app)))
}

async fn replace(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    SentObject(sent): SentObject,
) -> Result<Response, ApiError> {
    let id = app_id(&id)?;
    let request = AppRequest::parse(sent).map_err(refused)?;
    let with = AppReplacement {
        label: request.label,
        settings: request.settings,
        user_name_template: request.user_name_template,
        document: request.document,
        signing_key: request.signing_key,
    };
    let app = manage_apps::replace(&state.services, &caller, &id, with).await?;
    Ok(answer::ok(&shown(&state, &app)))
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    match manage_apps::delete(&state.services, &caller, &app_id(&id)?).await {
        Ok(()) => Ok(answer::no_content()),
        Err(Error::State(StateError::NotNow(why))) => Err(ApiError {
            causes: vec![why],
            ..ApiError::new(StatusCode::FORBIDDEN, "E0000056", "Delete application forbidden.")
        }),
        Err(error) => Err(error.into()),
    }
}

async fn activate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    manage_apps::activate(&state.services, &caller, &app_id(&id)?).await?;
    Ok(answer::ok(&json!({})).into_response())
}

async fn deactivate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    manage_apps::deactivate(&state.services, &caller, &app_id(&id)?).await?;
    Ok(answer::ok(&json!({})).into_response())
}

async fn of_group(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let group = GroupId::parse(&id).map_err(|_| Error::not_found("UserGroup", &id))?;
    let found = manage_apps::of_group(&state.services, &caller, &group).await?;
    let apps: Vec<App> = found.iter().map(|app| shown(&state, app)).collect();
    let path = format!("/api/v1/groups/{group}/apps");
    Ok(list::with_links(&state, &path, &raw.unwrap_or_default(), None, answer::ok(&apps)))
}

/// What can be chosen in settings and assignments: a private endpoint of Okta's that connectors read.
async fn types(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let roles = assign_groups::assignable_roles(&state.services, &caller, &app_id(&id)?).await?;
    let types = AppTypes {
        environments: ENVIRONMENTS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        saml_roles: roles.clone(),
        roles,
        other: Map::new(),
    };
    Ok(answer::ok(&types))
}
