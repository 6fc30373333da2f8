//! How an app reads AWS: read (without secrets), and replaced as a whole.

mod check;

use domain::{
    AppId, Partition, Secret,
    aws::{AwsIntegration, SourceCredentials},
};
use ports::SealedPurpose;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    list_roles,
    services::Services,
};

/// New settings, and the secrets that come with them. A source with an access key whose secret is not given keeps the
/// secret it has, if the key's id is still the same.
#[derive(Debug)]
pub struct NewIntegration {
    /// The settings; `app` and `last_updated` are filled in here.
    pub integration: AwsIntegration,
    /// Secret access keys by partition.
    pub secrets: Vec<(Partition, Secret<String>)>,
}

/// The settings.
///
/// # Errors
/// `NotFound`, also when they were never put.
pub async fn read(services: &Services, caller: &Caller, app: &AppId) -> Result<AwsIntegration> {
    list_roles::app(services, caller, app).await?;
    services.store.integration(app).await?.ok_or_else(|| Error::not_found("AwsIntegration", app.as_str()))
}

/// Replaces the settings. What is read next is read with them; what was read stays.
///
/// # Errors
/// `Invalid` names the field; nothing is stored then.
pub async fn put(services: &Services, caller: &Caller, app: &AppId, new: NewIntegration) -> Result<AwsIntegration> {
    caller.must_manage()?;
    let app = list_roles::app(services, caller, app).await?;
    let integration = AwsIntegration { app: app.id.clone(), last_updated: services.now(), ..new.integration };
    check::all(&integration)?;
    let before = services.store.integration(&app.id).await?;
    must_have_secrets(&integration, &new.secrets, before.as_ref())?;
    let mut sealed = Vec::with_capacity(new.secrets.len());
    for (partition, secret) in &new.secrets {
        let purpose = SealedPurpose::SourceSecret(app.id.clone(), *partition);
        sealed.push((*partition, services.keys.seal(secret.expose().as_bytes(), &purpose)?));
    }
    let mut unit = services.store.begin().await?;
    unit.put_integration(&integration).await?;
    for (partition, secret) in &sealed {
        unit.put_source_secret(&app.id, *partition, secret).await?;
    }
    let event = EventDraft::success("application.lifecycle.update", "Update the AWS integration")
        .on_app(&app)
        .fact("sources", integration.sources.len())
        .fact("enabled", integration.enabled)
        .fact("secretsReplaced", sealed.len());
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(integration)
}

fn must_have_secrets(
    integration: &AwsIntegration,
    given: &[(Partition, Secret<String>)],
    before: Option<&AwsIntegration>,
) -> Result<()> {
    for source in &integration.sources {
        let SourceCredentials::AccessKey { .. } = &source.credentials else { continue };
        let kept = before.is_some_and(|before| {
            before.sources.iter().any(|old| old.partition == source.partition && old.credentials == source.credentials)
        });
        if !kept && !given.iter().any(|(partition, _)| *partition == source.partition) {
            return Err(Error::invalid(
                "sources.credentials.secretAccessKey",
                format!("the access key of partition `{}` is new: give its secret with it", source.partition),
            ));
        }
    }
    Ok(())
}
