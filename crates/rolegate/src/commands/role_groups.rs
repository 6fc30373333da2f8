//! `rolegate role-groups`: the groups that stand for roles, compared and written. What it prints as JSON is what the API
//! answered; a file is printed as it is.

mod text;

use std::{io::Read, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{connection::Connection, directory};
use crate::{
    cli::{NamingArgs, PushArgs, RoleGroupsCommand, ServerArgs},
    output::{self, FINDINGS, field, hinted, items},
};

/// Runs the command.
///
/// # Errors
/// When the server cannot be reached or refuses; its own words are shown.
pub async fn run(server: &ServerArgs, app: Option<String>, command: RoleGroupsCommand, json: bool) -> Result<ExitCode> {
    let connection = Connection::of_app(server, app).await?.below("aws");
    match command {
        RoleGroupsCommand::Status { naming } => {
            let NamingArgs { template, description } = naming;
            let query = [("template", template), ("description", description)];
            let found = connection.one("role-groups", &query).await?;
            let whole = ["missing", "orphaned"].iter().all(|key| list(&found, key).next().is_none());
            report(&found, json, text::status, whole)
        }
        RoleGroupsCommand::Diff { push } => {
            let shown = connection.post("role-groups/diff", &body(server, push).await?).await?;
            let code = report(&shown, json, text::difference, !needs_attention(&shown))?;
            if text::has_changes(&shown) {
                output::say_line(format!("hint: `push` with --digest {} writes it", field(&shown, "/digest")));
            }
            Ok(code)
        }
        RoleGroupsCommand::Push { push, digest, yes } => {
            push_it(&connection, body(server, push).await?, digest, yes, json).await
        }
        RoleGroupsCommand::Export { naming, format, ou } => {
            let NamingArgs { template, description } = naming;
            let query = [("template", template), ("description", description), ("format", Some(format)), ("ou", ou)];
            let file = connection.file("role-groups/export", &query).await?;
            output::print_line(file.trim_end_matches('\n'))?;
            Ok(ExitCode::SUCCESS)
        }
        RoleGroupsCommand::Import { file, dry_run } => {
            let query = [("dryRun", dry_run.then(|| "true".to_owned()))];
            let done = connection.post_file("role-groups/import", &query, "text/csv", read(&file)?).await?;
            report(&done, json, text::imported, true)
        }
    }
}

/// The difference that was shown, or with `--yes` whatever it is.
async fn push_it(
    connection: &Connection,
    mut body: Value,
    digest: Option<String>,
    yes: bool,
    json: bool,
) -> Result<ExitCode> {
    let digest = if let Some(digest) = digest {
        digest
    } else {
        let shown = connection.post("role-groups/diff", &body).await?;
        let digest = field(&shown, "/digest");
        if !yes {
            let code = report(&shown, json, text::difference, !needs_attention(&shown))?;
            output::say_line(format!("nothing was written\nhint: add --digest {digest} to write this, or --yes"));
            return Ok(code);
        }
        output::say_line(text::difference(&shown));
        digest
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("digest".to_owned(), Value::String(digest));
    }
    let done = connection.post("role-groups/push", &body).await?;
    let refused = list(&done, "changes").any(|change| change.get("error").is_some_and(|error| !error.is_null()));
    let stopped = done.get("stopped").is_some_and(|why| !why.is_null());
    report(&done, json, text::changes, !refused && !stopped)
}

async fn body(server: &ServerArgs, push: PushArgs) -> Result<Value> {
    let PushArgs { directory, ou, local: _, delete_orphaned, naming } = push;
    let target = match directory {
        Some(name) => {
            let id = directory::id_of(&Connection::open(server)?.below("directories"), &name).await?;
            json!({ "type": "DIRECTORY", "directory": id, "ou": ou.unwrap_or_default() })
        }
        None => json!({ "type": "LOCAL" }),
    };
    Ok(json!({
        "target": target,
        "template": naming.template,
        "description": naming.description,
        "deleteOrphaned": delete_orphaned,
    }))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("reading stdin")?;
        return Ok(bytes);
    }
    std::fs::read(file)
        .map_err(|error| hinted(format!("the file `{}`: {error}", file.display()), "name a CSV file, or `-`"))
}

fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    items(answer.get(name).unwrap_or(&Value::Null))
}

/// Whether something is to be done, cannot be done, or is left over.
fn needs_attention(shown: &Value) -> bool {
    ["create", "describe", "orphaned", "obstacles"].iter().any(|key| list(shown, key).next().is_some())
}

fn report(value: &Value, json: bool, text: fn(&Value) -> String, clean: bool) -> Result<ExitCode> {
    output::show(value, json, text)?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}
