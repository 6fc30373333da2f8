//! The binary: reads settings, puts the parts together, runs the command.

mod agent;
mod assemble;
mod cli;
mod commands;
mod config;
mod demo;
mod logging;
mod output;
mod serve;
mod system;

use std::process::ExitCode;

use clap::Parser;

/// A launch with 200 roles takes a tenth less processor time than with the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // One provider for every TLS connection in the process; a second installation cannot happen here.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&anyhow::Error::new(error).context("the runtime could not be started")),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
