//! Launching one role: by the picker's button, and by a link that anybody can keep. Both answer a form that goes to AWS
//! by itself, or by its button where no script runs.

use std::fmt::{self, Display, Formatter};

use askama::{Template, filters::HtmlSafe};
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use domain::{AppId, Partition};
use http::StatusCode;
use saml::{SignedResponse, web_address::WebAddress};
use usecases::{
    Error, entitlements,
    launch_role::{self, Launch, LaunchOptions, Outcome, RoleChoice},
};

use crate::{
    auth::SignedIn,
    pages::{
        answer::{self, Policy},
        csrf, error_page,
        frame::Frame,
        near,
        params::{Fields, Params, Query},
        picker, refusal,
        visitor::{Visitor, sign_in_address},
        wording,
    },
    state::WebState,
};

/// `/app/amazon_aws/{id}/launch`.
pub fn router() -> Router<WebState> {
    Router::new().route("/app/amazon_aws/{id}/launch", get(by_link).post(by_button))
}

/// The form that goes to AWS. It is the first one on its page, and clients know its id and its fields.
#[derive(Debug, Template)]
#[template(path = "to_aws.html")]
pub struct ToAwsPage {
    /// The frame; without a person, so that no other form comes first.
    pub frame: Frame,
    /// Where the form goes.
    pub acs_url: String,
    /// The signed response.
    pub saml_response: EncodedResponse,
    /// Where the person lands.
    pub relay_state: String,
    /// The page to come back to.
    pub back: String,
    /// How long the session in AWS lasts.
    pub duration: Option<String>,
}

/// A signed response in base64, which has no character that HTML escapes: it is most of the page, and looking at each
/// character of it costs more than making it.
#[derive(Debug)]
pub struct EncodedResponse(String);

impl From<&SignedResponse> for EncodedResponse {
    fn from(response: &SignedResponse) -> Self {
        Self(response.encoded())
    }
}

impl Display for EncodedResponse {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl HtmlSafe for EncodedResponse {}

#[cfg(test)]
impl EncodedResponse {
    /// Of no real response.
    pub(super) fn sample() -> Self {
        Self("PHNhbWwycDpSZXNwb25zZS8+".to_owned())
    }
}

async fn by_link(
    State(state): State<WebState>,
    Path(id): Path<String>,
    Query(query): Query,
    Visitor(signed_in): Visitor,
) -> Response {
    match launch(&state, &signed_in, &id, &query).await {
        Ok(response) => response,
        Err(error) => error_page::failed(&state, error),
    }
}

async fn by_button(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Option<Visitor>,
    Fields(fields): Fields,
) -> Response {
    let Some(Visitor(signed_in)) = visitor else {
        // The session ended while the picker was open: sign in, then go on to the same role.
        let query = fields.without(&[csrf::FIELD]).query();
        return answer::see_other(&sign_in_address(&format!("/app/amazon_aws/{id}/launch{query}")));
    };
    if !csrf::is_of_session(&state, &signed_in.secret, &fields) {
        return error_page::stale_form(&state);
    }
    match launch(&state, &signed_in, &id, &fields).await {
        Ok(response) => response,
        Err(error) => error_page::failed(&state, error),
    }
}

async fn launch(state: &WebState, signed_in: &SignedIn, id: &str, params: &Params) -> Result<Response, Error> {
    let Ok(app) = AppId::parse(id) else { return Ok(picker::unknown_app(state, id)) };
    let (account, role) = (params.first("account").unwrap_or_default(), params.first("role").unwrap_or_default());
    if role.is_empty() {
        let query = if account.is_empty() { Params::default() } else { Params::from([("q", account)]) };
        return Ok(answer::see_other(&format!("/app/amazon_aws/{app}{}", query.query())));
    }
    let refused = match RoleChoice::parse(Some(account), role) {
        Ok(choice) => {
            let options = LaunchOptions { relay_state: params.first("relay"), in_response_to: None };
            match launch_role::one(&state.services, &signed_in.caller, &signed_in.live, &app, &choice, options).await? {
                Outcome::Ready(launch) => return Ok(to_aws(state, &app, *launch)),
                Outcome::Refused(refusal) => Ok(refusal),
            }
        }
        Err(Error::Invalid { causes, .. }) => Err(causes),
        Err(error) => return Err(error),
    };
    let has = entitlements::roles_of(&state.services, &signed_in.live, &app).await?;
    let near = near::matches(has.app(), &has.access, account, role);
    let refusal = refused.unwrap_or_else(|causes| refusal::of_link(has.app(), &causes));
    let asked: String = [account, role].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let asked = asked.chars().take(300).collect();
    Ok(refusal::refused(state, signed_in, has.app(), &refusal, Some(asked), near))
}

/// The form that goes to AWS.
pub fn to_aws(state: &WebState, app: &AppId, launch: Launch) -> Response {
    let policy = Policy { form_targets: form_targets(&launch.acs_url), nonce: None };
    let page = ToAwsPage {
        frame: Frame::anonymous(state),
        saml_response: EncodedResponse::from(&launch.response),
        acs_url: launch.acs_url,
        relay_state: launch.relay_state.unwrap_or_default(),
        back: format!("/app/amazon_aws/{app}"),
        duration: launch.session_duration.map(wording::duration),
    };
    answer::page_with(StatusCode::OK, &page, &policy)
}

/// Where the form may lead, as origins. Browsers hold this against every redirect that follows the form too: AWS's
/// sign-in page leads on to a console of some region, so its whole domain belongs to it.
fn form_targets(acs_url: &str) -> Vec<String> {
    let Some(origin) = origin(acs_url) else { return Vec::new() };
    let mut targets = vec![origin];
    let acs = WebAddress::parse(acs_url).ok();
    let aws = Partition::ALL.into_iter().find(|partition| {
        acs.as_ref()
            .is_some_and(|acs| acs.is_within(partition.sign_in_host()) || acs.is_within(partition.console_host()))
    });
    if let Some(partition) = aws {
        let console = partition.console_host();
        targets.push(format!("https://*.{}", console.strip_prefix("console.").unwrap_or(console)));
    }
    targets
}

/// Scheme, host and port; `None` when a character is in it that would end the policy.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (matches!(scheme, "https" | "http") && authority.bytes().all(legal)).then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_go_where_its_redirects_lead() {
        assert_eq!(
            form_targets("https://signin.aws.amazon.com/saml"),
            ["https://signin.aws.amazon.com", "https://*.aws.amazon.com"]
        );
        assert_eq!(
            form_targets("https://signin.amazonaws-us-gov.com/saml"),
            ["https://signin.amazonaws-us-gov.com", "https://*.amazonaws-us-gov.com"]
        );
        assert_eq!(form_targets("http://127.0.0.1:4566/saml"), ["http://127.0.0.1:4566"]);
    }

    #[test]
    fn no_address_breaks_out_of_the_policy() {
        for bad in ["https://a;script-src *", "https://a b/", "javascript:alert(1)", "https://u@h/", "", "https:///x"] {
            assert!(form_targets(bad).is_empty(), "{bad}");
        }
    }
}
