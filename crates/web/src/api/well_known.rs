//! `/.well-known/okta-organization`, `/api/v1/org`: what clients ask before they know how to talk to us.

use axum::{Router, extract::State, response::Response, routing::get};
use serde_json::json;

use crate::{answer, auth::ApiCaller, error::ApiError, state::WebState};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new().route("/.well-known/okta-organization", get(organization)).route("/api/v1/org", get(org))
}

/// `pipeline` is `idx`: the one value that suits every client. With `v1` one refuses to work at all, and those that
/// know neither use the classic sign-in in any case.
async fn organization(State(state): State<WebState>) -> Response {
    let origin = state.services.settings.public_url.as_str();
    answer::ok(&json!({
        "id": organization_id(origin),
        "_links": { "organization": { "href": origin } },
        "pipeline": "idx",
        "settings": { "analyticsCollectionEnabled": false, "bugReportingEnabled": false, "omEnabled": false },
    }))
}

async fn org(State(state): State<WebState>, ApiCaller { caller, .. }: ApiCaller) -> Result<Response, ApiError> {
    caller.must_read()?;
    let settings = &state.services.settings;
    let origin = settings.public_url.as_str();
    Ok(answer::ok(&json!({
        "id": organization_id(origin),
        "companyName": settings.organisation,
        "status": "ACTIVE",
        "subdomain": settings.public_url.authority(),
        "website": origin,
        "_links": { "organization": { "href": format!("{origin}/api/v1/org") } },
    })))
}

/// `00o…`: the same for the same address, on every node and after every start.
pub(super) fn organization_id(origin: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut id = String::from("00o");
    for round in 0..17_u8 {
        for byte in origin.bytes().chain([round]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let digit = u32::try_from((hash >> 32) % 36).unwrap_or(0);
        id.push(char::from_digit(digit, 36).unwrap_or('0'));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_has_an_id_of_its_own_in_oktas_shape() {
        let id = organization_id("https://login.example.com");
        assert_eq!(id.len(), 20);
        assert_eq!(id, organization_id("https://login.example.com"));
        assert_ne!(id, organization_id("https://login.example.org"));
    }
}
