//! `/api/v1/groups/rules`: rules that put people into groups, in Okta's shape; and a preview, which is ours.

use api::group_rule::{Change, EXPRESSION, GROUP_RULE, GroupRule, GroupRuleRequest, Membership, Preview};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::{get, post},
};
use domain::{GroupId, GroupRuleId, UserId};
use http::StatusCode;
use serde::Deserialize;
use usecases::{
    Error,
    error::Mistake,
    group_rules::{self, Members, NewRule},
};

use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery, JsonBody, OptionalJsonBody, flag},
    error::ApiError,
    list,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/groups/rules", get(page).post(create))
        .route("/api/v1/groups/rules/preview", post(preview_unsaved))
        .route("/api/v1/groups/rules/{id}", get(read).put(replace).delete(remove))
        .route("/api/v1/groups/rules/{id}/lifecycle/activate", post(activate))
        .route("/api/v1/groups/rules/{id}/lifecycle/deactivate", post(deactivate))
        .route("/api/v1/groups/rules/{id}/preview", post(preview))
}

fn rule_id(text: &str) -> Result<GroupRuleId, ApiError> {
    GroupRuleId::parse(text).map_err(|_| Error::not_found("GroupRule", text).into())
}

fn render(state: &WebState, rule: domain::GroupRule) -> GroupRule {
    GroupRule::new(rule, state.services.settings.public_url.as_str())
}

/// What a client sent, as a rule.
fn new_rule(sent: GroupRuleRequest) -> Result<NewRule, Error> {
    let mut mistakes = Vec::new();
    let mut mistake = |field: &str, cause: String| mistakes.push(Mistake { field: field.to_owned(), cause });
    if sent.kind.as_deref().is_some_and(|kind| kind != GROUP_RULE) {
        mistake("type", format!("`{GROUP_RULE}` is the only type of rule"));
    }
    if sent.conditions.expression.kind != EXPRESSION {
        mistake("conditions.expression.type", format!("`{EXPRESSION}` is the only language of expressions"));
    }
    if !sent.conditions.people.groups.exclude.is_empty() {
        let cause = "groups cannot be left out as such: write `and not isMemberOfGroup(\"…\")` into the expression";
        mistake("conditions.people.groups.exclude", cause.to_owned());
    }
    if !mistakes.is_empty() {
        return Err(Error::Fields(mistakes));
    }
    let group = |id: &String| GroupId::parse(id).map_err(|_| Error::not_found("UserGroup", id));
    let user = |id: &String| UserId::parse(id).map_err(|_| Error::not_found("User", id));
    Ok(NewRule {
        name: sent.name,
        expression: sent.conditions.expression.value,
        excluded: sent.conditions.people.users.exclude.iter().map(user).collect::<Result<_, _>>()?,
        groups: sent.actions.assign_user_to_groups.group_ids.iter().map(group).collect::<Result<_, _>>()?,
    })
}

/// Query of the list.
#[derive(Debug, Deserialize)]
struct ListQuery {
    search: Option<String>,
    limit: Option<String>,
    after: Option<String>,
}

async fn page(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Response, ApiError> {
    let request = list::page_request(query.limit.as_deref(), query.after, 50, 200)?;
    let mut rules = group_rules::list(&state.services, &caller).await?;
    if let Some(search) = query.search.filter(|text| !text.trim().is_empty()) {
        let search = search.to_lowercase();
        rules.retain(|rule| rule.name.to_lowercase().contains(&search));
    }
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(after) = &request.after {
        rules.retain(|rule| rule.id.as_str() > after.as_str());
    }
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let next = rules.get(limit).is_some().then(|| rules.get(limit - 1).map(|rule| rule.id.to_string())).flatten();
    let body: Vec<_> = rules.into_iter().take(limit).map(|rule| render(&state, rule)).collect();
    let raw = raw.unwrap_or_default();
    Ok(list::with_links(&state, "/api/v1/groups/rules", &raw, next.as_deref(), answer::ok(&body)))
}

async fn create(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    JsonBody(sent): JsonBody<GroupRuleRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let rule = group_rules::create(&state.services, &caller, new_rule(sent)?).await?;
    Ok(answer::ok(&render(&state, rule)))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let rule = group_rules::read(&state.services, &caller, &rule_id(&id)?).await?;
    Ok(answer::ok(&render(&state, rule)))
}

async fn replace(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    JsonBody(sent): JsonBody<GroupRuleRequest>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let rule = group_rules::replace(&state.services, &caller, &rule_id(&id)?, new_rule(sent)?).await?;
    Ok(answer::ok(&render(&state, rule)))
}

/// Query of `DELETE`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoveQuery {
    remove_users: Option<String>,
}

async fn remove(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<RemoveQuery>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    let leave = flag("removeUsers", query.remove_users.as_deref(), false)?;
    let members = if leave { Members::Leave } else { Members::Stay };
    group_rules::delete(&state.services, &caller, &rule_id(&id)?, members).await?;
    // As in Okta: accepted, although it is done.
    let mut answer = answer::no_content();
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

async fn activate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    group_rules::activate(&state.services, &caller, &rule_id(&id)?).await?;
    Ok(answer::no_content())
}

async fn deactivate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    caller.must_manage()?;
    group_rules::deactivate(&state.services, &caller, &rule_id(&id)?).await?;
    Ok(answer::no_content())
}

/// With a body the rule in it, else the saved one.
async fn preview(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    OptionalJsonBody(sent): OptionalJsonBody<GroupRuleRequest>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let id = rule_id(&id)?;
    let found = match sent {
        None => group_rules::preview_saved(&state.services, &caller, &id).await?,
        Some(sent) => group_rules::preview(&state.services, &caller, Some(&id), new_rule(sent)?).await?,
    };
    Ok(answer::ok(&told(found)))
}

/// Of a rule that is not saved yet.
async fn preview_unsaved(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    JsonBody(sent): JsonBody<GroupRuleRequest>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    Ok(answer::ok(&told(group_rules::preview(&state.services, &caller, None, new_rule(sent)?).await?)))
}

fn told(preview: group_rules::Preview) -> Preview {
    let group_rules::Preview { matched, join, leave, already } = preview;
    Preview { matched, join: change(join), leave: change(leave), already }
}

fn change(change: group_rules::Change) -> Change {
    let membership = |(user, group): (domain::User, GroupId)| Membership {
        user_id: user.id.to_string(),
        login: user.profile.login.to_string(),
        group_id: group.to_string(),
    };
    Change { count: change.count, some: change.some.into_iter().map(membership).collect() }
}
