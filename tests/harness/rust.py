"""Rust's parts: the crates of the lock file, and cargo-deny."""

import shutil
import subprocess

from harness import process, say
from harness.missing import Missing
from harness.paths import ROOT, TARGET, TOOLS

CARGO_DENY = "0.20.2"
FETCH_SECONDS = 600
BUILD_SECONDS = 1500


def fetch(log):
    """Every crate of `Cargo.lock`, so that later stages need no network."""
    if shutil.which("cargo") is None:
        raise Missing("cargo is not there", "install Rust 1.95 or newer, by rustup or your distribution")
    if process.run(["cargo", "fetch", "--locked", "--offline"], log, FETCH_SECONDS).code == 0:
        return
    say.line("  downloading crates (once)")
    outcome = process.run(["cargo", "fetch", "--locked"], log, FETCH_SECONDS, {"CARGO_NET_RETRY": "5"})
    if outcome.code != 0:
        last = outcome.output.strip().splitlines()[-1:] or ["no word"]
        raise Missing(f"the crates of Cargo.lock cannot be had: {last[0]}", "a first run needs a crate registry")


def cargo_deny():
    """The pinned cargo-deny, here or on the PATH; else nothing."""
    for path in (TOOLS / "bin/cargo-deny", shutil.which("cargo-deny")):
        if path and shutil.which(path) and CARGO_DENY in version(path):
            return str(path)
    return None


def version(path):
    """What the program says of itself."""
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False, cwd=ROOT).stdout


def ensure_cargo_deny(log):
    """Builds it, or finds it built."""
    if shutil.which("cargo") is None or cargo_deny():
        return
    say.line(f"  building cargo-deny {CARGO_DENY} into .cache/tools (once, some minutes)")
    command = ["cargo", "install", "--locked", "--quiet", "--root", TOOLS, f"cargo-deny@{CARGO_DENY}"]
    outcome = process.run(command, log, BUILD_SECONDS, {"CARGO_TARGET_DIR": str(TARGET / "cargo-deny")})
    shutil.rmtree(TARGET / "cargo-deny", ignore_errors=True)
    if outcome.code != 0:
        raise Missing(f"cargo-deny {CARGO_DENY} could not be built", f"{log.name} says why; a first run needs a registry")
