//! Opens a source account: its secret, its session, who it is.

use std::sync::Arc;

use domain::{
    Secret,
    aws::{AwsIntegration, DiscoveryError, DiscoveryStep, SourceAccount, SourceCredentials},
};
use ports::{CallerIdentity, SealedPurpose, SourceSecrets, SourceSession};

use crate::{error::Result, services::Services};

/// A source whose credentials work.
#[derive(Clone)]
pub(crate) struct Opened {
    /// Reads accounts.
    pub(crate) session: Arc<dyn SourceSession>,
    /// Who it is.
    pub(crate) identity: CallerIdentity,
}

/// Opens one source; the inner error is AWS's or the key's, in the form that is shown.
pub(crate) async fn open(
    services: &Services,
    integration: &AwsIntegration,
    source: &SourceAccount,
) -> Result<std::result::Result<Opened, DiscoveryError>> {
    let secrets = match secrets(services, integration, source).await? {
        Ok(secrets) => secrets,
        Err(error) => return Ok(Err(error)),
    };
    let session: Arc<dyn SourceSession> = match services.aws.open(integration, source, secrets).await {
        Ok(session) => session.into(),
        Err(failure) => return Ok(Err(failure.0)),
    };
    Ok(match session.identity().await {
        Ok(identity) => Ok(Opened { session, identity }),
        Err(failure) => Err(failure.0),
    })
}

async fn secrets(
    services: &Services,
    integration: &AwsIntegration,
    source: &SourceAccount,
) -> Result<std::result::Result<SourceSecrets, DiscoveryError>> {
    let SourceCredentials::AccessKey { access_key_id } = &source.credentials else {
        return Ok(Ok(SourceSecrets { secret_access_key: None }));
    };
    let stored = services.store.source_secrets(&integration.app).await?;
    let Some((_, sealed)) = stored.into_iter().find(|(partition, _)| *partition == source.partition) else {
        return Ok(Err(trouble(
            "SecretMissing",
            format!("there is no secret access key for `{access_key_id}`"),
            "put the integration again with `secretAccessKey`",
        )));
    };
    let purpose = SealedPurpose::SourceSecret(integration.app.clone(), source.partition);
    Ok(services
        .keys
        .open(&sealed, &purpose)
        .map_err(|error| {
            trouble("SecretUnreadable", error.to_string(), "put the integration again with `secretAccessKey`")
        })
        .and_then(|plain| {
            String::from_utf8(plain.expose().clone())
                .map_err(|_| trouble("SecretUnreadable", "it is not text".to_owned(), "put the integration again"))
        })
        .map(|text| SourceSecrets { secret_access_key: Some(Secret::new(text)) }))
}

fn trouble(code: &str, message: String, hint: &str) -> DiscoveryError {
    DiscoveryError { step: DiscoveryStep::SourceCredentials, code: code.to_owned(), message, hint: hint.to_owned() }
}
