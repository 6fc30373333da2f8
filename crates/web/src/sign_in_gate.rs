//! What stands before every password check: limits by address and by login, and that no other site asks.

use domain::event::Origin;
use http::HeaderMap;

use crate::{auth, error::ApiError, limit::Standing, state::WebState};

/// Counts one attempt. Logins are counted without regard to case; a missing address counts as one address.
///
/// # Errors
/// E0000047 with the seconds to wait.
pub fn check(state: &WebState, origin: &Origin, login: &str) -> Result<Standing, ApiError> {
    check_address(state, origin)?;
    let login: String = login.trim().chars().take(100).collect();
    allowed(state.limiters.sign_in_per_login.check(&login.to_lowercase()))
}

/// Counts one attempt of an address.
///
/// # Errors
/// E0000047 with the seconds to wait.
pub fn check_address(state: &WebState, origin: &Origin) -> Result<Standing, ApiError> {
    allowed(state.limiters.sign_in_per_address.check(origin.ip.as_deref().unwrap_or("unknown")))
}

fn allowed(standing: Standing) -> Result<Standing, ApiError> {
    match standing.refused_for {
        Some(seconds) => Err(ApiError::too_many(seconds)),
        None => Ok(standing),
    }
}

/// Whether the request comes from our own pages or from no browser at all.
///
/// # Errors
/// E0000006 for another site's.
pub fn same_site(state: &WebState, headers: &HeaderMap) -> Result<(), ApiError> {
    if auth::comes_from_us(headers, state) { Ok(()) } else { Err(auth::cross_site()) }
}

/// Whether a browser says that another site's page led here. Clients of the command line say nothing.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}
