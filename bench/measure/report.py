"""The tables at the end of a run. A goal is met when the middle of the repetitions meets it."""

import statistics

from measure import discovery, launch, start
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
