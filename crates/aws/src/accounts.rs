//! Opens sources: settings, credentials and clients, put together once for a run.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::region::Region;
use domain::aws::{AwsIntegration, DiscoveryStep, SourceAccount, SourceCredentials};
use ports::aws::{AwsAccounts, AwsFailure, SourceSecrets, SourceSession};

use crate::{failure, http::Pool, limits, options::AwsOptions, region, session::SdkSession};

/// Reads AWS through its SDK. Make one per process: it owns the connection pool.
#[derive(Clone)]
pub struct SdkAccounts {
    options: AwsOptions,
    http: SharedHttpClient,
}

impl SdkAccounts {
    /// With these limits; opens no connection yet.
    pub fn new(options: AwsOptions) -> Self {
        Self { options, http: SharedHttpClient::new(Pool::default()) }
    }

    /// The SDK's own settings, with what the source and the options say put over them.
    async fn settings(&self, region: Region, credentials: Origin<'_>) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .region(region)
            .retry_config(limits::retries(&self.options))
            .timeout_config(limits::timeouts(&self.options));
        if let Ok(name) = AppName::new("rolegate") {
            loader = loader.app_name(name);
        }
        if let Some(url) = &self.options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        match credentials {
            Origin::Key(key) => loader = loader.credentials_provider(key),
            Origin::Chain(Some(profile)) => loader = loader.profile_name(profile),
            Origin::Chain(None) => {}
        }
        loader.load().await
    }
}

impl fmt::Debug for SdkAccounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SdkAccounts").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Where the credentials come from.
enum Origin<'a> {
    Key(Credentials),
    Chain(Option<&'a str>),
}

#[async_trait]
impl AwsAccounts for SdkAccounts {
    async fn open(
        &self,
        integration: &AwsIntegration,
        source: &SourceAccount,
        secrets: SourceSecrets,
    ) -> Result<Box<dyn SourceSession>, AwsFailure> {
        let profile = match &source.credentials {
            SourceCredentials::AccessKey { .. } => None,
            SourceCredentials::SdkChain { profile } => profile.as_deref(),
        };
        let region = region::choose(source, profile).await?;
        let (origin, label) = origin(&source.credentials, &secrets)?;
        let settings = self.settings(region.clone(), origin).await;
        Ok(Box::new(SdkSession::new(&settings, &region, self.options.clone(), integration, source, label.into_owned())))
    }
}

/// The credentials' origin, and how hints name it.
fn origin<'a>(
    credentials: &'a SourceCredentials,
    secrets: &SourceSecrets,
) -> Result<(Origin<'a>, Cow<'static, str>), AwsFailure> {
    match credentials {
        SourceCredentials::AccessKey { access_key_id } => {
            let Some(secret) = &secrets.secret_access_key else {
                return Err(failure::failure(
                    DiscoveryStep::SourceCredentials,
                    "NoCredentials",
                    &format!("the secret of the access key `{access_key_id}` is missing"),
                    "Enter the access key's secret again.".to_owned(),
                ));
            };
            let key = Credentials::new(access_key_id, secret.expose(), None, None, "rolegate");
            Ok((Origin::Key(key), format!("the access key `{access_key_id}`").into()))
        }
        SourceCredentials::SdkChain { profile: Some(profile) } => {
            Ok((Origin::Chain(Some(profile)), format!("the profile `{profile}`").into()))
        }
        SourceCredentials::SdkChain { profile: None } => {
            Ok((Origin::Chain(None), "the SDK's own credential chain".into()))
        }
    }
}
