"""Reads from a runner's own words how many tests passed and failed. A test that was skipped without being asked to did
not pass: it counts as failed."""

import re

CARGO = re.compile(r"^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored", re.M)
PYTEST = re.compile(r"^=* ?((?:\d+ [a-z]+,? ?)+)in [\d.]+s.*$", re.M)
NOT_PASSED = ("failed", "error", "errors", "skipped", "xfailed", "xpassed")
PLAIN = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)


def cargo(output):
    """Sums over all test binaries. Ignored ones are neither: `stages` runs those that need real parts by name."""
    found = CARGO.findall(output)
    return sum(int(row[0]) for row in found), sum(int(row[1]) for row in found)


def pytest(output):
    """The last summary line: `3 failed, 20 passed, 1 skipped in 4.2s`."""
    lines = PYTEST.findall(output)
    if not lines:
        return 0, 0
    words = {kind: int(number) for number, kind in re.findall(r"(\d+) ([a-z]+)", lines[-1])}
    return words.get("passed", 0), sum(words.get(kind, 0) for kind in NOT_PASSED)


def plain(output):
    """The last line `N passed, N failed`."""
    rows = PLAIN.findall(output)
    if not rows:
        return 0, 0
    passed, failed, skipped = rows[-1]
    return int(passed), int(failed) + int(skipped or 0)


def one(_output):
    """A command that is one check: its exit code says the rest."""
    return 1, 0
