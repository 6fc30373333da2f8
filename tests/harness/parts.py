"""Parts that stages need and that a fresh machine lacks. Each is looked for, installed once, and looked for again; a part
that cannot be had is a `Missing` that says how to get it, and every stage that needs it fails with those words."""

import functools
import os

from harness import debian, node, python, rust
from harness.missing import Missing


def ensure_samba(log):
    """A domain controller listens on ports below 1024, on an address of its own, and keeps owners in extended attributes."""
    if os.geteuid() != 0:
        raise Missing("`samba` needs root, and this run has it not", "run `sudo make test`, or `tests/run --only` the other stages")
    debian.ensure("samba", log)


# In the order in which they are prepared: Debian's packages first, the others are made with them.
PREPARE = {
    "compiler": lambda log: debian.ensure("compiler", log),
    "xml tools": lambda log: debian.ensure("xml tools", log),
    "browser": lambda log: debian.ensure("browser", log),
    "node": lambda log: debian.ensure("node", log),
    "venv": lambda log: debian.ensure("venv", log),
    "slapd": lambda log: debian.ensure("slapd", log),
    "samba": ensure_samba,
    "crates": rust.fetch,
    "python of the emulator": functools.partial(python.ensure, "emulator"),
    "python of the SAML verifiers": functools.partial(python.ensure, "saml"),
    "python of the clients": functools.partial(python.ensure, "clients"),
    "node packages": node.ensure,
    "cargo-deny": rust.ensure_cargo_deny,
}
IMPLIED = {
    "crates": ("compiler",),
    "python of the emulator": ("venv",),
    "python of the SAML verifiers": ("venv",),
    "python of the clients": ("venv",),
    "node packages": ("node",),
    "cargo-deny": ("compiler",),
}


def wanted(stages):
    """Names of all parts of these stages, in the order of preparation."""
    names = {name for stage in stages for name in stage.needs}
    names |= {implied for name in names for implied in IMPLIED.get(name, ())}
    return [name for name in PREPARE if name in names]
