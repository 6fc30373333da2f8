//! Paging as Okta does it: `limit` and `after` in, one `Link` header line per relation out, `self` first and `next` last.
//!
//! Clients split and overwrite these headers in their own ways; this order and form suits all of them.

use axum::response::Response;
use http::{HeaderValue, header};
use usecases::PageRequest;

use crate::{error::ApiError, state::WebState};

/// Reads `limit` (at most `maximum`; larger ones are cut, as Okta does) and `after`.
///
/// # Errors
/// When `limit` is not a positive number.
pub fn page_request(
    limit: Option<&str>,
    after: Option<String>,
    default: u32,
    maximum: u32,
) -> Result<PageRequest, ApiError> {
    let limit = match limit.filter(|text| !text.is_empty()) {
        None => default,
        // A number beyond every integer is a large one all the same.
        Some(text) if text.len() > 9 && text.bytes().all(|byte| byte.is_ascii_digit()) => maximum,
        Some(text) => match text.parse::<u32>() {
            Ok(number) if number > 0 => number.min(maximum),
            _ => return Err(usecases::Error::invalid("limit", format!("`{text}` is not a positive number")).into()),
        },
    };
    Ok(PageRequest { after: after.filter(|cursor| !cursor.is_empty()), limit })
}

/// Adds the `Link` lines. `query` is the request's own, without `after`; `next` the next page's cursor.
pub fn with_links(state: &WebState, path: &str, query: &str, next: Option<&str>, mut response: Response) -> Response {
    let base = state.services.settings.public_url.join(path);
    // A client that does not escape `é` must still find its way to the next page: headers hold ASCII alone.
    let query = &percent_encoding::utf8_percent_encode(query, percent_encoding::CONTROLS).to_string();
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after=")).collect();
    let own = if query.is_empty() { base.clone() } else { format!("{base}?{query}") };
    let mut lines = vec![format!("<{own}>; rel=\"self\"")];
    if let Some(cursor) = next {
        let cursor = percent_encoding::utf8_percent_encode(cursor, percent_encoding::NON_ALPHANUMERIC);
        let mut pairs = vec![format!("after={cursor}")];
        pairs.extend(kept.iter().map(|pair| (*pair).to_owned()));
        lines.push(format!("<{base}?{}>; rel=\"next\"", pairs.join("&")));
    }
    for line in lines {
        if let Ok(value) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::LINK, value);
        }
    }
    response
}
