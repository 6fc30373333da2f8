"""Launches by signed-in people: the all-roles form at Okta's embed link, with 10 and with 200 roles.

What is compared: launches for each second of processor time that the server used, with the RSA-2048 signatures that one
core makes in a second. One launch holds one signature.
"""

import base64
import json
import re

from measure import children, machine, table
from measure.clock import cpu_seconds, memory_mb
from measure.paths import SIDES
from measure.server import Server

GOALS = {10: 0.5, 200: 1 / 3}
PEOPLE = 8
CONNECTIONS = 64
PAGE = re.compile(rb'name="SAMLResponse" type="hidden" value="([^"]+)"')


def measure(folder, options):
    """All of it; answers what was seen, for each number of roles."""
    server = Server(folder)
    server.set_up()
    results = {}
    with server:
        people = _people(server)
        for roles in GOALS:
            app = server.new_app(f"AWS with {roles} roles")
            for person, _ in people:
                server.call("POST", f"/api/v1/apps/{app}/users", {"id": person, "scope": "USER", "profile": {"samlRoles": _roles(roles)}})
            results[roles] = _repeat(server, app, roles, [cookie for _, cookie in people], options)
            results[roles]["rss_mb"] = memory_mb(server.pid, "VmRSS")
    results["log_entries_and_bytes"] = _log_size(folder)
    return results


def _people(server):
    logins = [f"person-{number}@example.com" for number in range(PEOPLE)]
    return [(server.new_person(login), server.sign_in(login)) for login in logins]


def _roles(count):
    """ARNs of roles in accounts that were never discovered, ten in each."""
    return [f"arn:aws:iam::{100_000_000_000 + number // 10:012d}:role/Application-{number:03d}" for number in range(count)]


def _log_size(folder):
    return sum(file.stat().st_size for file in folder.glob("rolegate.db*"))


def _repeat(server, app, roles, cookies, options):
    rounds = []
    for number in range(options.repetitions):
        before = machine.signs_per_second()
        full = _load(server, app, roles, cookies, options.seconds, CONNECTIONS)
        after = machine.signs_per_second()
        half = _load(server, app, roles, cookies, options.seconds, CONNECTIONS, rate=full["per_second"] / 2)
        single = _load(server, app, roles, cookies, options.seconds, 1)
        signs = (before + after) / 2
        rounds.append({"signs_before": before, "signs_after": after, "ratio": full["per_cpu_second"] / signs,
                       "full": full, "half": half, "single": single})
        table.say(f"  {roles} roles, {number + 1}: {full['per_cpu_second']:.0f} launches per CPU second, "
                  f"{signs:.0f} signs/s, ratio {full['per_cpu_second'] / signs:.2f}")
    both = machine.signs_per_second(processes=2)
    return {"goal": GOALS[roles], "rounds": rounds, "signs_by_two_processes": both}


def _load(server, app, roles, cookies, seconds, connections, rate=0.0):
    samples = server.folder / "samples"
    words = [SIDES, "load", f"127.0.0.1:{server.port}", f"/home/amazon_aws/{app}/272", ",".join(cookies), "--connections",
             connections, "--seconds", seconds, "--rate", f"{rate:.3f}", "--samples", samples]
    load = children.start(words, server.folder)
    _expect(load, "begin")
    begun = cpu_seconds(server.pid)
    _expect(load, "end")
    used = cpu_seconds(server.pid) - begun
    seen = json.loads(_line(load))
    children.stop(load)
    if seen["failures"]:
        raise SystemExit(f"bench/run: {seen['failures']} launches failed, the first: {seen['first_failure']}")
    checked = _check(samples.read_bytes(), roles)
    return {**seen, "cpu_seconds": used, "checked": checked, "per_second": seen["launches"] / seen["seconds"],
            "per_cpu_second": seen["launches"] / used, "connections": connections, "rate": rate}


def _line(load):
    line = load.stdout.readline()
    if not line:
        raise SystemExit(f"bench/run: the load ended: {children.what_it_said(load)}")
    return line


def _expect(load, word):
    line = _line(load).strip()
    if line != word:
        raise SystemExit(f"bench/run: `{word}` was due, `{line}` came")


def _check(samples, roles):
    """Every page that was kept holds a response with so many roles and one signature."""
    pages = [page for page in samples.split(b"\n\0\n") if page]
    for page in pages:
        xml = base64.b64decode(PAGE.search(page).group(1), validate=True).decode()
        values = re.findall(r">(arn:aws:iam::\d{12}:saml-provider/Rolegate,arn:aws:iam::\d{12}:role/Application-\d{3})<", xml)
        if len(set(values)) != roles or xml.count("<ds:SignatureValue>") != 1:
            raise SystemExit(f"bench/run: a launch with {len(set(values))} roles instead of {roles}")
    if not pages:
        raise SystemExit("bench/run: no launch was kept for a closer look")
    return len(pages)
