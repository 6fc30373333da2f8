//! `rolegate aws`: a client of the API. What it prints as JSON is what the API answered.

mod refresh;

use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;

use super::connection::Connection;
use crate::{
    cli::{AwsCommand, ServerArgs},
    output::{self, FINDINGS, field, items, show, table},
};

/// Runs the command.
///
/// # Errors
/// When the server cannot be reached or refuses; its own words are shown.
pub async fn run(server: &ServerArgs, app: Option<String>, command: AwsCommand, json: bool) -> Result<ExitCode> {
    let connection = Connection::of_app(server, app).await?.below("aws");
    match command {
        AwsCommand::Accounts => show(&connection.list("accounts", &[]).await?, json, accounts),
        AwsCommand::Roles { account, trust, query } => {
            let query = [("account", account), ("trust", trust), ("q", query)];
            show(&connection.list("roles", &query).await?, json, roles)
        }
        AwsCommand::Refresh { account, no_wait } => refresh::run(&connection, account, no_wait, json).await,
        AwsCommand::Test => test(&connection, json).await,
        AwsCommand::Explain { user, role } => {
            let found = connection.one("explain", &[("user", Some(user)), ("role", Some(role))]).await?;
            show(&found, json, explanation)
        }
        AwsCommand::Preview { user, role } => {
            let found = connection.one("preview", &[("user", Some(user)), ("role", role)]).await?;
            show(&found, json, preview)
        }
    }
}

fn accounts(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|account| {
            let state = if account.get("stale") == Some(&Value::Bool(true)) {
                format!("STALE {} at {}", field(account, "/error/code"), field(account, "/error/step"))
            } else {
                "ok".to_owned()
            };
            ["/id", "/partition", "/name", "/alias", "/lastSuccess"]
                .iter()
                .map(|pointer| field(account, pointer))
                .chain([state])
                .collect()
        })
        .collect();
    table(&["ACCOUNT", "PARTITION", "NAME", "ALIAS", "READ", "STATE"], &rows)
}

fn roles(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|role| {
            ["/label", "/verdict/trust", "/maxSessionDuration", "/arn", "/verdict/explanation"]
                .iter()
                .map(|pointer| field(role, pointer))
                .collect()
        })
        .collect();
    table(&["ROLE", "TRUST", "MAX S", "ARN", "WHY"], &rows)
}

async fn test(connection: &Connection, json: bool) -> Result<ExitCode> {
    let report = connection.post("test", &serde_json::json!({})).await?;
    if json {
        output::print_json(&report)?;
    } else {
        for account in items(report.get("accounts").unwrap_or(&Value::Null)) {
            let name =
                Some(field(account, "/account")).filter(|id| !id.is_empty()).unwrap_or_else(|| "source".to_owned());
            if account.get("ok") == Some(&Value::Bool(true)) {
                output::print_line(format!("ok      {name}: {} roles", field(account, "/roles")))?;
            } else {
                let (step, code) = (field(account, "/error/step"), field(account, "/error/code"));
                output::print_line(format!("FAILED  {name}: {code} at {step}: {}", field(account, "/error/message")))?;
                output::print_line(format!("        hint: {}", field(account, "/error/hint")))?;
            }
        }
    }
    let ok = report.get("ok") == Some(&Value::Bool(true));
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn explanation(value: &Value) -> String {
    let mut lines = vec![field(value, "/conclusion")];
    for step in items(value.get("steps").unwrap_or(&Value::Null)) {
        let mark = match field(step, "/outcome").as_str() {
            "PASSED" => "ok      ",
            "WARNED" => "warning ",
            _ => "FAILED  ",
        };
        lines.push(format!("{mark} {}", field(step, "/what")));
        let fix = field(step, "/fix");
        if !fix.is_empty() {
            lines.push(format!("         hint: {fix}"));
        }
    }
    lines.join("\n")
}

fn preview(value: &Value) -> String {
    let mut lines = Vec::new();
    for finding in items(value.get("findings").unwrap_or(&Value::Null)) {
        lines.push(format!(
            "{}: {}: {}",
            field(finding, "/severity"),
            field(finding, "/code"),
            field(finding, "/what")
        ));
        lines.push(format!("         hint: {}", field(finding, "/fix")));
    }
    let verdict =
        if value.get("wouldLaunch") == Some(&Value::Bool(true)) { "would be sent" } else { "would be refused" };
    lines.push(format!(
        "{verdict}: to {}, audience {}, session name {}, {} s, {} of 100000 characters",
        field(value, "/acsUrl"),
        field(value, "/audience"),
        field(value, "/roleSessionName"),
        field(value, "/sessionDuration"),
        field(value, "/encodedLength")
    ));
    lines.push(field(value, "/xml"));
    lines.join("\n")
}
