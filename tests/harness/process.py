"""Runs one command with a time limit, its output in a log file, and leaves no child of it behind.

Each command leads a process group of its own. Whatever is left of the group when the command has ended is ended too:
a server that a failed test forgot must not meet the next stage.
"""

import contextlib
import dataclasses
import os
import signal
import subprocess
import time

from harness.paths import ROOT

RUNNING = set()
GRACE_SECONDS = 10


@dataclasses.dataclass
class Outcome:
    """What came of a command."""

    code: int
    output: str
    seconds: float
    timed_out: bool = False


def run(command, log, seconds, env=None, cwd=ROOT):
    """Runs `command` (a list), appends its output to the file `log` and answers with an `Outcome`."""
    started = time.monotonic()
    with open(log, "ab") as stream:
        stream.write(f"$ {' '.join(map(str, command))}\n".encode())
        stream.flush()
        begin = stream.tell()
        try:
            child = subprocess.Popen(
                [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
            )
        except OSError as error:
            stream.write(f"{error}\n".encode())
            return Outcome(127, str(error), 0.0)
    RUNNING.add(child.pid)
    timed_out = False
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        end_group(child)
        RUNNING.discard(child.pid)
    with open(log, "rb") as stream:
        stream.seek(begin)
        output = stream.read().decode(errors="replace")
    return Outcome(child.returncode, output, time.monotonic() - started, timed_out)


def end_group(child):
    """Asks what is left of the child's group to end, then makes it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GRACE_SECONDS)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            os.killpg(child.pid, 0)
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(timeout=GRACE_SECONDS)


def end_all(signum, _frame):
    """For Ctrl-C and SIGTERM: what runs ends with us."""
    for group in list(RUNNING):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGTERM)
    raise SystemExit(128 + signum)
