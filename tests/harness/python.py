"""Python environments under `.cache/`, one for each set of pinned requirements, made once and again when a pin changes."""

import hashlib
import os
import shutil
import subprocess

from harness import process, say
from harness.missing import Missing
from harness.paths import CACHE, EMULATOR, TESTS

PIP_SECONDS = 900
OLDEST = (3, 11)
REQUIREMENTS = {
    "emulator": [EMULATOR / "requirements.txt", EMULATOR / "requirements-test.txt"],
    "saml": [TESTS / "saml/requirements.txt"],
    "clients": [TESTS / "clients/requirements.txt"],
}


def interpreter(name):
    """The environment's Python."""
    return CACHE / f"venv-{name}/bin/python"


def base():
    """A Python that is new enough, under one of its usual names."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    for name in (os.environ.get("PYTHON"), "python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        if name and shutil.which(name) \
                and subprocess.run([name, "-c", check], capture_output=True, check=False).returncode == 0:
            return name
    raise Missing(f"no Python {OLDEST[0]}.{OLDEST[1]} or newer", "install one and name it with the variable PYTHON")


def ensure(name, log):
    """Makes the environment, or finds it made."""
    folder = CACHE / f"venv-{name}"
    stamp = folder / "made-from"
    wanted = fingerprint(REQUIREMENTS[name])
    if stamp.exists() and stamp.read_text() == wanted and interpreter(name).exists():
        return
    say.line(f"  installing Python packages into .cache/venv-{name} (once)")
    shutil.rmtree(folder, ignore_errors=True)
    pip = [interpreter(name), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "5"]
    steps = [[base(), "-m", "venv", folder]]
    steps += [[*pip, "-r", requirements] for requirements in REQUIREMENTS[name]]
    for step in steps:
        outcome = process.run(step, log, PIP_SECONDS)
        if outcome.code != 0:
            last = outcome.output.strip().splitlines()[-1:] or ["no word"]
            raise Missing(f"the Python environment `{name}` could not be made: {last[0]}",
                          "a first run needs a Python package index; run it again, it goes on where it stopped")
    stamp.write_text(wanted)


def fingerprint(files):
    """Of the pins and the interpreter."""
    sum_ = hashlib.sha256(base().encode())
    for file in files:
        sum_.update(file.read_bytes())
    return sum_.hexdigest()
