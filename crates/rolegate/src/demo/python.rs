//! The emulator's Python environment: made on first use from the pinned requirements, in a cache folder of its own.
//!
//! The folder's name holds a hash of what goes into it, so that a newer binary makes a new one. What is made is marked
//! when it is whole: an installation that was cut off is never taken for one. A lock lets one demo at a time make it:
//! another that starts meanwhile waits, and then uses the same.

use std::{
    fs::{File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
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
    let folder = cache_folder()?.join(format!("emulator-{:016x}", fingerprint()));
    // A caller that has the packages already (the tests) names its interpreter: nothing is installed then.
    let given = given_python();
    make_once(&folder, "files", async || write_files(&folder)).await?;
    if let Some(python) = given {
        return Ok(Environment { python, package_folder: folder });
    }
    let venv = folder.join("venv");
    make_once(&venv, "packages", async || {
        say_line(format!(
            "demo: first use: installing the AWS emulator's Python packages (moto, signxml) into `{}` …",
            folder.display()
        ));
        install(&venv, &folder.join("requirements.txt")).await?;
        say_line("demo: installed; later starts need no network");
        Ok(())
    })
    .await?;
    Ok(Environment { python: venv.join("bin/python"), package_folder: folder })
}

/// Makes the folder unless it is whole already, one process at a time. The marks of what is whole lie beside it, and so
/// does the lock, which ends with its process.
async fn make_once(folder: &Path, what: &str, make: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
    let beside = |end: &str| folder.with_extension(end);
    let whole = beside("whole");
    if whole.exists() {
        return Ok(());
    }
    let cache = folder.parent().unwrap_or(folder);
    std::fs::create_dir_all(cache).with_context(|| format!("making the cache folder `{}`", cache.display()))?;
    let _lock = locked(&beside("lock"), what).await?;
    if whole.exists() {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(folder);
    make().await?;
    std::fs::write(&whole, "").with_context(|| format!("writing `{}`", whole.display()))
}

/// Waits for the lock; it is given back when the file is closed.
async fn locked(path: &Path, what: &str) -> Result<File> {
    let named = || format!("locking `{}`", path.display());
    let file = File::create(path).with_context(named)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(named),
        }
        if !told {
            say_line(format!("demo: another demo is just preparing the emulator's {what}: waiting for it"));
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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

async fn install(venv: &Path, requirements: &Path) -> Result<()> {
    let system = which_python().await?;
    must_succeed(Command::new(system).arg("-m").arg("venv").arg(venv), "python3 -m venv").await?;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_two_need_at_once_is_made_once_and_only_whole() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("deep/emulator-1");
        let times = AtomicU32::new(0);
        let make = async || {
            times.fetch_add(1, Ordering::Relaxed);
            write_file(&folder.join("half"), b"1")?;
            // Whoever else wants it gets its turn while it is half made.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            write_file(&folder.join("whole"), b"2")
        };
        let need = async || {
            make_once(&folder, "files", make).await.unwrap();
            assert!(folder.join("half").exists() && folder.join("whole").exists());
        };
        tokio::join!(need(), need(), need());
        need().await;
        assert_eq!(times.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_was_cut_off_is_made_anew() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("emulator-1");
        let cut = make_once(&folder, "files", async || {
            write_file(&folder.join("half"), b"1")?;
            anyhow::bail!("cut off")
        });
        assert!(cut.await.is_err());
        make_once(&folder, "files", async || write_file(&folder.join("other"), b"2")).await.unwrap();
        assert!(folder.join("other").exists() && !folder.join("half").exists());
    }
}
