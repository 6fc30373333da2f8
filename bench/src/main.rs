//! The two sides of a server that is being measured, on loopback: people who launch, and an AWS that answers. Started by
//! `bench/run`, which also reads what the server itself used.
//!
//! Blocking sockets and a thread for each connection: simple enough to be believed, and cheap beside what is measured.

mod accounts;
mod aws;
mod http;
mod launches;
mod load;
mod options;

use std::process::ExitCode;

use options::Options;

const USAGE: &str = "rolegate-bench load ADDRESS PATH COOKIES [--connections N] [--warm-up S] [--seconds S] [--rate N] \
                     [--samples FILE]\nrolegate-bench aws [--latency-ms N] [--roles N]";

#[expect(clippy::print_stderr, reason = "a program says on stderr why it ends")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let done = Options::read(arguments).and_then(|options| match command.as_str() {
        "load" => load::run(&options),
        "aws" => aws::run(&options),
        _ => Err(std::io::Error::other(USAGE)),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rolegate-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
