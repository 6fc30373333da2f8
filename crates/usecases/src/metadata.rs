//! The SAML metadata of an app: what is uploaded to IAM once per account. Public, as certificates and addresses are.

use domain::{AppId, key::KeyState};
use saml::{Certificate, Metadata, NameIdFormat};

use crate::{
    error::{Error, Result},
    manage_apps::existing,
    services::Services,
    signing_keys::MAX_PUBLISHED,
};

/// Formats of `NameID` that an app may send, the usual one first.
const NAME_ID_FORMATS: [NameIdFormat; 3] =
    [NameIdFormat::Unspecified, NameIdFormat::EmailAddress, NameIdFormat::Persistent];

/// The metadata document: the active certificate, then the next ones; with `kid` that key's certificate alone, whatever
/// its state. An inactive app has metadata too: AWS is set up before people are let in.
///
/// # Errors
/// `NotFound` for an unknown app or key.
pub async fn of_app(services: &Services, id: &AppId, kid: Option<&str>) -> Result<String> {
    let app = existing(services, id).await?;
    let mut keys = services.store.signing_keys(id).await?;
    if let Some(kid) = kid {
        keys.retain(|key| key.id.as_str() == kid);
    } else {
        keys.retain(|key| key.state != KeyState::Retired);
        // Stable: next keys stay oldest first behind the active one, which some clients read alone.
        keys.sort_by_key(|key| key.id != app.signing_key);
        keys.truncate(MAX_PUBLISHED);
    }
    if keys.is_empty() {
        return Err(match kid {
            Some(kid) => Error::not_found("JsonWebKey", kid),
            None => Error::Internal(format!("app `{id}` has no signing key")),
        });
    }
    let certificates = keys
        .into_iter()
        .map(|key| Certificate::from_der(key.certificate))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| Error::Internal(format!("a certificate of app `{id}`: {error}")))?;
    let metadata = Metadata {
        entity_id: &app.issuer,
        certificates: certificates.iter().collect(),
        name_id_formats: &NAME_ID_FORMATS,
        sso_url: &services.settings.public_url.join(&format!("/app/amazon_aws/{id}/sso/saml")),
    };
    metadata.write().map_err(|error| Error::Internal(format!("the metadata of app `{id}`: {error}")))
}
