//! `rolegate migrate`: brings the database to this binary's schema, or says what that would be.

use std::process::ExitCode;

use anyhow::Result;
use store::SqliteStore;

use crate::{
    assemble,
    config::Config,
    output::{self, FINDINGS},
};

/// Runs the command. With `check`, exit code 3 says that migrations are pending.
///
/// # Errors
/// When the database cannot be opened, or is newer than the binary.
pub async fn run(config: &Config, check: bool, json: bool) -> Result<ExitCode> {
    let options = assemble::database(config)?;
    let explain = |error| assemble::explain_store(&error, &config.database_url);
    let before = SqliteStore::inspect(&options).await.map_err(explain)?;
    if !check {
        SqliteStore::open(&options).await.map_err(explain)?.close().await;
    }
    if json {
        output::print_json(&serde_json::json!({
            "found": before.found, "known": before.known, "pending": before.pending, "applied": !check,
        }))?;
    } else if before.pending.is_empty() {
        output::say_line(format!("the database has schema version {}: nothing to do", before.found));
    } else {
        let verb = if check { "would apply" } else { "applied" };
        for name in &before.pending {
            output::say_line(format!("{verb}: {name}"));
        }
    }
    let pending = check && !before.pending.is_empty();
    Ok(if pending { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}
