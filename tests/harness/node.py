"""The browser tests' Node packages, pinned by `e2e/package-lock.json`. The browser itself is Debian's."""

import hashlib

from harness import process, say
from harness.missing import Missing
from harness.paths import ROOT

NPM_SECONDS = 600
FOLDER = ROOT / "e2e"


def ensure(log):
    """Installs them, or finds them installed."""
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
