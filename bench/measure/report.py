"""The tables at the end of a run. A goal is met when the middle of the repetitions meets it."""

import statistics

from measure import discovery, imports, launch, mapping, start
from measure.table import rows, say, spread, verdict


HEADER = "middle (smallest to largest)"
KINDS = ("full", "half", "single")


def launches(results):
    """By number of roles."""
    lines = [("launch by a signed-in person", "goal", HEADER, "")]
    for roles, goal in launch.GOALS.items():
        lines += [(f"{roles} roles: {name}", *rest) for name, *rest in _launches(roles, goal, results[roles])]
    rows(lines)
    every = [one[kind] for roles in launch.GOALS for one in results[roles]["rounds"] for kind in KINDS]
    say(f"{sum(one['launches'] for one in every):,} launches counted, none failed; "
        f"{sum(one['checked'] for one in every):,} decoded and their roles counted.\n")


def _launches(roles, goal, result):
    rounds = result["rounds"]
    full = [one["full"] for one in rounds]
    ratios = [one["ratio"] for one in rounds]
    signs = [rate for one in rounds for rate in (one["signs_before"], one["signs_after"])]
    yield ("launches per CPU second ÷ signatures per second", f"≥ {goal:.2f}", spread(ratios, ".2f"),
           verdict(statistics.median(ratios) >= goal))
    yield "launches per CPU second of the server", "", spread([one["per_cpu_second"] for one in full], ".0f"), ""
    yield "`openssl speed rsa2048`, signatures per second, one process", "", spread(signs, ".0f"), ""
    yield "the same by the wall clock, each of two processes at once", "", f"{result['signs_by_two_processes'] / 2:.0f}", ""
    yield "launches per second, 64 connections, load on the same cores", "", spread([one["per_second"] for one in full], ".0f"), ""
    yield "cores that the server used meanwhile", "", spread([one["cpu_seconds"] / one["seconds"] for one in full], ".2f"), ""
    yield "resident memory of the server afterwards, MB", "", f"{result['rss_mb']:.0f}", ""
    for kind, name, goal_ms in (("single", "one at a time", 3), ("half", "at half load", 10)):
        for percentile in ("p50_ms", "p99_ms"):
            values = [one[kind][percentile] for one in rounds]
            judged = percentile == "p99_ms" and roles == 10
            yield (f"{name}, {percentile[:3]}, ms", f"< {goal_ms}" if judged else "", spread(values, ".2f"),
                   verdict(statistics.median(values) < goal_ms) if judged else "")


def discoveries(results):
    """By number of accounts."""
    largest = results[discovery.SIZES[-1]]
    lines = [("discovery, 50 roles an account, 50 ms a call", "goal", HEADER, "")]
    seconds, peak = [one["first"]["seconds"] for one in largest], [one["peak_mb"] for one in largest]
    lines.append(("1,000 accounts: first run, s", f"< {discovery.GOAL_SECONDS}", spread(seconds, ".2f"),
                  verdict(statistics.median(seconds) < discovery.GOAL_SECONDS)))
    lines.append(("1,000 accounts: peak memory of the server, MB", f"< {discovery.GOAL_MB}", spread(peak, ".0f"),
                  verdict(statistics.median(peak) < discovery.GOAL_MB)))
    for kind, name in (("first", "first run"), ("again", "second run, nothing changed")):
        for size in discovery.SIZES:
            for unit, value in (("s", "seconds"), ("CPU ms an account", "cpu_ms_each")):
                values = [one[kind][value] for one in results[size]]
                lines.append((f"{size:,} accounts: {name}, {unit}", "", spread(values, ".2f"), ""))
    lines.append(("1,000 accounts: database on disk, MB", "", spread([one["database_mb"] for one in largest], ".0f"), ""))
    rows(lines)


def starts(result):
    """Start and rest."""
    times = result["starts_ms"]
    rows([
        ("start and rest, 1,000 accounts in the database", "goal", "", ""),
        ("start to the first `/readyz`, ms, 10 starts", f"< {start.GOAL_MS}", spread(times, ".0f"), verdict(max(times) < start.GOAL_MS)),
        ("resident memory at the first `/readyz`, MB", "", f"{result['rss_at_start_mb']:.1f}", ""),
        (f"resident memory after {start.IDLE_SECONDS} s of rest, MB", f"< {start.GOAL_MB}", f"{result['rss_mb']:.1f}",
         verdict(result["rss_mb"] < start.GOAL_MB)),
        ("processor time at rest, ms a second", "", f"{result['idle_cpu_ms_a_second']:.2f}", ""),
        ("the binary, MB", "", f"{result['binary_mb']:.1f}", ""),
    ])


def imported(results):
    """By size of the directory."""
    lines = [("import from slapd into SQLite", "goal", HEADER, "")]
    for name, size, judged in (("size", imports.SIZE, True), ("large", imports.LARGE, False)):
        lines += [(f"{size[0]:,} people, {size[1]:,} groups: {what}", *rest) for what, *rest in _imported(results[name], judged)]
    rows(lines)


def _imported(seen, judged):
    ratios, peaks = [one["ratio"] for one in seen], [one["peak_mb"] for one in seen]
    changes = [one["incremental"] for one in seen]
    goal = lambda text, met: (text, verdict(met)) if judged else ("", "")  # noqa: E731
    limit, met = goal(f"≤ {imports.GOAL_RATIO}", statistics.median(ratios) <= imports.GOAL_RATIO)
    yield "full import ÷ `ldapsearch` of the same entries", limit, spread(ratios, ".2f"), met
    yield "full import, s", "", spread([one["full"] for one in seen], ".2f"), ""
    yield "`ldapsearch`, s", "", spread([one["ldapsearch"] for one in seen], ".2f"), ""
    limit, met = goal(f"< {imports.GOAL_INCREMENTAL_SECONDS}", statistics.median(changes) < imports.GOAL_INCREMENTAL_SECONDS)
    yield f"incremental import of {imports.CHANGES} changes, s", limit, spread(changes, ".2f"), met
    limit, met = goal(f"< {imports.GOAL_MB}", statistics.median(peaks) < imports.GOAL_MB)
    yield "peak memory of the server, MB", limit, spread(peaks, ".0f"), met
    yield "memory before, MB", "", spread([one["idle_mb"] for one in seen], ".0f"), ""


def mapped(results):
    """Of all repetitions."""
    groups = f"{mapping.ACCOUNTS * mapping.ROLES:,} role groups"
    roles, again = ([statistics.median(one[kind]) for one in results] for kind in ("roles", "again"))
    slow = [statistics.quantiles(one["roles"], n=20)[-1] for one in results]
    trials = [one["trial_seconds"] for one in results]
    stored = [one["store_ms"] for one in results]
    rows([
        (f"group mapping, {groups}, everybody in {mapping.EACH}", "goal", HEADER, ""),
        ("roles of a person, for the first time, from the store, ms", f"< {mapping.GOAL_ROLES_MS}", spread(stored, ".2f"),
         verdict(statistics.median(stored) < mapping.GOAL_ROLES_MS)),
        ("the same over HTTP, p50, ms", "", spread(roles, ".2f"), ""),
        ("the same over HTTP, p95, ms", "", spread(slow, ".2f"), ""),
        ("roles of a person, known already, over HTTP, p50, ms", "", spread(again, ".2f"), ""),
        (f"a setting tried on all {groups}, who gains and loses what, s", f"< {mapping.GOAL_TRIAL_SECONDS}", spread(trials, ".2f"),
         verdict(statistics.median(trials) < mapping.GOAL_TRIAL_SECONDS)),
    ])
