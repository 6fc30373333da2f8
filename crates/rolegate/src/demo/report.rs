//! What the demo says when it is ready: one line of JSON for scripts, a page of text for people.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{directory, emulator::Emulator, people::Filled, world::World};
use crate::output::table;

/// A demo that is ready.
pub struct Demo<'a> {
    /// What was filled.
    pub filled: &'a Filled,
    /// The directory, where there is one.
    pub directory: Option<&'a directory::Filled>,
    /// What it was filled with.
    pub world: &'a World,
    /// AWS.
    pub emulator: &'a Emulator,
    /// Where to sign in.
    pub url: &'a str,
    /// Where its data is.
    pub data: &'a Path,
}

impl Demo<'_> {
    /// One line.
    ///
    /// # Errors
    /// When the world has no administrator.
    pub fn as_json(&self) -> Result<String> {
        let Self { filled, world, .. } = self;
        let admin = world.people.iter().find(|person| person.admin).context("no administrator")?;
        let users: Vec<_> = world
            .people
            .iter()
            .filter(|person| !person.admin)
            .map(|person| json!({ "login": person.login, "password": person.password }))
            .collect();
        Ok(json!({
            "url": self.url,
            "api_token": filled.api_token.expose(),
            "app_id": filled.app.as_str(),
            "browser_app_id": filled.browser_app.as_str(),
            "admin": { "login": admin.login, "password": admin.password },
            "users": users,
            "aws_endpoint": self.emulator.url(),
            "directory": self.directory_as_json(),
        })
        .to_string())
    }

    fn directory_as_json(&self) -> Option<Value> {
        let (corp, app) = (self.directory?, self.filled.directory_app.as_ref()?);
        let users: Vec<_> = directory::people_to_try()
            .into_iter()
            .map(|(login, team)| json!({ "login": login, "password": directory::PASSWORD, "team": team }))
            .collect();
        Some(json!({
            "id": corp.id.as_str(),
            "name": directory::NAME,
            "app_id": app.id.as_str(),
            "url": corp.slapd.url(),
            "suffix": directory::SUFFIX,
            "admin_dn": directory::administrator(),
            "admin_password": directory::ADMINISTRATOR_PASSWORD,
            "users": users,
        }))
    }

    /// A page; `unwanted` says that nobody asked for a directory.
    ///
    /// # Errors
    /// When the world has no administrator.
    pub fn for_people(&self, unwanted: bool) -> Result<String> {
        let Self { filled, world, url, .. } = self;
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
            "\nRolegate is ready: sign in at {url}\n\n{people}\n\n{directory}\
             AWS is emulated at {aws}: {read} of {total} accounts read, {roles} roles found, {failed} account(s) that cannot be read.\n\
             The tile of {browser_app} leads to the emulated console; the one of {app} is for command-line clients.\n\n\
             API and command line:\n  export ROLEGATE_URL={url} ROLEGATE_API_TOKEN={token}\n  \
             rolegate aws accounts --app {app}\n  rolegate aws explain --app {app} --user {admin} --role {role}\n{more}\n\
             Data: {data}\nStop it with Ctrl-C: {ends} with it.\n",
            people = table(&["LOGIN", "PASSWORD", ""], &people),
            directory = self.directory_for_people(unwanted),
            aws = self.emulator.url(),
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
            more = self.directory_commands(),
            data = self.data.display(),
            ends = if self.directory.is_some() { "the emulator and the directory end" } else { "the emulator ends" },
        ))
    }

    fn directory_for_people(&self, unwanted: bool) -> String {
        let Some(corp) = self.directory else {
            let missing = "No directory: slapd is not installed (apt-get install slapd).\n\n";
            return if unwanted { String::new() } else { missing.to_owned() };
        };
        let people: Vec<Vec<String>> = directory::people_to_try()
            .into_iter()
            .map(|(login, team)| vec![login, directory::PASSWORD.to_owned(), format!("team {team}")])
            .collect();
        format!(
            "The directory `{name}` ({url}): {count} people and {groups} groups imported. Everybody signs in with the directory's password, and has the roles that the groups give:\n\n{people}\n\n",
            name = directory::NAME,
            url = corp.slapd.url(),
            count = corp.people,
            groups = corp.groups,
            people = table(&["LOGIN", "PASSWORD", ""], &people),
        )
    }

    fn directory_commands(&self) -> String {
        let Some(app) = self.filled.directory_app.as_ref().filter(|_| self.directory.is_some()) else {
            return String::new();
        };
        format!("  rolegate directory test {}\n  rolegate mapping test --app {}\n", directory::NAME, app.id)
    }
}
