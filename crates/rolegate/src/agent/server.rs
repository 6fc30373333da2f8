//! The server as the agent sees it: a handful of requests over one HTTPS client.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use domain::Secret;
use ports::agent::{
    Beat, ChallengeAnswer, ChallengeRequest, JobNumber, PROTOCOL, RegisterAnswer, RegisterRequest, SessionAnswer,
    SessionRequest, protocol_mismatch,
};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode, Url, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};

use crate::output::hinted;

/// How long a short request may take.
const SHORT: Duration = Duration::from_secs(20);

/// How long the server may take for one part: it answers when the import has taken the entries.
const PART: Duration = Duration::from_mins(1);

/// No short answer is longer.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Why a request did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Network, TLS, time.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server said no.
    #[error("{status}: {summary}")]
    Refused {
        /// HTTP.
        status: StatusCode,
        /// Okta's `errorCode`.
        code: String,
        /// With its causes.
        summary: String,
    },
    /// What it says makes no sense to this version.
    #[error("{0}")]
    Protocol(String),
}

impl Failure {
    /// Whether the same may succeed in a moment, without anybody's doing.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
            }
            Self::Protocol(_) => false,
        }
    }
}

/// A server.
#[derive(Clone)]
pub(super) struct Server {
    client: Client,
    url: Url,
}

impl Server {
    /// Checks the URL; `ca_file` holds certificates that may vouch for the server beside the system's.
    ///
    /// # Errors
    /// For plain http to another machine, and for a file without certificates.
    pub(super) fn new(url: &str, ca_file: Option<&Path>) -> Result<Self> {
        let hint = "write --server as `https://login.example.com`";
        let url = Url::parse(url).map_err(|error| hinted(format!("`{url}` is not a URL: {error}"), hint))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(hinted(
                    format!(
                        "`{url}` is plain http, and not on this machine: passwords would cross the network unprotected"
                    ),
                    hint,
                ));
            }
            _ => return Err(hinted(format!("`{url}` is not an https URL"), hint)),
        }
        // No redirect: what is sent is for this server and no other.
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(10)).redirect(Policy::none());
        if let Some(path) = ca_file {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        Ok(Self { client: builder.build().context("preparing TLS")?, url })
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(super) async fn register(&self, request: &RegisterRequest) -> Result<RegisterAnswer, Failure> {
        let answer: RegisterAnswer = self.ask("register", request).await?;
        same_protocol(answer.protocol)?;
        Ok(answer)
    }

    pub(super) async fn challenge(&self, request: &ChallengeRequest) -> Result<ChallengeAnswer, Failure> {
        let answer: ChallengeAnswer = self.ask("challenge", request).await?;
        same_protocol(answer.protocol)?;
        Ok(answer)
    }

    pub(super) async fn session(&self, request: &SessionRequest) -> Result<SessionAnswer, Failure> {
        self.ask("session", request).await
    }

    /// The answer that does not end.
    pub(super) async fn jobs(&self, bearer: &Secret<String>) -> Result<Response, Failure> {
        let request = self.request(Method::GET, "me/jobs")?.bearer_auth(bearer.expose());
        let answer = tokio::time::timeout(SHORT, request.send()).await;
        let answer = answer.map_err(|_| Failure::Unreachable("it did not answer in time".to_owned()))?;
        accepted(answer.map_err(unreachable)?).await
    }

    pub(super) async fn beat(&self, bearer: &Secret<String>, beat: &Beat) -> Result<(), Failure> {
        let request = self.request(Method::POST, "me/beat")?.bearer_auth(bearer.expose()).json(beat).timeout(SHORT);
        accepted(request.send().await.map_err(unreachable)?).await.map(drop)
    }

    pub(super) async fn part(
        &self,
        bearer: &Secret<String>,
        job: JobNumber,
        number: u64,
        part: Vec<u8>,
    ) -> Result<(), Failure> {
        let request = self
            .request(Method::POST, &format!("me/jobs/{job}?part={number}"))?
            .bearer_auth(bearer.expose())
            .header("content-type", "application/x-ndjson")
            .body(part)
            .timeout(PART);
        accepted(request.send().await.map_err(unreachable)?).await.map(drop)
    }

    async fn ask<T: DeserializeOwned>(&self, place: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.request(Method::POST, place)?.json(body).timeout(SHORT);
        let answer = accepted(request.send().await.map_err(unreachable)?).await?;
        let text = whole(answer).await?;
        serde_json::from_slice(&text).map_err(|error| {
            Failure::Protocol(format!(
                "the server's answer cannot be read ({error}): run the same version on both sides"
            ))
        })
    }

    fn request(&self, method: Method, place: &str) -> Result<RequestBuilder, Failure> {
        let url = self.url.join(&format!("/api/v1/agents/{place}"));
        let url = url.map_err(|error| Failure::Protocol(format!("`{place}` is no place of a server: {error}")))?;
        Ok(self.client.request(method, url))
    }
}

fn same_protocol(server: u32) -> Result<(), Failure> {
    protocol_mismatch(PROTOCOL, server).map_or(Ok(()), |why| Err(Failure::Protocol(why)))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn certificates(path: &Path) -> Result<Vec<Certificate>> {
    let hint = "name a PEM file with the certificate of whoever signed the server's";
    let pem = std::fs::read(path).map_err(|error| hinted(format!("`{}`: {error}", path.display()), hint))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(hinted(format!("`{}` holds no certificate", path.display()), hint)),
    }
}

/// reqwest tells the outermost reason first; the innermost is what helps (`certificate has expired`).
#[expect(clippy::needless_pass_by_value, reason = "used as a function in `map_err`")]
fn unreachable(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Unreachable("it did not answer in time".to_owned());
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::Unreachable(cause.to_string())
}

async fn accepted(answer: Response) -> Result<Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body: serde_json::Value = serde_json::from_slice(&whole(answer).await?).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let cause = text("/errorCauses/0/errorSummary");
    let summary = if cause.is_empty() { text("/errorSummary") } else { cause };
    Err(Failure::Refused { status, code: text("/errorCode"), summary })
}

async fn whole(mut answer: Response) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if text.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Failure::Protocol("the server's answer is too long to be one".to_owned()));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        for good in ["https://login.example.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"] {
            assert!(Server::new(good, None).is_ok(), "{good}");
        }
        for bad in
            ["http://login.example.com", "http://10.0.0.1", "ftp://h", "login.example.com", "http://localhost.evil"]
        {
            assert!(Server::new(bad, None).is_err(), "{bad}");
        }
    }
}
