//! One file each command.

mod admin;
mod aws;
mod connection;
mod directory;
mod doctor;
mod mapping;
mod master_key;
mod migrate;
mod role_groups;

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::{
    agent,
    cli::{Cli, Command},
    config::Config,
    demo, logging, serve,
};

/// Runs the command.
///
/// # Errors
/// When it fails; `main` prints why.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let json = cli.json;
    match cli.command {
        Command::Serve(args) => {
            logging::start("info");
            serve::serve(&Config::load(args.config.as_deref())?).await?;
        }
        Command::Demo(args) => {
            logging::start("warn");
            demo::run(args, json).await?;
        }
        Command::Admin { config, command } => {
            logging::start("warn");
            admin::run(&Config::load(config.config.as_deref())?, command, json).await?;
        }
        Command::Migrate { config, check } => {
            logging::start("warn");
            return migrate::run(&Config::load(config.config.as_deref())?, check, json).await;
        }
        Command::Doctor(args) => {
            logging::start("error");
            return doctor::run(args.config.as_deref(), json).await;
        }
        Command::Aws { server, app, command } => {
            logging::start("warn");
            return aws::run(&server, app, command, json).await;
        }
        Command::Mapping { server, app, command } => {
            logging::start("warn");
            return mapping::run(&server, app, command, json).await;
        }
        Command::RoleGroups { server, app, command } => {
            logging::start("warn");
            return role_groups::run(&server, app, command, json).await;
        }
        Command::Directory { server, command } => {
            logging::start("warn");
            return directory::run(&server, command, json).await;
        }
        Command::Agent(args) => {
            logging::start("info");
            agent::run(args).await?;
        }
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "rolegate", &mut script);
            // A reader that has seen enough (`| head`) is no error.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
        }
    }
    Ok(ExitCode::SUCCESS)
}
