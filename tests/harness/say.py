"""What the run says on its way."""

import sys


def line(text=""):
    """One line, at once: CI shows it while the stage runs."""
    print(text, flush=True)


def quoted(text, lines=60):
    """The end of some output, marked as such, so that none of its lines is taken for one of ours."""
    rows = text.rstrip().splitlines()
    if len(rows) > lines:
        line(f"    | … {len(rows) - lines} lines before these are in the log")
    for row in rows[-lines:]:
        line(f"    | {row}")
    sys.stdout.flush()
