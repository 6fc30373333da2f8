"""Debian's and Ubuntu's packages: looked for by the program they bring, installed together by one apt-get."""

import contextlib
import os
import pathlib
import shutil
import subprocess

from harness import process, say
from harness.missing import Missing

APT_SECONDS = 900
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def browser():
    """The browser for the pages' tests: `ROLEGATE_CHROMIUM`, else the first that is installed."""
    named = os.environ.get("ROLEGATE_CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def can_make_venv():
    """Debian keeps `ensurepip` apart from Python."""
    python = os.environ.get("PYTHON", "python3")
    if shutil.which(python) is None:
        return False
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def has_slapd():
    """The server, its tool for files, its clients, and a maker of certificates. Debian keeps daemons out of ordinary people's PATH."""
    return all(program(name) for name in ("slapd", "slapadd", "ldapmodify", "openssl"))


def has_samba():
    """A domain controller is several packages: the provisioning and the database's modules come apart."""
    found = all(program(name) for name in ("samba", "samba-tool", "openssl"))
    return found and any(pathlib.Path("/usr/lib").glob("*/samba/ldb/samba_dsdb.so")) \
        and pathlib.Path("/usr/share/samba/setup").is_dir()


def program(name):
    """The path of a program, the administrator's folders included."""
    return shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")


# Part: how it is seen, and the packages that bring it.
PARTS = {
    "compiler": (lambda: shutil.which("cc") and shutil.which("make"), ["build-essential"]),
    "xml tools": (lambda: shutil.which("xmlsec1") and shutil.which("xmllint"), ["xmlsec1", "libxml2-utils"]),
    "browser": (browser, ["chromium", "fonts-liberation"]),
    "node": (lambda: shutil.which("node") and shutil.which("npm"), ["nodejs", "npm"]),
    "venv": (can_make_venv, ["python3", "python3-venv"]),
    "slapd": (has_slapd, ["slapd", "ldap-utils", "openssl"]),
    "samba": (has_samba, ["samba", "samba-dsdb-modules", "samba-vfs-modules", "samba-ad-provision", "python3-samba", "winbind",
                          "ldb-tools", "openssl"]),
}


def install_missing(names, log):
    """Installs what the parts `names` lack, with one call. What still lacks, `ensure` says."""
    packages = [package for name in names if name in PARTS and not PARTS[name][0]() for package in PARTS[name][1]]
    if not packages or shutil.which("apt-get") is None:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"] if _sudo_without_password() else ["sudo"]
    if root and shutil.which("sudo") is None:
        return
    say.line(f"  installing Debian packages: {' '.join(packages)} (once)")
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300",
           "-o", "Acquire::Retries=3"]
    with no_daemons(root):
        process.run([*apt, "update"], log, APT_SECONDS)
        process.run([*apt, "install", "--no-install-recommends", *packages], log, APT_SECONDS)


def _sudo_without_password():
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0 \
        if shutil.which("sudo") else False


@contextlib.contextmanager
def no_daemons(root):
    """Packages may bring services; none is to start here. A policy of the machine's own stays as it is."""
    if POLICY.exists():
        yield
        return
    script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
    subprocess.run([*root, "sh", "-c", script], check=False)
    try:
        yield
    finally:
        subprocess.run([*root, "rm", "-f", str(POLICY)], check=False)


def ensure(name, log):
    """Refuses when the part is not there."""
    seen, packages = PARTS[name]
    if not seen():
        hint = f"apt-get install {' '.join(packages)}"
        if name == "browser":
            hint += ", or set ROLEGATE_CHROMIUM to a Chromium or Chrome (Ubuntu's own is a snap: any .deb build will do)"
        raise Missing(f"`{name}` is not there: {log.name} says what apt-get said", hint)
