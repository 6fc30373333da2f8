//! `rolegate directory import`, `runs`, `status`, `release`, `discard`: sets an import off and shows how far it is, and says
//! what became of it.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use api::directory::Run;
use domain::directory::{ImportKind, ImportStatus};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{
    commands::connection::Connection,
    output::{self, FINDINGS, field, hinted, items, table},
};

/// Problems that are said in words; `--json` has the others.
const PROBLEMS: usize = 10;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// How much is read.
    pub(super) kind: ImportKind,
    /// Only shows what it would do.
    pub(super) dry_run: bool,
    /// Whether to stay until the end.
    pub(super) wait: bool,
}

/// Begins an import; exit code 3 when it was waited for and failed, is held, or (as a dry run) would be.
pub(super) async fn start(connection: &Connection, wanted: Wanted, json: bool) -> Result<ExitCode> {
    let body = json!({ "kind": wanted.kind, "dryRun": wanted.dry_run });
    let mut answer = connection.post("import", &body).await?;
    let run = parse(&answer)?;
    if run.kind != wanted.kind || run.dry_run != wanted.dry_run {
        output::say_line("another import of this directory is under way, and none was begun: this is that one");
    }
    if wanted.wait {
        answer = ended(connection, answer).await?;
    }
    told(&answer, json)
}

/// Says yes or no to a run that is held: the one that is named, or the one that is there.
pub(super) async fn decide(
    connection: &Connection,
    run: Option<String>,
    decision: &str,
    json: bool,
) -> Result<ExitCode> {
    let run = match run {
        Some(run) => run,
        None => held(connection).await?,
    };
    let answer = connection.post(&format!("runs/{run}/{decision}"), &json!({})).await?;
    told(&answer, json)?;
    Ok(ExitCode::SUCCESS)
}

async fn held(connection: &Connection) -> Result<String> {
    let runs = connection.list("runs", &[]).await?;
    let held = items(&runs).find(|run| field(run, "/status") == "HELD");
    held.map(|run| field(run, "/id"))
        .ok_or_else(|| hinted("no import is held", "`rolegate directory runs NAME` lists the latest ones"))
}

/// Directories with the latest import of each.
pub(super) async fn status(connection: &Connection, directories: Vec<Value>, json: bool) -> Result<ExitCode> {
    let mut all = Vec::new();
    for mut directory in directories {
        let runs = connection.list(&format!("{}/runs", field(&directory, "/id")), &[]).await?;
        if let Some(object) = directory.as_object_mut() {
            object.insert("lastRun".to_owned(), items(&runs).next().cloned().unwrap_or(Value::Null));
        }
        all.push(directory);
    }
    output::show(&Value::Array(all), json, standing)
}

fn standing(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|directory| {
            ["/name", "/status", "/lastRun/kind", "/lastRun/status", "/lastRun/started"]
                .iter()
                .map(|pointer| field(directory, pointer))
                .chain([summary(directory.get("lastRun").unwrap_or(&Value::Null))])
                .collect()
        })
        .collect();
    table(&["NAME", "STATUS", "LAST IMPORT", "OUTCOME", "STARTED", "WHAT"], &rows)
}

/// Runs as a table.
pub(super) fn list(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|run| {
            ["/id", "/kind", "/status", "/started", "/finished"]
                .iter()
                .map(|pointer| field(run, pointer))
                .chain([summary(run)])
                .collect()
        })
        .collect();
    table(&["RUN", "KIND", "STATUS", "STARTED", "FINISHED", "WHAT"], &rows)
}

fn summary(run: &Value) -> String {
    serde_json::from_value::<Run>(run.clone()).map(|run| in_words(&run)).unwrap_or_default()
}

fn in_words(run: &Run) -> String {
    if let Some(error) = &run.error {
        return format!("{} at {}: {}", error.code, error.step.as_str(), error.message);
    }
    if is_under_way(run) {
        return format!("{} people and {} groups read", run.progress.people_read, run.progress.groups_read);
    }
    let (people, groups, memberships) = (&run.people, &run.groups, &run.memberships);
    let mut parts = vec![format!(
        "people: {} new, {} changed, {} suspended, {} as before",
        people.created + people.matched,
        people.updated,
        people.suspended,
        people.unchanged
    )];
    if people.to_confirm + people.skipped > 0 {
        parts.push(format!("{} wait to be confirmed, {} left out", people.to_confirm, people.skipped));
    }
    parts.push(format!("groups: {} new, {} changed, {} gone", groups.created, groups.updated, groups.removed));
    parts.push(format!("memberships: {} added, {} dropped", memberships.added, memberships.removed));
    if run.dry_run {
        parts.push("nothing was changed: a dry run".to_owned());
    }
    parts.join("; ")
}

fn is_under_way(run: &Run) -> bool {
    matches!(run.status, ImportStatus::Pending | ImportStatus::Running)
}

/// Waits for a run's end, with a bar on stderr.
async fn ended(connection: &Connection, mut answer: Value) -> Result<Value> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} entries  {msg}")?);
    loop {
        let run = parse(&answer)?;
        if !is_under_way(&run) {
            bar.finish_and_clear();
            return Ok(answer);
        }
        let progress = &run.progress;
        let read = progress.people_read + progress.groups_read;
        let expected = progress.people_expected.unwrap_or(0) + progress.groups_expected.unwrap_or(0);
        bar.set_length(expected.max(read));
        bar.set_position(read);
        bar.set_message(format!("{} per second", progress.entries_per_second));
        tokio::time::sleep(Duration::from_millis(200)).await;
        answer = connection.one(&format!("runs/{}", run.id), &[]).await?;
    }
}

fn parse(answer: &Value) -> Result<Run> {
    serde_json::from_value(answer.clone()).context("the server's answer is not an import")
}

/// Says how a run stands; exit code 3 for one that failed, is held, or would be.
fn told(answer: &Value, json: bool) -> Result<ExitCode> {
    let run = parse(answer)?;
    if json {
        output::print_json(answer)?;
    } else {
        output::say_line(format!("{} {}: {}", run.id, field(answer, "/status"), in_words(&run)));
        details(&run);
    }
    let would_be_held = run.dry_run && run.held.is_some();
    let attention = would_be_held || matches!(run.status, ImportStatus::Failed | ImportStatus::Held);
    Ok(if attention { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn details(run: &Run) {
    for problem in run.problems.iter().take(PROBLEMS) {
        output::say_line(format!("{}: {}\n  hint: {}", problem.dn, problem.what, problem.fix));
    }
    if let Some(error) = &run.error {
        output::say_line(format!("hint: {}", error.hint));
    }
    if let Some(held) = run.held.as_ref().filter(|_| run.status == ImportStatus::Held || run.dry_run) {
        output::say_line(format!(
            "more than {} % would go: {} of {} people would lose their sign-in, {} of {} memberships would be dropped",
            held.limit_percent, held.people.0, held.people.1, held.memberships.0, held.memberships.1
        ));
        output::say_line(format!("among them: {}", held.examples.join(", ")));
        output::say_line(if run.dry_run {
            "hint: without --dry-run it would be held until somebody lets it pass"
        } else {
            "hint: `rolegate directory release NAME` lets it pass as it is, `discard` drops it"
        });
    }
    if run.people.to_confirm > 0 {
        output::say_line("hint: `rolegate directory matches NAME` lists who waits to be confirmed");
    }
}
