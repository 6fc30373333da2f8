//! The emulator's Python environment: made on first use from the pinned requirements, in a cache folder of its own.
//!
//! The folder's name holds a hash of what goes into it, so that a newer binary makes a new one. It is built under another
//! name and moved into place: an installation that was cut off is never taken for a whole one.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use include_dir::{Dir, DirEntry, include_dir};
use tokio::process::Command;

use crate::output::{hinted, say_line};

/// The emulator as it lies in the source tree.
pub static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/emulator");

/// Python and the emulator's files, ready to start.
pub struct Environment {
    /// The interpreter of the environment.
    pub python: PathBuf,
    /// Where the package lies.
    pub package_folder: PathBuf,
}

/// Finds or makes it.
///
/// # Errors
/// When Python 3 is missing or pip cannot install the packages; the message holds pip's last words.
pub async fn environment() -> Result<Environment> {
    let cache = cache_folder()?;
    let folder = cache.join(format!("emulator-{:016x}", fingerprint()));
    let environment = Environment { python: folder.join("venv/bin/python"), package_folder: folder.clone() };
    if folder.join("complete").exists() {
        return Ok(environment);
    }
    std::fs::create_dir_all(&cache).with_context(|| format!("making the cache folder `{}`", cache.display()))?;
    let _ = std::fs::remove_dir_all(&folder);
    write_files(&folder)?;
    if let Some(python) = given_python() {
        // A caller that has the packages already (the tests) names its interpreter: nothing is installed then.
        return Ok(Environment { python, package_folder: folder });
    }
    say_line(format!(
        "demo: first use: installing the AWS emulator's Python packages (moto, signxml) into `{}` …",
        folder.display()
    ));
    install(&folder).await?;
    std::fs::write(folder.join("complete"), "").context("finishing the environment")?;
    say_line("demo: installed; later starts need no network");
    Ok(environment)
}

#[expect(clippy::disallowed_methods, reason = "the binary reads its settings")]
fn given_python() -> Option<PathBuf> {
    std::env::var("ROLEGATE_EMULATOR_PYTHON").ok().filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "the binary reads its settings")]
fn cache_folder() -> Result<PathBuf> {
    let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(PathBuf::from);
    named("ROLEGATE_CACHE_DIR")
        .or_else(|| named("XDG_CACHE_HOME").map(|path| path.join("rolegate")))
        .or_else(|| named("HOME").map(|path| path.join(".cache/rolegate")))
        .map(|path| std::path::absolute(&path).unwrap_or(path))
        .ok_or_else(|| hinted("there is no cache folder", "set HOME or ROLEGATE_CACHE_DIR"))
}

fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    walk(&FILES, &mut |path, content| {
        path.hash(&mut hasher);
        content.hash(&mut hasher);
    });
    hasher.finish()
}

fn walk(folder: &'static Dir<'static>, visit: &mut dyn FnMut(&'static Path, &'static [u8])) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) if !is_left_out(inner.path()) => walk(inner, visit),
            DirEntry::Dir(_) => {}
            DirEntry::File(file) => visit(file.path(), file.contents()),
        }
    }
}

/// Tests and byte code stay at home.
fn is_left_out(path: &Path) -> bool {
    path.ends_with("tests") || path.ends_with("__pycache__") || path.ends_with(".pytest_cache")
}

fn write_files(folder: &Path) -> Result<()> {
    let mut outcome = Ok(());
    walk(&FILES, &mut |path, content| {
        if outcome.is_ok() {
            outcome = write_file(&folder.join(path), content);
        }
    });
    outcome
}

fn write_file(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("making `{}`", parent.display()))?;
    }
    std::fs::write(path, content).with_context(|| format!("writing `{}`", path.display()))
}

async fn install(folder: &Path) -> Result<()> {
    let venv = folder.join("venv");
    let system = which_python().await?;
    must_succeed(Command::new(system).arg("-m").arg("venv").arg(&venv), "python3 -m venv").await?;
    let requirements = folder.join("requirements.txt");
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"]).arg(requirements);
    must_succeed(&mut pip, "pip install").await
}

/// Python 3.11 or newer, under one of its usual names.
async fn which_python() -> Result<&'static str> {
    for name in ["python3", "python3.13", "python3.12", "python3.11", "python"] {
        let check = "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)";
        let status = Command::new(name).args(["-c", check]).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        if status.is_ok_and(|status| status.success()) {
            return Ok(name);
        }
    }
    Err(hinted(
        "the AWS emulator needs Python 3.11 or newer, and none was found",
        "install it (`apt-get install python3 python3-venv`), or name a running emulator with --aws-endpoint",
    ))
}

async fn must_succeed(command: &mut Command, what: &str) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("`{what}` could not be started"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = words.lines().rev().take(8).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(hinted(
        format!("`{what}` failed:\n{}", last.join("\n")),
        "the first start needs a Python package index; on Debian also `apt-get install python3-venv`",
    ))
}
