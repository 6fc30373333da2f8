//! `rolegate admin`: users and tokens on the database itself, on the server's machine. Passwords come from stdin, never
//! from an argument: arguments are seen by every process.

use std::io::BufRead;

use anyhow::{Context, Result};
use domain::{Login, Secret, TokenId, UserProfile, user::AdminRole};
use ports::PageRequest;
use usecases::{
    Caller, Services, manage_users,
    manage_users::{NewUser, UserFilter},
    tokens,
    tokens::NewToken,
    user_lifecycle,
};

use super::master_key;
use crate::{
    assemble::{self, Instance, Variation},
    cli::{AdminCommand, TokenCommand, UserCommand},
    config::Config,
    output::{self, hinted, table},
};

/// Runs the command.
///
/// # Errors
/// When the database cannot be used or the use case refuses.
pub async fn run(config: &Config, command: AdminCommand, json: bool) -> Result<()> {
    if let AdminCommand::MasterKey { command } = command {
        return master_key::run(config, command, json).await;
    }
    let Instance { services, store, .. } = assemble::assemble(config, Variation::default()).await?;
    match command {
        AdminCommand::User { command } => user(&services, command, json).await?,
        AdminCommand::Token { command } => token(&services, command, json).await?,
        AdminCommand::MasterKey { .. } => {}
    }
    store.close().await;
    Ok(())
}

async fn user(services: &Services, command: UserCommand, json: bool) -> Result<()> {
    let caller = Caller::system();
    match command {
        UserCommand::Create { login, email, first_name, last_name, role, password_stdin } => {
            let profile = UserProfile {
                email: email.as_deref().unwrap_or(&login).parse().map_err(|error| {
                    hinted(format!("{error}"), "give the e-mail address with --email when the login is none")
                })?,
                login: login.parse()?,
                first_name: given_or(first_name, &login),
                last_name: given_or(last_name, "User"),
                extra: std::collections::BTreeMap::new(),
            };
            let password = if password_stdin { Some(password_from_stdin()?) } else { None };
            let mut new = NewUser::new(profile, password);
            new.admin_role = role.as_deref().map(str::parse::<AdminRole>).transpose().map_err(anyhow::Error::msg)?;
            let user = manage_users::create(services, &caller, new).await?;
            if json {
                output::print_json(&serde_json::json!({ "id": user.id, "status": user.status.as_str() }))?;
            } else {
                output::print_line(user.id.as_str())?;
                output::say_line(format!("made `{}` ({})", user.profile.login, user.status));
            }
        }
        UserCommand::SetPassword { login, password_stdin: _ } => {
            let user = manage_users::find(services, &caller, login.parse::<Login>()?.as_str()).await?;
            manage_users::set_password(services, &caller, &user.id, password_from_stdin()?).await?;
            if user.status == domain::UserStatus::LockedOut {
                user_lifecycle::unlock(services, &caller, &user.id).await?;
            }
            output::say_line(format!("the password of `{login}` is set; every session of theirs has ended"));
        }
        UserCommand::List => list_users(services, &caller, json).await?,
    }
    Ok(())
}

/// Okta's profiles need both names; a person made in a hurry gets stand-ins.
fn given_or(given: String, otherwise: &str) -> String {
    if given.is_empty() { otherwise.split('@').next().unwrap_or(otherwise).chars().take(50).collect() } else { given }
}

async fn list_users(services: &Services, caller: &Caller, json: bool) -> Result<()> {
    let filter = UserFilter { statuses: domain::UserStatus::ALL.to_vec(), ..UserFilter::default() };
    let mut request = PageRequest { after: None, limit: 1000 };
    let mut rows = Vec::new();
    loop {
        let page = manage_users::list(services, caller, &filter, &request, &|_| true).await?;
        rows.extend(page.items.iter().map(|user| {
            vec![
                user.id.to_string(),
                user.profile.login.to_string(),
                user.status.to_string(),
                user.admin_role.map_or_else(String::new, |role| role.as_str().to_owned()),
            ]
        }));
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    let header = ["ID", "LOGIN", "STATUS", "ROLE"];
    if json { output::print_json(&as_objects(&header, &rows)) } else { output::print_line(table(&header, &rows)) }
}

fn as_objects(header: &[&str], rows: &[Vec<String>]) -> Vec<serde_json::Value> {
    rows.iter()
        .map(|row| {
            header
                .iter()
                .map(|name| name.to_ascii_lowercase())
                .zip(row.iter().cloned().map(serde_json::Value::from))
                .collect()
        })
        .collect()
}

fn password_from_stdin() -> Result<Secret<String>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the password from stdin")?;
    let password = Secret::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if password.expose().is_empty() {
        return Err(hinted(
            "stdin held no password",
            "printf '%s' \"$PASSWORD\" | rolegate admin user create … --password-stdin",
        ));
    }
    Ok(password)
}

async fn token(services: &Services, command: TokenCommand, json: bool) -> Result<()> {
    let caller = Caller::system();
    match command {
        TokenCommand::Create { name, role } => {
            let role = role.parse::<AdminRole>().map_err(anyhow::Error::msg)?;
            let made = tokens::create(services, &caller, NewToken { name, role, expires: None }).await?;
            if json {
                output::print_json(&serde_json::json!({ "id": made.token.id, "token": made.secret.expose() }))
            } else {
                output::print_line(made.secret.expose())
            }
        }
        TokenCommand::List => {
            let rows: Vec<Vec<String>> = tokens::list(services, &caller)
                .await?
                .into_iter()
                .map(|token| {
                    let used = token.last_used.map_or_else(|| "never".to_owned(), |time| time.to_string());
                    vec![token.id.to_string(), token.name, token.role.as_str().to_owned(), used]
                })
                .collect();
            let header = ["ID", "NAME", "ROLE", "USED"];
            if json {
                output::print_json(&as_objects(&header, &rows))
            } else {
                output::print_line(table(&header, &rows))
            }
        }
        TokenCommand::Revoke { name } => {
            let id = token_named(services, &caller, &name).await?;
            tokens::revoke(services, &caller, &id).await?;
            output::say_line(format!("`{name}` is revoked"));
            Ok(())
        }
    }
}

async fn token_named(services: &Services, caller: &Caller, name: &str) -> Result<TokenId> {
    let all = tokens::list(services, caller).await?;
    let found = all.into_iter().find(|token| token.name == name || token.id.as_str() == name);
    found
        .map(|token| token.id)
        .ok_or_else(|| hinted(format!("there is no token `{name}`"), "`rolegate admin token list` shows all"))
}
