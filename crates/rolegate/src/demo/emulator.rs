//! The AWS emulator as a child process: started on a free port, fed with the world, ended with us.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::python;
use crate::output::hinted;

/// How long it may take to answer after its start.
const START: Duration = Duration::from_mins(1);

/// A running emulator.
pub struct Emulator {
    url: String,
    child: Option<Child>,
}

#[derive(Deserialize)]
struct Ready {
    url: String,
}

impl Emulator {
    /// The one at `endpoint`, or a new one.
    ///
    /// # Errors
    /// When Python or its packages are missing, or the emulator does not answer.
    pub async fn start_or_use(endpoint: Option<String>) -> Result<Self> {
        match endpoint {
            Some(url) => Ok(Self { url: url.trim_end_matches('/').to_owned(), child: None }),
            None => Self::start().await,
        }
    }

    async fn start() -> Result<Self> {
        let environment = python::environment().await?;
        let mut child = Command::new(&environment.python)
            .args(["-m", "rolegate_emulator", "--listen", "127.0.0.1:0", "--exit-with-stdin"])
            .current_dir(&environment.package_folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting `{}`", environment.python.display()))?;
        let stdout = child.stdout.take().context("the emulator has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START, lines.next_line())
            .await
            .map_err(|_| hinted("the AWS emulator did not answer within a minute", "its own words are above"))??
            .ok_or_else(|| hinted("the AWS emulator ended at once", "its own words are above"))?;
        let ready: Ready = serde_json::from_str(&line).context("the AWS emulator's first line")?;
        Ok(Self { url: ready.url, child: Some(child) })
    }

    /// Where AWS is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The sign-in page that takes a browser's assertion.
    pub fn sign_in_page(&self) -> String {
        format!("{}/saml", self.url)
    }

    /// Puts the world into it, with the metadata of each SAML provider by name.
    ///
    /// # Errors
    /// When it does not answer, or refuses the world.
    pub async fn seed(&self, world: &Value, metadata: &[(&str, String)]) -> Result<()> {
        let metadata: serde_json::Map<String, Value> =
            metadata.iter().map(|(name, xml)| ((*name).to_owned(), json!(xml))).collect();
        let client = reqwest::Client::builder().timeout(START).build()?;
        let unreachable = |error: reqwest::Error| {
            hinted(
                format!("the AWS emulator at `{}` does not answer: {error}", self.url),
                "start it, or leave --aws-endpoint out",
            )
        };
        client.post(format!("{}/__emulator/reset", self.url)).send().await.map_err(unreachable)?;
        let body = json!({ "world": world, "metadata": metadata });
        let answer =
            client.post(format!("{}/__emulator/seed", self.url)).json(&body).send().await.map_err(unreachable)?;
        if answer.status().is_success() {
            return Ok(());
        }
        let status = answer.status();
        let text: String = answer.text().await.unwrap_or_default().chars().take(500).collect();
        Err(hinted(
            format!("`{}` did not take the sample accounts: {status}: {text}", self.url),
            "--aws-endpoint must name Rolegate's own emulator, not a bare moto",
        ))
    }

    /// Ends the child and waits for it.
    pub async fn stop(mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            if tokio::time::timeout(Duration::from_secs(3), child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }
}
