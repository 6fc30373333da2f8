"""Imports from a directory: slapd with a large company, read by `ldapsearch` and by `rolegate serve`, in the same run."""

import contextlib
import json
import subprocess
import sys
import time

from measure import children, people, table
from measure.clock import cpu_seconds, memory_mb
from measure.paths import ROOT
from measure.server import Server

SIZE = (50_000, 5_000, 250_000)
LARGE = (100_000, 20_000, 500_000)
GOAL_RATIO, GOAL_MB, GOAL_INCREMENTAL_SECONDS = 4, 250, 1
CHANGES = 10
LONGEST_SECONDS = 300


@contextlib.contextmanager
def directory(folder):
    """slapd with `company.ldif` of this folder; answers how to reach it."""
    words = [sys.executable, "-m", "directories", "slapd", "--load", folder / "company.ldif"]
    child = children.start(words, folder, PYTHONPATH=str(ROOT / "tests"))
    try:
        line = child.stdout.readline()
        if not line:
            raise SystemExit(f"bench/run: slapd did not come up:\n{children.what_it_said(child)}")
        yield json.loads(line)
    finally:
        children.stop(child)


def measure(folder, options):
    """The size of the goals repeatedly, the large one once."""
    results = {"size": [], "large": []}
    for name, size, times in (("size", SIZE, options.repetitions), ("large", LARGE, 1)):
        home = folder / name
        home.mkdir()
        people.write(home / "company.ldif", *size)
        with directory(home) as reached:
            for number in range(times):
                place = home / str(number)
                place.mkdir()
                seen = _one(place, reached, size)
                results[name].append(seen)
                table.say(f"  {size[0]:,} people, {size[1]:,} groups: ldapsearch {seen['ldapsearch']:.2f} s, import "
                          f"{seen['full']:.2f} s, {CHANGES} changes {seen['incremental']:.2f} s, peak {seen['peak_mb']:.0f} MB")
    return results


def ldapsearch(reached):
    """What it takes to read the same entries and attributes, in pages of 1,000."""
    attributes = ["entryUUID", "mail", "givenName", "sn", "uid", "cn", "description", "member"]
    words = ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", reached["ldap"], "-D", reached["reader"]["dn"],
             "-w", reached["reader"]["password"], "-b", people.SUFFIX, "-E", "pr=1000/noprompt",
             "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))", *attributes]
    begun = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def settings(reached):
    """The directory as an administrator would describe it."""
    return {"name": "corp", "type": "OPENLDAP", "urls": [reached["ldap"].rstrip("/")], "startTls": False,
            "bindDn": reached["reader"]["dn"], "bindPassword": reached["reader"]["password"],
            "people": {"base": f"ou=people,{people.SUFFIX}"}, "groups": {"base": f"ou=groups,{people.SUFFIX}"},
            "schedule": {"incremental": None, "full": None}}


def _one(home, reached, size):
    server = Server(home)
    server.set_up()
    with server:
        idle = memory_mb(server.pid, "VmRSS")
        path = f"/api/v1/directories/{server.call('POST', '/api/v1/directories', settings(reached))['id']}"
        before = ldapsearch(reached)
        first = run(server, path, "full")
        after = ldapsearch(reached)
        if first["people"]["created"] != size[0] or first["groups"]["created"] != size[1]:
            raise SystemExit(f"bench/run: not what the directory holds: {first}")
        cpu = cpu_seconds(server.pid)
        change(reached)
        second = run(server, path, "incremental")
        if second["people"]["updated"] != CHANGES:
            raise SystemExit(f"bench/run: {CHANGES} people were changed, the import says {second}")
        return {"ldapsearch": (before + after) / 2, "full": first["seconds"], "incremental": second["seconds"],
                "ratio": first["seconds"] / ((before + after) / 2), "cpu_seconds": cpu, "idle_mb": idle,
                "peak_mb": memory_mb(server.pid, "VmHWM")}


def change(reached):
    """Renames ten people."""
    stamp = time.time_ns()
    text = "".join(f"dn: {people.person(number)}\nchangetype: modify\nreplace: sn\nsn: Changed{stamp}\n\n" for number in range(CHANGES))
    administrator = reached["administrator"]
    subprocess.run(["ldapmodify", "-x", "-H", reached["ldap"], "-D", administrator["dn"], "-w", administrator["password"]],
                   input=text, text=True, stdout=subprocess.DEVNULL, check=True)


def run(server, path, kind):
    """One import, from the request to its end."""
    begun = time.perf_counter()
    started = server.call("POST", f"{path}/import", {"kind": kind})["id"]

    def ended():
        now = server.call("GET", f"{path}/runs/{started}")
        return now if now["status"] not in ("PENDING", "RUNNING") else None

    seen = children.until(ended, LONGEST_SECONDS, lambda: server.call("GET", f"{path}/runs/{started}"), pause=0.02)
    if seen["status"] != "SUCCEEDED":
        raise SystemExit(f"bench/run: an import ended as {seen}")
    return {**seen, "seconds": time.perf_counter() - begun}
