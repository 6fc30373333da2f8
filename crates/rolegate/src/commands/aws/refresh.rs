//! `rolegate aws refresh`: sets a run off and shows how far it is.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use api::aws::Run;
use domain::aws::RunStatus;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{
    commands::connection::Connection,
    output::{self, FINDINGS},
};

/// Runs the command; exit code 3 when accounts failed.
pub(super) async fn run(
    connection: &Connection,
    account: Option<String>,
    no_wait: bool,
    json: bool,
) -> Result<ExitCode> {
    let mut answer = connection.post("refresh", &json!({ "account": account })).await?;
    let mut run = parse(&answer)?;
    if !no_wait {
        let bar = ProgressBar::new(0);
        bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} accounts  {msg}")?);
        while run.status == RunStatus::Running {
            tokio::time::sleep(Duration::from_millis(200)).await;
            answer = connection.one(&format!("runs/{}", run.id), &[]).await?;
            run = parse(&answer)?;
            show(&bar, &run);
        }
        bar.finish_and_clear();
    }
    if json {
        output::print_json(&answer)?;
    } else {
        summary(&run);
    }
    let failed = matches!(run.status, RunStatus::Failed | RunStatus::Partial | RunStatus::Abandoned);
    Ok(if failed { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn parse(answer: &Value) -> Result<Run> {
    serde_json::from_value(answer.clone()).context("the server's answer is not a run")
}

fn show(bar: &ProgressBar, run: &Run) {
    let progress = &run.progress;
    bar.set_length(u64::from(progress.accounts_total));
    bar.set_position(u64::from(progress.accounts_done + progress.accounts_failed));
    bar.set_message(format!("{} roles, {} failed", progress.roles_found, progress.accounts_failed));
}

fn summary(run: &Run) {
    let progress = &run.progress;
    output::say_line(format!(
        "{}: {} of {} accounts read, {} failed; {} roles ({} new, {} vanished)",
        run.status.as_str(),
        progress.accounts_done,
        progress.accounts_total,
        progress.accounts_failed,
        progress.roles_found,
        progress.roles_added,
        progress.roles_vanished
    ));
    if let Some(error) = &run.error {
        output::say_line(format!("{} at {}: {}\nhint: {}", error.code, error.step.as_str(), error.message, error.hint));
    } else if progress.accounts_failed > 0 {
        output::say_line("hint: `rolegate aws accounts` shows which accounts failed, `rolegate aws test` why");
    }
}
