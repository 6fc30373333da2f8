"""A server as a child process: started, waited for, ended."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

READY_SECONDS = 60
END_SECONDS = 10


class NotRunning(Exception):
    """A server that did not come up, with its last words."""


class Running:
    """A server that runs; leaving the context ends it and everything it started."""

    def __init__(self, command, log, told):
        self.command = [str(word) for word in command]
        self.log = log
        self._told = told

    def __enter__(self):
        with open(self.log, "wb") as log:
            # A group of its own: Samba is two dozen processes.
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        return self

    def __exit__(self, *_):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(END_SECONDS)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)

    def told(self):
        """How to reach it, and its process."""
        return {**self._told, "pid": self.child.pid}

    def wait_for_port(self, host, port):
        """Until it listens."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
                return
            time.sleep(0.02)
        words = self.log.read_text(errors="replace").strip().splitlines()[-20:]
        raise NotRunning("\n".join([f"`{self.command[0]}` did not come up on {host}:{port}; its last words:", *words]))


def program(name):
    """The path of a program; the administrator's folders are not in everybody's PATH."""
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")
    if not found:
        raise NotRunning(f"`{name}` is not installed: `tests/run` installs it, or apt-get")
    return found


def run(*command):
    """Runs a command to its end."""
    outcome = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise NotRunning(f"`{command[0]}` failed: {outcome.stdout[-2000:]}{outcome.stderr[-2000:]}")


def free_port(host="127.0.0.1"):
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
