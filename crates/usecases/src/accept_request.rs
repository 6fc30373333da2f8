//! Whether an `AuthnRequest` may be answered by an all-roles launch of an app.

use domain::App;
use saml::{AcceptedRequest, AuthnRequest, AuthnRequestError};

use crate::{assertion, services::Services};

/// Holds the request against the app's own place of answer and against the addresses that it is reached at:
/// `/app/amazon_aws/{id}/sso/saml` and the embed link.
///
/// # Errors
/// When the request names another place for the answer, or was made for another recipient.
pub fn accept_request(
    services: &Services,
    app: &App,
    request: AuthnRequest,
) -> std::result::Result<AcceptedRequest, AuthnRequestError> {
    let acs_url = app.settings.acs_url(assertion::environment(app));
    let own = |path: String| services.settings.public_url.join(&path);
    let sso = own(format!("/app/amazon_aws/{}/sso/saml", app.id));
    let embed = own(format!("/home/amazon_aws/{}/272", app.id));
    request.accept(&acs_url, &[&sso, &embed])
}
