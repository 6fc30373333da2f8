//! `rolegate directory matches` and `confirm`: people who may be a user that exists already, and who they are.

use std::process::ExitCode;

use anyhow::{Context, Result};
use api::directory::{Decided, Decision, DecisionEffect};
use serde_json::Value;

use crate::{
    commands::connection::Connection,
    output::{self, field, items, table},
};

/// Who waits, as a table.
pub(super) fn list(value: &Value) -> String {
    let rows: Vec<Vec<String>> = items(value)
        .map(|waiting| {
            let candidates: Vec<String> = items(waiting.get("candidates").unwrap_or(&Value::Null))
                .map(|user| format!("{} ({})", field(user, "/login"), field(user, "/name")))
                .collect();
            let name = format!(
                "{} {}",
                field(waiting, "/person/profile/firstName"),
                field(waiting, "/person/profile/lastName")
            );
            vec![
                field(waiting, "/entry"),
                field(waiting, "/person/profile/login"),
                name,
                field(waiting, "/why"),
                candidates.join(", "),
                field(waiting, "/person/dn"),
            ]
        })
        .collect();
    table(&["ENTRY", "LOGIN", "NAME", "WHY", "MAY BE", "WHERE"], &rows)
}

/// Says who somebody is.
pub(super) async fn confirm(connection: &Connection, entry: &str, decision: &Decision, json: bool) -> Result<ExitCode> {
    let answer = connection.post(&format!("matches/{entry}"), &serde_json::to_value(decision)?).await?;
    if json {
        output::print_json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let decided: Decided = serde_json::from_value(answer).context("the server's answer is not a decision")?;
    output::say_line(match decided.effect {
        DecisionEffect::Here => {
            let user = decided.user.map(|user| format!("`{}` ({})", user.login, user.id)).unwrap_or_default();
            format!("it is {user} from now on")
        }
        DecisionEffect::Later => format!(
            "remembered; it counts with the next full import, or when they sign in ({})",
            decided.why.unwrap_or_default()
        ),
        DecisionEffect::LeftOut => "left out from now on".to_owned(),
    });
    Ok(ExitCode::SUCCESS)
}
