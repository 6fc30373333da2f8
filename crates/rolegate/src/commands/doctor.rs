//! `rolegate doctor`: checks what the server needs, one line each, with a hint for whatever is wrong.

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::Result;
use domain::Clock;
use ports::{AppReader, KeyReader, PageRequest, Store};
use serde::Serialize;
use store::SqliteStore;
use usecases::{Caller, test_integration};

use crate::{
    assemble::{self, Instance, Variation},
    config::Config,
    output::{self, FINDINGS, Hinted},
    system::SystemClock,
};

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, detail: detail.into(), hint: None }
    }

    fn warning(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warning, detail: detail.into(), hint: Some(hint.into()) }
    }

    fn failed(name: &'static str, error: &anyhow::Error) -> Self {
        let hint =
            error.chain().find_map(|cause| cause.downcast_ref::<Hinted>()).map(|hinted| hinted.hint().to_owned());
        Self { name, verdict: Verdict::Failed, detail: format!("{error:#}"), hint }
    }
}

/// Runs every check; exit code 3 when one failed.
///
/// # Errors
/// When stdout is closed.
pub async fn run(config: Option<&Path>, json: bool) -> Result<ExitCode> {
    let mut checks = Vec::new();
    match Config::load(config) {
        Err(error) => checks.push(Check::failed("configuration", &error)),
        Ok(config) => {
            checks.push(configuration(&config));
            checks.extend(parts(&config).await);
        }
    }
    checks.push(clock());
    report(&checks, json)?;
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    Ok(if failed { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn report(checks: &[Check], json: bool) -> Result<()> {
    if json {
        return output::print_json(&checks);
    }
    for check in checks {
        let mark = match check.verdict {
            Verdict::Ok => "ok      ",
            Verdict::Warning => "warning ",
            Verdict::Failed => "FAILED  ",
        };
        output::print_line(format!("{mark} {}: {}", check.name, check.detail))?;
        if let Some(hint) = &check.hint {
            output::print_line(format!("         hint: {hint}"))?;
        }
    }
    Ok(())
}

fn configuration(config: &Config) -> Check {
    match config.public_url() {
        Err(error) => Check::failed("configuration", &error),
        Ok(_) if config.public_url.is_none() && config.listen.port() == 0 => Check::warning(
            "configuration",
            format!("people reach this instance at another port at every start: `listen` is `{}`", config.listen),
            "name a port in `listen`, or set `public_url` to the address that people use",
        ),
        Ok(url) if !url.is_https() && !config.listen.ip().is_loopback() => Check::warning(
            "configuration",
            format!("people reach this instance at `{}`, without TLS", url.as_str()),
            "set `public_url` to an https address and put TLS in front, or set `[tls]`: passwords and sessions travel on it",
        ),
        Ok(url) => Check::ok("configuration", format!("people reach this instance at `{}`", url.as_str())),
    }
}

async fn parts(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    match pending(config).await {
        Ok(None) => {}
        Ok(Some(check)) => return vec![check],
        Err(error) => return vec![Check::failed("database", &error)],
    }
    match database(config).await {
        Ok(check) => checks.push(check),
        Err(error) => {
            checks.push(Check::failed("database", &error));
            return checks;
        }
    }
    match assemble::assemble(config, Variation::default()).await {
        Err(error) => checks.push(Check::failed("master key", &error)),
        Ok(instance) => {
            checks.push(keys(&instance).await.unwrap_or_else(|error| Check::failed("keys", &error)));
            checks.extend(aws(&instance).await.unwrap_or_else(|error| vec![Check::failed("aws", &error)]));
            instance.store.close().await;
        }
    }
    checks
}

/// A database that is not there yet, or not at this binary's schema, is told and left as it is: checking changes nothing.
async fn pending(config: &Config) -> Result<Option<Check>> {
    let url = &config.database_url;
    let state = SqliteStore::inspect(&assemble::database(config)?)
        .await
        .map_err(|error| assemble::explain_store(&error, url))?;
    Ok(match (state.found, state.pending.len()) {
        (_, 0) => None,
        (0, _) => Some(Check::warning("database", format!("`{url}` is not there yet"), "`rolegate serve` makes it")),
        (_, pending) => Some(Check::warning(
            "database",
            format!("`{url}` lacks {pending} migration(s)"),
            "back it up, then `rolegate migrate` or `rolegate serve`",
        )),
    })
}

async fn database(config: &Config) -> Result<Check> {
    let options = assemble::database(config)?;
    let explain = |error: ports::StoreError| assemble::explain_store(&error, &config.database_url);
    let state = SqliteStore::inspect(&options).await.map_err(explain)?;
    let store = assemble::open_store(config).await?;
    store.ping().await.map_err(explain)?;
    let damage = store.integrity_errors().await.map_err(explain)?;
    store.close().await;
    if let Some(first) = damage.first() {
        return Err(output::hinted(format!("the database is damaged: {first}"), "restore a backup"));
    }
    let url = &config.database_url;
    Ok(Check::ok("database", format!("`{url}` reads and writes; schema version {}; no damage", state.known)))
}

/// Opens every sealed signing key and signs with it.
async fn keys(instance: &Instance) -> Result<Check> {
    let store = &instance.store;
    let mut signed = 0;
    let mut soonest: Option<domain::Timestamp> = None;
    for app in store.apps(None, &PageRequest { after: None, limit: 1000 }).await?.items {
        for key in store.signing_keys(&app.id).await? {
            if key.state == domain::key::KeyState::Retired {
                continue;
            }
            ports::Keys::signer(&*instance.keys, &key)?.sign(b"doctor")?;
            signed += 1;
            soonest = Some(soonest.map_or(key.not_after, |known| known.min(key.not_after)));
        }
    }
    let id = instance.keys.sealer().current_id();
    let detail = format!("master key `{id}` opens all of {signed} signing keys, and each signs");
    Ok(match soonest {
        Some(end) if end < SystemClock.now().plus_seconds(60 * 86_400) => Check::warning(
            "keys",
            format!("{detail}; a certificate ends on {end}"),
            "activate the next key in good time",
        ),
        _ => Check::ok("keys", detail),
    })
}

async fn aws(instance: &Instance) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let caller = Caller::system();
    for integration in ports::AwsReader::integrations(&*instance.store).await? {
        let tested = tokio::time::timeout(
            Duration::from_mins(5),
            test_integration::test(&instance.services, &caller, &integration.app, None),
        );
        let Ok(tested) = tested.await else {
            checks.push(Check::warning(
                "aws",
                format!("app `{}` was not tested within 5 minutes", integration.app),
                "rolegate aws test",
            ));
            continue;
        };
        let tested = tested?;
        let failed: Vec<_> = tested.iter().filter(|account| account.error.is_some()).collect();
        match failed.first().and_then(|account| account.error.as_ref().map(|error| (account, error))) {
            None => checks
                .push(Check::ok("aws", format!("app `{}`: {} accounts can be read", integration.app, tested.len()))),
            Some((account, error)) => checks.push(Check::warning(
                "aws",
                format!(
                    "app `{}`: {} of {} accounts cannot be read; the first is `{}`: {} at {}: {}",
                    integration.app,
                    failed.len(),
                    tested.len(),
                    account.account.map_or_else(|| "the source account".to_owned(), |id| id.to_string()),
                    error.code,
                    error.step.as_str(),
                    error.message
                ),
                error.hint.clone(),
            )),
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok("aws", "no app reads AWS yet"));
    }
    Ok(checks)
}

/// AWS refuses assertions of a clock that is minutes off; without the network only the gross can be seen.
fn clock() -> Check {
    let now = SystemClock.now();
    let year_2025 = domain::Timestamp::from_millis(1_735_689_600_000);
    if now < year_2025 {
        let error = output::hinted(
            format!("the machine's clock says {now}"),
            "set the clock and keep it set (NTP): AWS takes an assertion within 5 minutes of its making only",
        );
        return Check::failed("clock", &error);
    }
    Check::ok("clock", format!("{now}; keep it right by NTP: AWS takes an assertion for 5 minutes"))
}
