"""Child processes that end with us, whatever happens."""

import contextlib
import os
import signal
import subprocess
import time

RUNNING = []
GRACE_SECONDS = 20


def environment(home, **more):
    """A home of its own: nothing of the user's settings is read, nothing of them is written."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", **more}


def start(words, home, **more):
    """Starts one; stdout and stdin are pipes, stderr goes to a file that `what_it_said` shows."""
    with open(home / "stderr.log", "ab") as log:
        child = subprocess.Popen([str(word) for word in words], env=environment(home, **more), cwd=home,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    child.home = home
    RUNNING.append(child)
    return child


def what_it_said(child):
    """The end of its stderr."""
    return (child.home / "stderr.log").read_text(errors="replace")[-3000:]


def stop(child):
    """SIGTERM, then the end; SIGKILL only for one that does not go."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GRACE_SECONDS)
    if child.poll() is None:
        child.kill()
        child.wait(timeout=GRACE_SECONDS)
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            pipe.close()
    if child in RUNNING:
        RUNNING.remove(child)


def stop_all():
    """What is left."""
    for child in list(RUNNING):
        stop(child)


def until(condition, seconds, what, pause=0.02):
    """Asks until the answer is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"bench/run: not within {seconds} s: {what()}")
        time.sleep(pause)
    return found
