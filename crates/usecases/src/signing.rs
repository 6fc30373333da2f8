//! The active signing key of an app, opened and parsed once.

use std::sync::Arc;

use domain::{App, AppId, key::KeyAlgorithm};
use ports::Signer;
use saml::Certificate;

use crate::{
    error::{Error, Result},
    services::Services,
};

/// What signs, and the certificate that goes with it.
pub(crate) struct Signing {
    app: AppId,
    /// The private half.
    pub(crate) signer: Arc<dyn Signer>,
    /// The public half, as messages carry it.
    pub(crate) certificate: Certificate,
    /// Bytes of one signature: the modulus.
    pub(crate) signature_bytes: usize,
}

impl Signing {
    /// The key that `app` signs with now.
    pub(crate) async fn of(services: &Services, app: &App) -> Result<Arc<Self>> {
        if let Some(kept) = services.caches.signing.get(&app.signing_key).await
            && kept.app == app.id
        {
            return Ok(kept);
        }
        let missing = || Error::Internal(format!("the app `{}` has no signing key `{}`", app.id, app.signing_key));
        let key = services.store.signing_key(&app.signing_key).await?.filter(|key| key.app == app.id);
        let key = key.ok_or_else(missing)?;
        let certificate = Certificate::from_der(key.certificate.clone())
            .map_err(|error| Error::Internal(format!("the certificate of key `{}`: {error}", key.id)))?;
        let signature_bytes = match key.algorithm {
            KeyAlgorithm::Rsa2048 => 256,
            KeyAlgorithm::Rsa3072 => 384,
        };
        let signing =
            Arc::new(Self { app: app.id.clone(), signer: services.keys.signer(&key)?, certificate, signature_bytes });
        services.caches.signing.insert(key.id, signing.clone()).await;
        Ok(signing)
    }
}
