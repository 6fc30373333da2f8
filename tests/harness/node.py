"""Node and the browser tests' packages, pinned by `e2e/package-lock.json`. The browser itself is the machine's.

Debian 12 has Node 18, which the browser driver refuses: then Node itself comes from the npm registry, into `.cache/`.
"""

import functools
import hashlib
import platform
import shutil
import subprocess

from harness import process, say
from harness.missing import Missing
from harness.paths import CACHE, ROOT

NPM_SECONDS = 600
OLDEST = 20
NODE = "22.23.3"
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
FOLDER = ROOT / "e2e"
OWN = CACHE / "node"


def major(program):
    """The major version of a Node, 0 when it is none."""
    if not shutil.which(program):
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def packaged():
    """Where Node from the registry is."""
    return OWN / f"node_modules/node-linux-{ARCHITECTURES.get(platform.machine(), 'x64')}/bin/node"


@functools.cache
def interpreter():
    """A Node that is new enough, or nothing."""
    return next((str(program) for program in ("node", packaged()) if major(str(program)) >= OLDEST), None)


def ensure(log):
    """Installs what is missing, or finds it installed."""
    ensure_interpreter(log)
    lock = FOLDER / "package-lock.json"
    if not lock.exists():
        raise Missing("`e2e/package-lock.json` is not there", "the clone is not whole: `git status` says what is missing")
    stamp = FOLDER / "node_modules/.made-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say.line("  installing Node packages into e2e/node_modules (once)")
    environment = {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    outcome = process.run(["npm", "ci", "--no-audit", "--no-fund"], log, NPM_SECONDS, environment, FOLDER)
    if outcome.code != 0:
        raise Missing("the Node packages of e2e/ could not be installed",
                      f"a first run needs the npm registry; {log.name} says what npm said")
    stamp.write_text(wanted)


def ensure_interpreter(log):
    """Node from the registry where the machine's is too old."""
    if interpreter():
        return
    say.line(f"  installing Node {NODE} into .cache/node (once): the machine's is older than {OLDEST}")
    package = f"node-linux-{ARCHITECTURES.get(platform.machine(), 'x64')}@{NODE}"
    OWN.mkdir(parents=True, exist_ok=True)
    process.run(["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", OWN, package], log, NPM_SECONDS)
    interpreter.cache_clear()
    if not interpreter():
        raise Missing(f"no Node {OLDEST} or newer", f"install one; {log.name} says why the registry's could not be had")
