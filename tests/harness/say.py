"""What the run says on its way."""

import re
import sys

# What cargo says while all is well.
PROGRESS = re.compile(r"^ +(Compiling|Checking|Downloaded|Downloading|Blocking|Locking|Updating|Adding|Dirty|Fresh|Running) ")


def line(text=""):
    """One line, at once: CI shows it while the stage runs."""
    print(text, flush=True)


def quoted(text, lines=60):
    """The end of some output, marked as such, so that none of its lines is taken for one of ours."""
    rows = [row for row in text.rstrip().splitlines() if not PROGRESS.match(row)]
    if len(rows) > lines:
        line(f"    | … {len(rows) - lines} lines before these are in the log")
    for row in rows[-lines:]:
        line(f"    | {row}")
    sys.stdout.flush()
