//! `/api/v1/apps/{id}/credentials/keys`: an app's signing keys, public halves alone.

use api::signing_key::SigningKey;
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use domain::key::KeyAlgorithm;
use serde::Deserialize;
use usecases::{
    Error,
    signing_keys::{self, PublicSigningKey},
};

use super::apps::app_id;
use crate::{
    answer,
    auth::ApiCaller,
    body::{ApiPath, ApiQuery},
    error::ApiError,
    state::WebState,
};

/// All of it.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/api/v1/apps/{id}/credentials/keys", get(index))
        .route("/api/v1/apps/{id}/credentials/keys/generate", post(generate))
        .route("/api/v1/apps/{id}/credentials/keys/{kid}", get(read))
}

fn shown(found: PublicSigningKey) -> SigningKey {
    let PublicSigningKey { key, certificate, modulus, exponent, thumbprint } = found;
    SigningKey {
        created: key.created,
        last_updated: key.created,
        expires_at: key.not_after,
        x5c: vec![certificate],
        kid: key.id.to_string(),
        kty: "RSA".to_owned(),
        key_use: "sig".to_owned(),
        x5t_s256: thumbprint,
        e: exponent,
        n: modulus,
        status: key.state.as_str().to_owned(),
        algorithm: key.algorithm.as_str().to_owned(),
    }
}

async fn index(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let keys = signing_keys::list(&state.services, &caller, &app_id(&id)?).await?;
    Ok(answer::ok(&keys.into_iter().map(shown).collect::<Vec<_>>()))
}

async fn read(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath((id, kid)): ApiPath<(String, String)>,
) -> Result<Response, ApiError> {
    Ok(answer::ok(&shown(signing_keys::read(&state.services, &caller, &app_id(&id)?, &kid).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenerateQuery {
    validity_years: Option<String>,
    algorithm: Option<String>,
}

/// A further next key; `algorithm` (`RSA_2048`, `RSA_3072`) is ours.
async fn generate(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<GenerateQuery>,
) -> Result<Response, ApiError> {
    let years = |text: String| {
        text.parse::<u32>().map_err(|_| {
            let shown: String = text.chars().take(50).collect();
            Error::invalid("validityYears", format!("`{shown}` is not a number of years from 2 to 10"))
        })
    };
    let years = query.validity_years.map(years).transpose()?;
    let algorithm = |name: String| name.parse::<KeyAlgorithm>().map_err(|why| Error::invalid("algorithm", why));
    let algorithm = query.algorithm.map(algorithm).transpose()?;
    let made = signing_keys::generate(&state.services, &caller, &app_id(&id)?, years, algorithm).await?;
    Ok(answer::created(&shown(made)))
}
