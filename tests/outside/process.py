"""The binary as a child process, with an environment of its own and nothing of the machine's settings."""

import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

from outside.waiting import until

BINARY = os.environ.get("ROLEGATE_BINARY", "target/debug/rolegate")
EMULATOR = pathlib.Path(__file__).resolve().parents[2] / "crates/rolegate/emulator"
# How long the slowest machine may take. Whoever passes never waits for it.
START_SECONDS = 180
STOP_SECONDS = 90


def environment(home, **more):
    """What a child gets: a home of its own, so that no test reads or writes the user's files."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        "ROLEGATE_EMULATOR_PYTHON": os.environ.get("ROLEGATE_EMULATOR_PYTHON", sys.executable),
        "ROLEGATE_CACHE_DIR": str(pathlib.Path(home) / "cache"),
        "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1", **more,
    }


def command(home, *words, stdin="", seconds=START_SECONDS, **more):
    """Runs the binary to its end."""
    return subprocess.run([BINARY, *words], input=stdin, capture_output=True, text=True, timeout=seconds,
                          env=environment(home, **more), cwd=home, check=False)


def descendants(pid):
    """The process ids of everything below `pid`."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def alive(pid):
    """Whether the process runs. A zombie does not."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Child:
    """A server that runs until it is told to end. Its stderr is kept for the failure message."""

    def __init__(self, words, env, cwd):
        # Without `restore_signals`, SIGXFSZ stays ignored: a limit of file sizes fails a write and kills nobody.
        self.child = subprocess.Popen(words, env=env, cwd=cwd, text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=False)
        self.log = []
        self.lines = queue.Queue()
        self._follow(self.child.stderr, self.log.append)
        self._follow(self.child.stdout, self.lines.put)

    @staticmethod
    def _follow(stream, take):
        def read():
            for line in stream:
                take(line)
            take("")
        threading.Thread(target=read, daemon=True).start()

    @property
    def pid(self):
        """Its process id."""
        return self.child.pid

    def said(self):
        """What it wrote on stderr so far."""
        return "".join(self.log)

    def first_line(self):
        """Its first line on stdout; fails when it ends before."""
        try:
            line = self.lines.get(timeout=START_SECONDS)
        except queue.Empty:
            self.kill()
            raise AssertionError(f"no line within {START_SECONDS} s:\n{self.said()}") from None
        if not line:
            raise AssertionError(f"it ended with {self.child.wait(timeout=STOP_SECONDS)}:\n{self.said()}")
        return line

    def stop(self, number=signal.SIGTERM):
        """Asks it to end and answers with its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            return self.child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still there {STOP_SECONDS} s after {number!r}:\n{self.said()}") from None

    def kill(self):
        """`kill -9`."""
        self.child.kill()
        self.child.wait(timeout=STOP_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(AssertionError):
            self.stop()
        if self.child.poll() is None:
            self.kill()


class Demo(Child):
    """`rolegate demo --json`, ready."""

    def __init__(self, home, *words, **more):
        super().__init__([BINARY, "demo", "--json", "--listen", "127.0.0.1:0", *words], environment(home, **more), home)
        self.ready_line = self.first_line()
        self.told = json.loads(self.ready_line)
        self.url, self.token = self.told["url"], self.told["api_token"]
        self.app, self.browser_app = self.told["app_id"], self.told["browser_app_id"]
        self.aws_endpoint = self.told["aws_endpoint"]
        self.passwords = {person["login"]: person["password"] for person in [self.told["admin"], *self.told["users"]]}


class Server(Child):
    """`rolegate serve` over a folder, on a port that it takes itself, ready. Settings come as `ROLEGATE_…` variables."""

    def __init__(self, home, **settings):
        home = pathlib.Path(home)
        settings = {"ROLEGATE_LISTEN": "127.0.0.1:0", **self.files(home), **settings}
        super().__init__([BINARY, "serve"], environment(home, **settings), home)
        self.url = until(self.told_url, START_SECONDS, "`rolegate serve` tells its address")
        until(self.is_ready, START_SECONDS, f"`rolegate serve` ready\n{self.said()}")

    def told_url(self):
        """Where it listens, by its own log; fails when it has ended."""
        for line in list(self.log):
            if '"message":"serving"' in line:
                return f"http://{json.loads(line)['listen']}"
        assert self.child.poll() is None, f"it ended with {self.child.returncode}:\n{self.said()}"
        return None

    @staticmethod
    def files(home):
        """Where `demo --data` puts them too, so that one can go on where the other stopped."""
        home = pathlib.Path(home)
        return {"ROLEGATE_DATABASE_URL": f"sqlite:{home / 'rolegate.db'}", "ROLEGATE_MASTER_KEY_FILE": str(home / "master.key")}

    def is_ready(self):
        """Whether people can sign in; fails when it has ended."""
        assert self.child.poll() is None, f"it ended with {self.child.returncode}:\n{self.said()}"
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=30) as answer:
                return answer.status == 200
        return False


def serve(home, emulator=None, **settings):
    """`rolegate serve`, over that AWS if there is one, with a token of its own in `token`."""
    made = command(home, "admin", "token", "create", "--name", "tests", **Server.files(home))
    assert made.returncode == 0, made.stderr
    aws = {"AWS_ENDPOINT_URL": emulator.url} if emulator else {}
    server = Server(home, **aws, **settings)
    server.token = made.stdout.strip()
    return server
