//! What the demo says when it is ready: one line of JSON for scripts, a page of text for people.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::{emulator::Emulator, people::Filled, world::World};
use crate::output::table;

/// The text, for `http://{address}`.
///
/// # Errors
/// When the world has no administrator.
pub fn text(filled: &Filled, world: &World, emulator: &Emulator, url: &str, data: &Path, json: bool) -> Result<String> {
    if json { as_json(filled, world, emulator, url) } else { for_people(filled, world, emulator, url, data) }
}

fn as_json(filled: &Filled, world: &World, emulator: &Emulator, url: &str) -> Result<String> {
    let admin = world.people.iter().find(|person| person.admin).context("no administrator")?;
    let users: Vec<_> = world
        .people
        .iter()
        .filter(|person| !person.admin)
        .map(|person| json!({ "login": person.login, "password": person.password }))
        .collect();
    Ok(json!({
        "url": url,
        "api_token": filled.api_token.expose(),
        "app_id": filled.app.as_str(),
        "browser_app_id": filled.browser_app.as_str(),
        "admin": { "login": admin.login, "password": admin.password },
        "users": users,
        "aws_endpoint": emulator.url(),
    })
    .to_string())
}

fn for_people(filled: &Filled, world: &World, emulator: &Emulator, url: &str, data: &Path) -> Result<String> {
    let admin = world.people.iter().find(|person| person.admin).context("no administrator")?;
    let people: Vec<Vec<String>> = world
        .people
        .iter()
        .map(|person| {
            let what = if person.admin { "administrator" } else { "" };
            vec![person.login.clone(), person.password.clone(), what.to_owned()]
        })
        .collect();
    let run = &filled.discovery;
    Ok(format!(
        "\nRolegate is ready: sign in at {url}\n\n{people}\n\n\
         AWS is emulated at {aws}: {read} of {total} accounts read, {roles} roles found, {failed} account(s) that cannot be read.\n\
         The tile of {browser_app} leads to the emulated console; the one of {app} is for command-line clients.\n\n\
         API and command line:\n  export ROLEGATE_URL={url} ROLEGATE_API_TOKEN={token}\n  \
         rolegate aws accounts --app {app}\n  rolegate aws explain --app {app} --user {admin} --role {role}\n\n\
         Data: {data}\nStop it with Ctrl-C: the emulator ends with it.\n",
        people = table(&["LOGIN", "PASSWORD", ""], &people),
        aws = emulator.url(),
        read = run.accounts_done,
        total = run.accounts_total,
        failed = run.accounts_failed,
        roles = run.roles_found,
        app = filled.app,
        browser_app = filled.browser_app,
        token = filled.api_token.expose(),
        admin = admin.login,
        role = world
            .assignments
            .users
            .iter()
            .find(|user| user.login == admin.login)
            .and_then(|user| user.roles.first())
            .map_or_else(String::new, ToString::to_string),
        data = data.display(),
    ))
}
