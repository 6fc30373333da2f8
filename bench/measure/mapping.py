"""Group mapping: 20,000 role groups of a directory over 20,000 discovered roles, everybody in 300 of them through three
management groups. Roles of people who were not asked about before, in the process from the store and over HTTP, and a setting
tried on all groups."""

import json
import re
import statistics
import subprocess
import time

from measure import discovery, imports, people, table
from measure.paths import ROOT
from measure.server import Server

ACCOUNTS, ROLES, PEOPLE, MANAGEMENT, EACH = 400, discovery.ROLES, 200, 3, 300
GOAL_ROLES_MS, GOAL_TRIAL_SECONDS = 2, 1
FILTER = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$"
OTHER_FILTER = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$"
IN_PROCESS = ["cargo", "test", "--release", "--locked", "--quiet", "-p", "rolegate-usecases", "--test", "signin", "--", "--ignored",
              "--nocapture", "--exact", "speed::speed_of_group_mapping_with_20_000_groups"]
STORE = re.compile(rf"^{EACH} roles of one person, from the store: ([0-9.]+)(ms|µs)$", re.MULTILINE)
PATTERN = "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}"


def measure(folder, options):
    """One instance; the people of a repetition are its own, so that nobody's roles are known already."""
    people.write_role_groups(folder / "company.ldif", PEOPLE, ACCOUNTS, ROLES, MANAGEMENT, EACH)
    results = []
    with imports.directory(folder) as reached, discovery.cloud(folder) as endpoint:
        server = Server(folder, AWS_ENDPOINT_URL=endpoint)
        server.set_up()
        with server:
            app = _set_up(server, reached)
            everybody = [user for user in server.call("GET", "/api/v1/users?limit=200&search=profile.login%20sw%20%22u0%22")
                         if user["profile"]["login"] != people.login(PEOPLE)]
            share = len(everybody) // options.repetitions
            for number in range(options.repetitions):
                some = everybody[number * share:(number + 1) * share]
                results.append({"roles": _roles(server, app, some), "again": _roles(server, app, some), "trial_seconds": _trial(server, app)})
                table.say(f"  {number + 1}: roles of a person {statistics.median(results[-1]['roles']):.2f} ms, once known "
                          f"{statistics.median(results[-1]['again']):.2f} ms, a setting tried on {ACCOUNTS * ROLES:,} groups "
                          f"{results[-1]['trial_seconds']:.2f} s")
    for number, one in enumerate(results):
        one["store_ms"] = _from_the_store()
        table.say(f"  {number + 1}: roles of a person from the store {one['store_ms']:.2f} ms")
    return results


def _from_the_store():
    """Milliseconds of one of 199 people on average, on the same groups, without HTTP and JSON (crates/usecases/tests/signin/speed.rs)."""
    done = subprocess.run(IN_PROCESS, cwd=ROOT, capture_output=True, text=True, check=False)
    figure = STORE.search(done.stdout)
    if done.returncode != 0 or figure is None:
        raise SystemExit(f"bench/run: `{' '.join(IN_PROCESS)}` failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return float(figure[1]) / (1000 if figure[2] == "µs" else 1)


def _set_up(server, reached):
    app = discovery.connect(server, ACCOUNTS)
    discovery.refresh(server, app, ACCOUNTS)
    path = f"/api/v1/directories/{server.call('POST', '/api/v1/directories', imports.settings(reached))['id']}"
    seen = imports.run(server, path, "full")
    if seen["groups"]["created"] != ACCOUNTS * ROLES + MANAGEMENT + 1:
        raise SystemExit(f"bench/run: not what the directory holds: {seen}")
    with_settings = server.call("GET", f"/api/v1/apps/{app}")
    with_settings["settings"]["app"].update(
        {"useGroupMapping": True, "appFilter": "corp", "groupFilter": FILTER, "roleValuePattern": PATTERN})
    server.call("PUT", f"/api/v1/apps/{app}", with_settings)
    everybody = server.call("GET", "/api/v1/groups?q=everybody")[0]["id"]
    server.call("PUT", f"/api/v1/apps/{app}/groups/{everybody}", {})
    return app


def _roles(server, app, some):
    """Milliseconds for each, from the request to its answer."""
    took = []
    for person in some:
        begun = time.perf_counter()
        status, answer = server.request("GET", f"/api/v1/apps/{app}/aws/entitlements?user={person['id']}")
        took.append((time.perf_counter() - begun) * 1000)
        if status != 200 or len(json.loads(answer)) != EACH:
            raise SystemExit(f"bench/run: the roles of {person['profile']['login']}: {status} {answer[:500]!r}")
    return took


def _trial(server, app):
    begun = time.perf_counter()
    tried = server.call("POST", f"/api/v1/apps/{app}/aws/mapping/test", {"groupFilter": OTHER_FILTER})
    if (tried["totals"]["matches"], tried["totals"]["rolesLost"]) != (ACCOUNTS * ROLES, 0):
        raise SystemExit(f"bench/run: not what the groups give: {tried['totals']}")
    return time.perf_counter() - begun
