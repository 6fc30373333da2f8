//! Who looks at a page: a signed-in person, or somebody who is sent to sign in first and then back.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::Response,
};
use http::{Method, request::Parts};

use crate::{
    auth::SignedIn,
    pages::{answer, error_page, params::encode},
    state::WebState,
};

/// A signed-in person. Anybody else is sent to the sign-in page, which leads back to where they wanted to go.
pub struct Visitor(pub SignedIn);

impl FromRequestParts<WebState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        match signed_in(parts, state).await? {
            Some(signed_in) => Ok(Self(signed_in)),
            None => Err(answer::see_other(&sign_in_address(&way_back(parts)))),
        }
    }
}

impl OptionalFromRequestParts<WebState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Option<Self>, Response> {
        Ok(signed_in(parts, state).await?.map(Self))
    }
}

async fn signed_in(parts: &mut Parts, state: &WebState) -> Result<Option<SignedIn>, Response> {
    let found = <SignedIn as OptionalFromRequestParts<WebState>>::from_request_parts(parts, state).await;
    found.map_err(|error| error_page::of(state, &error))
}

/// The sign-in page that leads on to `target`.
pub fn sign_in_address(target: &str) -> String {
    if target == "/" { "/signin".to_owned() } else { format!("/signin?fromURI={}", encode(target)) }
}

/// A form that was posted without a session cannot be repeated: its page is shown instead.
fn way_back(parts: &Parts) -> String {
    let asked = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    if matches!(parts.method, Method::GET | Method::HEAD) { asked.to_owned() } else { "/".to_owned() }
}
