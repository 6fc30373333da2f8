//! An app's signing keys: the active one signs, next ones are published beside it so that AWS knows them before they do.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    AppId, KeyId,
    key::{KeyAlgorithm, KeyState, SigningKey},
};
use saml::Certificate;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    manage_apps::existing,
    services::Services,
};

/// Okta's default and ours.
const DEFAULT_YEARS: u32 = 10;
/// What Okta takes for `validityYears`.
const YEARS: std::ops::RangeInclusive<u32> = 2..=10;
/// "Keys per SAML provider" in IAM's quotas: as many certificates fit into the metadata.
pub(crate) const MAX_PUBLISHED: usize = 10;

/// A signing key and what its certificate says, for a JSON Web Key (RFC 7517, RFC 7518 §6.3.1). No private part.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicSigningKey {
    /// The key.
    pub key: SigningKey,
    /// The certificate in base64.
    pub certificate: String,
    /// `n`, base64url.
    pub modulus: String,
    /// `e`, base64url.
    pub exponent: String,
    /// `x5t#S256`: SHA-256 of the certificate, base64url.
    pub thumbprint: String,
}

impl PublicSigningKey {
    fn new(key: SigningKey) -> Result<Self> {
        let unusable = |why: String| Error::Internal(format!("the certificate of `{}` cannot be read: {why}", key.id));
        let certificate =
            Certificate::from_der(key.certificate.clone()).map_err(|error| unusable(error.to_string()))?;
        let public = certificate.rsa_public_key().ok_or_else(|| unusable("it holds no RSA key".to_owned()))?;
        Ok(Self {
            certificate: certificate.base64().to_owned(),
            modulus: URL_SAFE_NO_PAD.encode(public.modulus),
            exponent: URL_SAFE_NO_PAD.encode(public.exponent),
            thumbprint: URL_SAFE_NO_PAD.encode(certificate.sha256()),
            key,
        })
    }
}

/// All signing keys of an app, oldest first, retired ones too.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn list(services: &Services, caller: &Caller, app: &AppId) -> Result<Vec<PublicSigningKey>> {
    caller.must_read()?;
    existing(services, app).await?;
    services.store.signing_keys(app).await?.into_iter().map(PublicSigningKey::new).collect()
}

/// One signing key of an app.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, app: &AppId, kid: &str) -> Result<PublicSigningKey> {
    let keys = list(services, caller, app).await?;
    keys.into_iter().find(|one| one.key.id.as_str() == kid).ok_or_else(|| Error::not_found("JsonWebKey", kid))
}

/// Makes a further next key, which the metadata publishes from now on; it does not sign. `validity_years` is 2 to 10
/// (default 10), `algorithm` that of the active key unless given.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for another number of years; `State` when the metadata would hold more
/// certificates than IAM takes.
pub async fn generate(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    validity_years: Option<u32>,
    algorithm: Option<KeyAlgorithm>,
) -> Result<PublicSigningKey> {
    caller.must_manage()?;
    if let Some(years) = validity_years.filter(|years| !YEARS.contains(years)) {
        return Err(Error::invalid("validityYears", format!("`{years}` is not a number of years from 2 to 10")));
    }
    let app = existing(services, app).await?;
    let active = services.store.signing_key(&app.signing_key).await?;
    let algorithm = algorithm.or(active.map(|key| key.algorithm)).unwrap_or_default();
    let key = make(services, &app.id, KeyState::Next, algorithm, validity_years).await?;
    let mut unit = services.store.begin().await?;
    let published = services.store.signing_keys(&app.id).await?;
    if published.iter().filter(|key| key.state != KeyState::Retired).count() >= MAX_PUBLISHED {
        return Err(Error::State(StateError::NotNow(format!(
            "the metadata holds {MAX_PUBLISHED} certificates already, and AWS IAM takes no more in one SAML provider"
        ))));
    }
    let public = PublicSigningKey::new(key.clone())?;
    unit.insert_signing_key(&key).await?;
    let event = EventDraft::success("app.keys.generate", "Generate signing key")
        .on_app(&app)
        .fact("kid", &key.id)
        .fact("expiresAt", key.not_after);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(public)
}

/// A new key, not stored yet.
pub(crate) async fn make(
    services: &Services,
    app: &AppId,
    state: KeyState,
    algorithm: KeyAlgorithm,
    validity_years: Option<u32>,
) -> Result<SigningKey> {
    let (id, now) = (KeyId::generate(&*services.entropy), services.now());
    let years = validity_years.unwrap_or(DEFAULT_YEARS);
    let made = services.keys.make_signing_key(&id, algorithm, &format!("Rolegate {app}"), now, years).await?;
    Ok(SigningKey {
        id,
        app: app.clone(),
        state,
        algorithm,
        certificate: made.certificate,
        private_key: made.private_key,
        created: now,
        not_after: made.not_after,
    })
}
