//! Okta's addresses for an all-roles sign-in, which clients and AWS's own tools know: the embed link
//! `/home/amazon_aws/{id}/{n}` and `/app/amazon_aws/{id}/sso/saml`.
//!
//! The answer is always a page, whatever `Accept` says. Who is not signed in gets the sign-in page at this very address,
//! with a state token in a script: clients read it there, and send login and password along with it.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use domain::{App, AppId, event::Origin, id::random_text};
use http::{HeaderMap, StatusCode};
use saml::{AcceptedRequest, AuthnRequest};
use usecases::{
    Caller, Error,
    accept_request::accept_request,
    entitlements,
    launch_role::{self, LaunchOptions, Outcome},
    sessions, state_token,
};

use crate::{
    auth::{ClientOrigin, SignedIn},
    cookie,
    pages::{
        answer, error_page,
        launch::to_aws,
        params::{Fields, Params, Query},
        picker, refusal,
        signin::SignInPage,
        visitor::Visitor,
    },
    session_cookie, sign_in_gate,
    state::WebState,
};

/// Secrets that a client puts into the address: they lead to a session once, and are kept out of every other address.
const TOKENS: [&str; 2] = ["sessionToken", "onetimetoken"];
/// Says that a `SAMLRequest` in the address came by HTTP-POST: it is not compressed.
const BINDING: &str = "binding";

/// Both addresses.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/home/amazon_aws/{id}/{number}", get(embed_link))
        .route("/app/amazon_aws/{id}/sso/saml", get(sso).post(sso_by_post))
}

/// One request, apart from who sent it.
struct Asked<'a> {
    state: &'a WebState,
    headers: &'a HeaderMap,
    origin: Origin,
    /// The address without its query.
    path: String,
    query: Params,
}

async fn embed_link(
    State(state): State<WebState>,
    Path((id, number)): Path<(String, String)>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    Query(query): Query,
    visitor: Option<Visitor>,
) -> Response {
    let path = format!("/home/amazon_aws/{id}/{}", crate::pages::params::encode(&number));
    Asked { state: &state, headers: &headers, origin, path, query }.answer(&id, visitor).await
}

async fn sso(
    State(state): State<WebState>,
    Path(id): Path<String>,
    ClientOrigin(origin): ClientOrigin,
    headers: HeaderMap,
    Query(query): Query,
    visitor: Option<Visitor>,
) -> Response {
    let path = format!("/app/amazon_aws/{id}/sso/saml");
    Asked { state: &state, headers: &headers, origin, path, query }.answer(&id, visitor).await
}

/// Another site's form does not bring our cookie along; the redirect that follows it does.
async fn sso_by_post(State(state): State<WebState>, Path(id): Path<String>, Fields(fields): Fields) -> Response {
    let Ok(id) = AppId::parse(&id) else { return picker::unknown_app(&state, &id) };
    let relay_state = fields.first("RelayState");
    let request = fields.first("SAMLRequest");
    let query = match (request, relay_state) {
        (Some(request), Some(relay)) => {
            Params::from([(BINDING, "post"), ("SAMLRequest", request), ("RelayState", relay)])
        }
        (Some(request), None) => Params::from([(BINDING, "post"), ("SAMLRequest", request)]),
        (None, Some(relay)) => Params::from([("RelayState", relay)]),
        (None, None) => Params::default(),
    };
    answer::see_other(&format!("/app/amazon_aws/{id}/sso/saml{}", query.query()))
}

impl Asked<'_> {
    async fn answer(self, id: &str, visitor: Option<Visitor>) -> Response {
        let state = self.state;
        let Ok(app) = AppId::parse(id) else { return picker::unknown_app(state, id) };
        match self.sign_in_to(&app, visitor).await {
            Ok(response) => response,
            Err(error) => error_page::failed(state, error),
        }
    }

    async fn sign_in_to(self, app: &AppId, visitor: Option<Visitor>) -> Result<Response, Error> {
        let begun = match visitor {
            // A browser that is signed in stays who it is, whatever a link brings along.
            Some(Visitor(signed_in)) => return self.launch(app, signed_in).await,
            None => self.session_of_token().await?,
        };
        let Some(signed_in) = begun else {
            entitlements::app_is_there(&self.state.services, app).await?;
            return Ok(self.sign_in_page());
        };
        let (state, secret) = (self.state, signed_in.secret.clone());
        let mut response = self.launch(app, signed_in).await?;
        session_cookie::begin(state, &secret, &mut response);
        Ok(response)
    }

    /// The session that a one-time token leads to, if it is one.
    async fn session_of_token(&self) -> Result<Option<SignedIn>, Error> {
        if sign_in_gate::is_cross_site(self.headers) {
            // A link on another site must not sign its reader in as somebody else.
            return Ok(None);
        }
        let tokens: Vec<&str> = TOKENS.iter().filter_map(|name| self.query.first(name)).collect();
        if tokens.is_empty() || sign_in_gate::check_address(self.state, &self.origin).is_err() {
            return Ok(None);
        }
        let presented = cookie::session_secrets(self.headers, session_cookie::transport(self.state));
        for token in tokens {
            let services = &self.state.services;
            if let Some(started) = sessions::start_from_token(services, self.origin.clone(), token, &presented).await? {
                let mut origin = self.origin.clone();
                origin.session = Some(started.live.session.id.to_string());
                let caller = Caller::person(&started.live.user, origin);
                return Ok(Some(SignedIn { caller, live: started.live, secret: started.secret.expose().clone() }));
            }
        }
        Ok(None)
    }

    async fn launch(self, app: &AppId, signed_in: SignedIn) -> Result<Response, Error> {
        let has = entitlements::roles_of(&self.state.services, &signed_in.live, app).await?;
        let request = match self.request(has.app()) {
            Ok(request) => request,
            Err(why) => {
                let refusal = refusal::of_link(has.app(), &[why]);
                return Ok(refusal::refused(self.state, &signed_in, has.app(), &refusal, None, Vec::new()));
            }
        };
        if request.as_ref().is_some_and(|request| request.force_authn) && !self.is_fresh(&signed_in) {
            return Ok(self.sign_in_page());
        }
        let options = LaunchOptions {
            relay_state: self.query.first("RelayState").or_else(|| self.query.first("fromURI")),
            in_response_to: request.as_ref().map(|request| request.id.as_str()),
        };
        let services = &self.state.services;
        Ok(match launch_role::all(services, &signed_in.caller, &signed_in.live, app, options).await? {
            Outcome::Ready(launch) => to_aws(self.state, app, *launch),
            Outcome::Refused(refusal) => {
                refusal::refused(self.state, &signed_in, has.app(), &refusal, None, Vec::new())
            }
        })
    }

    /// The service provider's request that is to be answered, if there is one.
    fn request(&self, app: &App) -> Result<Option<AcceptedRequest>, String> {
        let Some(text) = self.query.first("SAMLRequest") else { return Ok(None) };
        let read = match self.query.first(BINDING) {
            Some("post") => AuthnRequest::from_post(text),
            _ => AuthnRequest::from_redirect(text),
        };
        let accepted = read.and_then(|request| accept_request(&self.state.services, app, request));
        accepted.map(Some).map_err(|error| error.to_string())
    }

    /// Whether the person proved who they are a moment ago: what `ForceAuthn` asks for.
    fn is_fresh(&self, signed_in: &SignedIn) -> bool {
        let age = self.state.services.now().millis_since(signed_in.live.session.created);
        age < i64::from(self.state.services.settings.sessions.one_time_seconds) * 1_000
    }

    fn sign_in_page(&self) -> Response {
        let services = &self.state.services;
        let kept = self.query.without(&TOKENS);
        let mut page = SignInPage::new(self.state, self.headers, format!("{}{}", self.path, kept.query()));
        page.state_token = Some((state_token::for_page(services), random_text(&*services.entropy, 22)));
        page.answer(self.state, StatusCode::OK)
    }
}
