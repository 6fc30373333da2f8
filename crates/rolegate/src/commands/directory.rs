//! `rolegate directory`: a client of the API. What it prints as JSON is what the API answered. A directory is named by its
//! name or its id.

mod import;
mod matches;

use std::{io::Read, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use api::directory::{Decision, DecisionWord};
use domain::directory::ImportKind;
use serde_json::{Value, json};

use super::connection::Connection;
use crate::{
    cli::{DirectoryCommand, ServerArgs},
    output::{self, FINDINGS, field, hinted, items, show, table},
};

/// Runs the command.
///
/// # Errors
/// When the server cannot be reached or refuses; its own words are shown.
pub async fn run(server: &ServerArgs, command: DirectoryCommand, json: bool) -> Result<ExitCode> {
    let connection = Connection::open(server)?.below("directories");
    match command {
        DirectoryCommand::List => show(&connection.list("", &[]).await?, json, directories),
        DirectoryCommand::Show { name } => {
            let id = id_of(&connection, &name).await?;
            show(&connection.one(&id, &[]).await?, json, directory)
        }
        DirectoryCommand::Create { file, inactive } => {
            let activate = inactive.then(|| "false".to_owned());
            let made = connection.post_with("", &[("activate", activate)], &settings(&file)?).await?;
            show(&made, json, directory)
        }
        DirectoryCommand::Test { name, file } => {
            let place = match &name {
                Some(name) => format!("{}/test", id_of(&connection, name).await?),
                None => "test".to_owned(),
            };
            let body = file.as_deref().map_or(Ok(Value::Null), settings)?;
            test(&connection, &place, &body, json).await
        }
        DirectoryCommand::Import { name, incremental, dry_run, no_wait } => {
            let kind = if incremental { ImportKind::Incremental } else { ImportKind::Full };
            let wanted = import::Wanted { kind, dry_run, wait: !no_wait };
            import::start(&one(connection, &name).await?, wanted, json).await
        }
        DirectoryCommand::Runs { name } => {
            show(&one(connection, &name).await?.list("runs", &[]).await?, json, import::list)
        }
        DirectoryCommand::Status { name } => {
            let directories = match name {
                Some(name) => vec![named(&connection, &name).await?],
                None => items(&connection.list("", &[]).await?).cloned().collect(),
            };
            import::status(&connection, directories, json).await
        }
        DirectoryCommand::Release { name, run } => {
            import::decide(&one(connection, &name).await?, run, "release", json).await
        }
        DirectoryCommand::Discard { name, run } => {
            import::decide(&one(connection, &name).await?, run, "discard", json).await
        }
        DirectoryCommand::Matches { name } => {
            show(&one(connection, &name).await?.list("matches", &[]).await?, json, matches::list)
        }
        DirectoryCommand::Confirm { name, entry, user, new, .. } => {
            let word = match (&user, new) {
                (Some(_), _) => DecisionWord::Existing,
                (None, true) => DecisionWord::New,
                (None, false) => DecisionWord::Ignore,
            };
            let decision = Decision { decision: word, user_id: user };
            matches::confirm(&one(connection, &name).await?, &entry, &decision, json).await
        }
    }
}

/// The connection below one directory.
async fn one(connection: Connection, name: &str) -> Result<Connection> {
    let id = id_of(&connection, name).await?;
    Ok(connection.below(&id))
}

/// The id of the directory of this name or id.
pub(super) async fn id_of(connection: &Connection, wanted: &str) -> Result<String> {
    Ok(field(&named(connection, wanted).await?, "/id"))
}

/// The directory of this name or id.
async fn named(connection: &Connection, wanted: &str) -> Result<Value> {
    let all = connection.list("", &[]).await?;
    let found = items(&all).find(|directory| {
        field(directory, "/id") == wanted || field(directory, "/name").to_lowercase() == wanted.to_lowercase()
    });
    found.cloned().ok_or_else(|| {
        let names: Vec<String> = items(&all).map(|directory| format!("`{}`", field(directory, "/name"))).collect();
        let hint = if names.is_empty() {
            "there is none yet: `rolegate directory create --file FILE` makes one".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        hinted(format!("there is no directory `{wanted}`"), hint)
    })
}

/// Settings as JSON, from a file or with `-` from stdin.
fn settings(file: &Path) -> Result<Value> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading stdin")?;
        text
    } else {
        std::fs::read_to_string(file).map_err(|error| {
            hinted(format!("the file `{}`: {error}", file.display()), "name a file with JSON, or `-`")
        })?
    };
    serde_json::from_str(&text).map_err(|error| {
        let hint = "write it as in docs/directories.md: {\"name\":\"corp\",\"type\":\"OPENLDAP\",\"urls\":[…],…}";
        hinted(format!("`{}` is not JSON: {error}", file.display()), hint)
    })
}

fn directories(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|directory| {
            ["/name", "/type", "/status", "/reach", "/urls/0", "/schedule/incremental", "/schedule/full", "/id"]
                .iter()
                .map(|pointer| field(directory, pointer))
                .collect()
        })
        .collect();
    table(&["NAME", "TYPE", "STATUS", "REACH", "SERVER", "INCREMENTAL", "FULL", "ID"], &rows)
}

/// As JSON on several lines: the settings nest too deep for a table, and are edited as JSON anyway.
fn directory(value: &Value) -> String {
    let mut shown = value.clone();
    if let Some(object) = shown.as_object_mut() {
        object.remove("_links");
    }
    serde_json::to_string_pretty(&shown).unwrap_or_default()
}

async fn test(connection: &Connection, place: &str, body: &Value, json: bool) -> Result<ExitCode> {
    let report = connection.post(place, body).await?;
    if json {
        output::print_json(&report)?;
    } else {
        output::print_line(tested(&report))?;
    }
    let ok = report.get("ok") == Some(&Value::Bool(true));
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn tested(report: &Value) -> String {
    let list = |pointer: &str| report.pointer(pointer).cloned().unwrap_or_else(|| json!([]));
    let mut lines = Vec::new();
    for step in items(&list("/steps")) {
        let mark = if step.get("ok") == Some(&Value::Bool(true)) { "ok     " } else { "FAILED " };
        lines.push(format!("{mark} {}: {}", field(step, "/name"), field(step, "/detail")));
        let hint = field(step, "/hint");
        if !hint.is_empty() {
            lines.push(format!("        hint: {hint}"));
        }
    }
    for person in items(&list("/sample/people")) {
        let profile: Vec<String> = person
            .get("profile")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("(none)")))
            .collect();
        lines.push(format!("person  {} {}", field(person, "/dn"), profile.join(" ")));
    }
    for group in items(&list("/sample/groups")) {
        lines.push(format!(
            "group   {} name={} members={}",
            field(group, "/dn"),
            field(group, "/name"),
            field(group, "/members")
        ));
    }
    for problem in items(&list("/sample/problems")) {
        lines.push(format!("left out {}: {}", field(problem, "/dn"), field(problem, "/what")));
        lines.push(format!("        hint: {}", field(problem, "/fix")));
    }
    lines.join("\n")
}
