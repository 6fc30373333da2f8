"""Discovery through the whole product: `rolegate serve`, its API, an AWS on loopback that answers after 50 ms."""

import contextlib
import datetime
import shutil

from measure import children, table
from measure.clock import cpu_seconds, memory_mb
from measure.paths import SIDES
from measure.server import Server

SIZES = (10, 100, 1000)
ROLES = 50
LATENCY_MS = 50
GOAL_SECONDS, GOAL_MB = 15, 200
LONGEST_SECONDS = 120


@contextlib.contextmanager
def cloud(folder):
    """The AWS; answers its URL."""
    child = children.start([SIDES, "aws", "--latency-ms", LATENCY_MS, "--roles", ROLES], folder)
    try:
        yield child.stdout.readline().strip()
    finally:
        children.stop(child)


def measure(folder, options):
    """Each size on a new database and in a new process, so that the peak of its memory is its own."""
    results = {size: [] for size in SIZES}
    with cloud(folder) as endpoint:
        for number in range(options.repetitions):
            for size in SIZES:
                home = folder / f"discovery-{size}"
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir()
                seen = _one(home, endpoint, size)
                results[size].append(seen)
                table.say(f"  {size} accounts, {number + 1}: first {seen['first']['seconds']:.2f} s, again "
                          f"{seen['again']['seconds']:.2f} s, {seen['first']['cpu_ms_each']:.2f} ms CPU an account, "
                          f"peak {seen['peak_mb']:.0f} MB")
    return results


def connect(server, size):
    """An app whose source account and `size - 1` others are read."""
    app = server.new_app(f"AWS with {size} accounts")
    credentials = {"type": "ACCESS_KEY", "accessKeyId": "AKIABENCHMARK0000000", "secretAccessKey": "no-secret"}
    source = {"partition": "aws", "region": "us-east-1", "credentials": credentials,
              "connectedAccounts": [f"{200_000_000_000 + number:012d}" for number in range(size - 1)]}
    server.call("PUT", f"/api/v1/apps/{app}/aws/integration", {"enabled": False, "sources": [source]})
    return app


def _one(home, endpoint, size):
    server = Server(home, AWS_ENDPOINT_URL=endpoint)
    server.set_up()
    with server:
        app = connect(server, size)
        first = refresh(server, app, size)
        again = refresh(server, app, size)
        peak = memory_mb(server.pid, "VmHWM")
    if (first["added"], again["added"], again["vanished"]) != (size * ROLES, 0, 0):
        raise SystemExit(f"bench/run: not what AWS had: {first} {again}")
    database = sum(file.stat().st_size for file in home.glob("rolegate.db*")) / 2**20
    return {"first": first, "again": again, "peak_mb": peak, "database_mb": database}


def refresh(server, app, size):
    """One run, from the request to its end."""
    path = f"/api/v1/apps/{app}/aws"
    before = cpu_seconds(server.pid)
    run = server.call("POST", f"{path}/refresh")["id"]

    def ended():
        now = server.call("GET", f"{path}/runs/{run}")
        return now if now["status"] != "RUNNING" else None

    seen = children.until(ended, LONGEST_SECONDS, lambda: server.call("GET", f"{path}/runs/{run}"), pause=0.1)
    used = cpu_seconds(server.pid) - before
    progress = seen["progress"]
    if seen["status"] != "SUCCEEDED" or (progress["accountsDone"], progress["rolesFound"]) != (size, size * ROLES):
        raise SystemExit(f"bench/run: a run over {size} accounts ended as {seen}")
    return {"seconds": _moment(seen["finished"]) - _moment(seen["started"]), "cpu_seconds": used, "cpu_ms_each": used * 1000 / size,
            "added": progress["rolesAdded"], "vanished": progress["rolesVanished"]}


def _moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
