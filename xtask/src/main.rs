//! Tasks of the workspace that cargo has no command for: `cargo xtask layers` checks which crate may see which.

mod layers;

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a command line talks on stderr")]
fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let outcome = match task.as_str() {
        "layers" => layers::check(),
        _ => Err(anyhow::anyhow!("`{task}` is not a task\nhint: cargo xtask layers")),
    };
    match outcome {
        Ok(summary) => {
            eprintln!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
