"""The stages, in the order in which they run: what is quick to fail first, what is built once is used by the rest."""

import dataclasses
import pathlib
import re
from collections.abc import Callable

from harness import counts, debian, node, python, rust
from harness.paths import BINARY, CACHE, EMULATOR, ROOT, SAMPLE_RESPONSES, TESTS

# Tests against real parts are `#[ignore]`d so that `cargo test` needs nothing installed. These run them, one by one: each
# file or folder that holds such tests, how cargo is asked for them, and the stage that runs them.
REAL_PART_TESTS = {
    "crates/aws/tests/emulator.rs": ("--test emulator", "rust"),
    "crates/directory/tests/samba": ("--test samba", "directory"),
    "crates/directory/tests/slapd": ("--test slapd", "directory"),
    "crates/rolegate/src/agent/tests/samba.rs": ("--bin rolegate agent::tests::samba", "directory"),
    "crates/rolegate/src/agent/tests/slapd.rs": ("--bin rolegate agent::tests::slapd", "directory"),
}


@dataclasses.dataclass
class Step:
    """One command and how to count what it tested."""

    command: Callable[[], list]
    count: Callable[[str], tuple[int, int]] = counts.one
    env: Callable[[], dict] = dict
    cwd: object = ROOT


@dataclasses.dataclass
class Stage:
    """A part of the run that can be run alone: `tests/run --only NAME`."""

    name: str
    title: str
    needs: tuple[str, ...]
    steps: list[Step]
    minutes: int = 15


# Cargo picks the features of dependencies for what it is asked to build: asked for one package, it would compile half of
# them again. So every step builds the whole workspace with its tests, once, and names what it wants of it.
WORKSPACE = ("--locked", "--workspace")


def cargo(*words, count=counts.one, env=dict):
    """A step of cargo, without network."""
    return Step(lambda: ["cargo", *words], count, lambda: {"CARGO_NET_OFFLINE": "true", **env()})


def emulator_python():
    """For whatever starts the emulator: nothing is installed twice."""
    return {"ROLEGATE_EMULATOR_PYTHON": str(python.interpreter("emulator")), "PYTHONDONTWRITEBYTECODE": "1"}


def pytest(environment, folder):
    """A step of pytest in one of our environments, against the debug binary."""
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5", "-ra"]
    return Step(
        lambda: [python.interpreter(environment), *command, folder], counts.pytest,
        lambda: {**emulator_python(), "ROLEGATE_BINARY": str(BINARY),
                 "ROLEGATE_CLIENTS_PYTHON": str(python.interpreter("clients"))},
        cwd=EMULATOR if folder == "tests" else ROOT,
    )


def real_part_steps(stage):
    """The ignored tests of one stage that say they need `make test`."""
    programs = sorted({program for program, wanted in REAL_PART_TESTS.values() if wanted == stage})
    return [
        cargo("test", *WORKSPACE, *program.split(), "--", "--ignored", count=counts.cargo, env=emulator_python)
        for program in programs
    ]


def unlisted_real_part_steps():
    """A file with such tests that is not listed above is a failure, not a silence."""
    marked = {
        file.relative_to(ROOT)
        for file in [*ROOT.glob("crates/*/tests/**/*.rs"), *ROOT.glob("crates/*/src/**/*.rs")]
        if re.search(r'#\[ignore = "[^"]*make test', file.read_text())
    }
    listed = {pathlib.Path(place) for place in REAL_PART_TESTS}
    unknown = sorted(str(file) for file in marked if listed.isdisjoint([file, *file.parents]))
    if not unknown:
        return []
    return [Step(lambda: ["sh", "-c", f"echo 'name in tests/harness/stages.py: {' '.join(unknown)}'; exit 1"])]


def stages(advisories=False):
    """All of them."""
    checks = ["bans", "licenses", "sources", *(["advisories"] if advisories else [])]
    return [
        Stage("lint", "formatting, clippy, layers", ("crates",), [
            cargo("fmt", "--all", "--check"),
            cargo("xtask", "layers"),
            cargo("clippy", *WORKSPACE, "--all-targets", "--", "-D", "warnings"),
        ], 30),
        Stage("rust", "cargo test of the workspace, and of the parts that need the emulator",
              ("crates", "python of the emulator"),
              [build(), cargo("test", *WORKSPACE, count=counts.cargo), *real_part_steps("rust"),
               *unlisted_real_part_steps()], 40),
        Stage("directory", "the LDAP adapter, and the running binary, with OpenLDAP and Samba's Active Directory",
              ("crates", "slapd", "samba", "python of the emulator"),
              [build(), *real_part_steps("directory"), pytest("emulator", TESTS / "ldap")]),
        Stage("emulator", "the AWS emulator's own tests", ("python of the emulator",), [pytest("emulator", "tests")]),
        Stage("saml", "assertions judged by xmlsec1, signxml, pysaml2 and the schemas",
              ("crates", "xml tools", "python of the SAML verifiers"),
              [build(), Step(lambda: [python.interpreter("saml"), TESTS / "saml/verify.py"], counts.plain,
                             lambda: {"PYTHONDONTWRITEBYTECODE": "1", "ROLEGATE_SAMPLE_RESPONSES": str(SAMPLE_RESPONSES)})]),
        Stage("api", "the running binary from outside: API, discovery, agents, faults, crashes, command line",
              ("crates", "python of the emulator", "slapd"), [build(), pytest("emulator", TESTS / "api")]),
        Stage("clients", "clients that we did not write, against the running binary",
              ("crates", "python of the emulator", "python of the clients"),
              [build(), pytest("emulator", TESTS / "clients")]),
        Stage("browser", "the pages in Chromium, with axe",
              ("crates", "python of the emulator", "browser", "node packages"),
              [build(), Step(lambda: [node.interpreter(), ROOT / "e2e/run.mjs"], counts.plain,
                             lambda: {**emulator_python(), "ROLEGATE_BIN": str(BINARY),
                                      "ROLEGATE_CACHE_DIR": str(CACHE / "rolegate"),
                                      "CHROMIUM": str(debian.browser() or "")})]),
        Stage("deny", f"cargo-deny: {', '.join(checks)}", ("crates", "cargo-deny"),
              [Step(lambda: [rust.cargo_deny(), *([] if advisories else ["--offline"]), "check", *checks])]),
    ]


def build():
    """Binary, examples and tests; a no-op when the stages before have built them. It proves nothing, so it counts nothing."""
    return cargo("build", *WORKSPACE, "--all-targets", count=lambda _output: (0, 0))
