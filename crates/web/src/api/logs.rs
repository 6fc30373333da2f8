//! `/api/v1/logs`: the system log, in Okta's schema.

use api::log::LogEvent;
use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use domain::{Event, Timestamp};
use serde::Deserialize;
use usecases::{
    Error,
    read_log::{self, EventFilter, SortOrder},
};

use crate::{answer, auth::ApiCaller, body::ApiQuery, error::ApiError, list, search, state::WebState};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new().route("/api/v1/logs", get(page))
}

/// Query of the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogQuery {
    since: Option<String>,
    until: Option<String>,
    after: Option<String>,
    filter: Option<String>,
    q: Option<String>,
    limit: Option<String>,
    sort_order: Option<String>,
}

async fn page(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    RawQuery(raw): RawQuery,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> Result<Response, ApiError> {
    caller.must_read()?;
    let request = list::page_request(query.limit.as_deref(), query.after, 100, 1000)?;
    let mut filter = EventFilter {
        since: time("since", query.since)?,
        until: time("until", query.until)?,
        q: query.q.filter(|text| !text.trim().is_empty()),
        order: order(query.sort_order.as_deref())?,
        ..EventFilter::default()
    };
    let condition = match query.filter.filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(search::events::condition(&text, &mut filter)?),
        None => None,
    };
    let keep = |event: &Event| condition.as_ref().is_none_or(|condition| condition(event));
    let found = read_log::list(&state.services, &caller, &filter, &request, &keep).await?;
    let body: Vec<LogEvent> = found.items.into_iter().map(Into::into).collect();
    let raw = raw.unwrap_or_default();
    Ok(list::with_links(&state, "/api/v1/logs", &raw, found.next.as_deref(), answer::ok(&body)))
}

fn time(field: &str, text: Option<String>) -> Result<Option<Timestamp>, ApiError> {
    // A `+01:00` that was not escaped arrives as a blank.
    let text = text.filter(|text| !text.is_empty()).map(|text| text.replace(' ', "+"));
    text.map(|text| Timestamp::parse(&text))
        .transpose()
        .map_err(|error| Error::invalid(field, error.to_string()).into())
}

fn order(text: Option<&str>) -> Result<SortOrder, ApiError> {
    match text.map(str::to_ascii_uppercase).as_deref() {
        None | Some("" | "ASCENDING") => Ok(SortOrder::Ascending),
        Some("DESCENDING") => Ok(SortOrder::Descending),
        Some(other) => {
            Err(Error::invalid("sortOrder", format!("`{other}` is neither `ASCENDING` nor `DESCENDING`")).into())
        }
    }
}
