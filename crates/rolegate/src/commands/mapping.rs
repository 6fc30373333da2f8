//! `rolegate mapping`: tries settings of group mapping, and says what is probably not meant in them. What it prints as JSON
//! is what the API answered.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::connection::Connection;
use crate::{
    cli::{MappingCommand, MappingSettings, ServerArgs},
    output::{self, FINDINGS, field, items, table},
};

/// Runs the command.
///
/// # Errors
/// When the server cannot be reached or refuses; its own words are shown.
pub async fn run(server: &ServerArgs, app: Option<String>, command: MappingCommand, json: bool) -> Result<ExitCode> {
    let connection = Connection::of_app(server, app).await?;
    let (settings, sample_groups, user, limit, text): (_, _, _, _, fn(&Value) -> String) = match command {
        MappingCommand::Test { settings, samples, user, limit } => (settings, samples, user, limit, report),
        MappingCommand::Lint { settings } => (settings, Vec::new(), None, Some(1), lint),
    };
    let MappingSettings { app_filter, group_filter, role_value_pattern } = settings;
    let mut body = json!({ "sampleGroups": sample_groups, "user": user, "limit": limit });
    // A setting that is not given has to be absent: `null` would be its default.
    for (name, value) in
        [("appFilter", app_filter), ("groupFilter", group_filter), ("roleValuePattern", role_value_pattern)]
    {
        if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
            body.insert(name.to_owned(), Value::String(value));
        }
    }
    let answer = connection.post("aws/mapping/test", &body).await?;
    if json {
        output::print_json(&answer)?;
    } else {
        output::print_line(text(&answer))?;
    }
    let clean = list(&answer, "errors").chain(list(&answer, "lint")).next().is_none();
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    items(answer.get(name).unwrap_or(&Value::Null))
}

fn lint(answer: &Value) -> String {
    let errors = list(answer, "errors").flat_map(|error| {
        let what =
            format!("ERROR    {} ({}): {}", field(error, "/field"), field(error, "/code"), field(error, "/message"));
        [what, format!("         hint: {}", field(error, "/hint"))]
    });
    let lint = list(answer, "lint").flat_map(|lint| {
        let what = format!("WARNING  {}: {}", field(lint, "/code"), field(lint, "/explanation"));
        [what, format!("         hint: {}", field(lint, "/fix"))]
    });
    let lines: Vec<String> = errors.chain(lint).collect();
    if lines.is_empty() { "nothing to complain about".to_owned() } else { lines.join("\n") }
}

fn report(answer: &Value) -> String {
    if answer.get("valid") != Some(&Value::Bool(true)) {
        return lint(answer);
    }
    let total = |name: &str| field(answer, &format!("/totals/{name}"));
    let mut parts = vec![format!(
        "{} of {} groups make a role, {} nearly do; of {} people {} gain and {} lose roles",
        total("matches"),
        total("groups"),
        total("nearMisses"),
        total("people"),
        total("peopleGaining"),
        total("peopleLosing")
    )];
    parts.extend(section(&["SAMPLE", "BECOMES"], list(answer, "samples").map(outcome)));
    parts.extend(section(&["GROUP", "ROLE"], list(answer, "matches").map(outcome)));
    let misses = list(answer, "nearMisses").map(|outcome| {
        ["/groupName", "/miss/code", "/miss/explanation"].iter().map(|pointer| field(outcome, pointer)).collect()
    });
    parts.extend(section(&["NEAR MISS", "CODE", "WHY"], misses));
    parts.extend(section(&["PERSON", "", "ROLE"], list(answer, "people").flat_map(changes)));
    let lint = lint(answer);
    if list(answer, "lint").next().is_some() {
        parts.push(lint);
    }
    parts.join("\n\n")
}

fn section(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Option<String> {
    let rows: Vec<Vec<String>> = rows.collect();
    (!rows.is_empty()).then(|| table(header, &rows))
}

fn outcome(outcome: &Value) -> Vec<String> {
    let role = field(outcome, "/role");
    let miss = field(outcome, "/miss/explanation");
    let becomes = match (role.is_empty(), miss.is_empty()) {
        (true, true) => "nothing".to_owned(),
        (true, false) => format!("nothing: {miss}"),
        (false, true) => role,
        (false, false) => format!("{role}: {miss}"),
    };
    vec![field(outcome, "/groupName"), becomes]
}

fn changes(change: &Value) -> Vec<Vec<String>> {
    let login = field(change, "/user/login");
    let rows = |name: &str, sign: &str| {
        let roles = list(change, name);
        roles.map(|role| vec![login.clone(), sign.to_owned(), role.as_str().unwrap_or_default().to_owned()]).collect()
    };
    let (gains, losses): (Vec<_>, Vec<_>) = (rows("gains", "+"), rows("losses", "-"));
    gains.into_iter().chain(losses).collect()
}
