"""Runs the stages and adds up."""

import argparse
import pathlib
import signal
import time

from harness import debian, parts, process, say
from harness.missing import Missing
from harness.paths import CACHE, LOGS
from harness.stages import stages


def main(words):
    """Exit code 0 when nothing failed. The last line is `N passed, N failed`."""
    options = arguments(words)
    chosen = [stage for stage in stages(options.advisories) if not options.only or stage.name in options.only]
    if options.list:
        for stage in chosen:
            say.line(f"{stage.name:10} {stage.title}")
        return 0
    if options.install:
        return install(options.install)
    signal.signal(signal.SIGTERM, process.end_all)
    signal.signal(signal.SIGINT, process.end_all)
    LOGS.mkdir(parents=True, exist_ok=True)
    if options.only:
        say.line(f"only: {', '.join(stage.name for stage in chosen)}")
    missing = prepare(chosen)
    rows = [run(stage, missing) for stage in chosen]
    return summary(rows)


def arguments(words):
    """The command line."""
    names = [stage.name for stage in stages()]
    parser = argparse.ArgumentParser(prog="tests/run", description="Runs the tests: all stages, or some.")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], metavar="STAGE[,STAGE]",
                        help=f"of {', '.join(names)}")
    parser.add_argument("--install", choices=list(debian.PARTS), metavar="PART",
                        help=f"install one of Debian's parts if it is missing, and run nothing: {', '.join(debian.PARTS)}")
    parser.add_argument("--list", action="store_true", help="list the stages and run nothing")
    parser.add_argument("--advisories", action="store_true", help="`deny` asks the RustSec database too, over the network")
    options = parser.parse_args(words)
    unknown = [name for name in options.only if name not in names]
    if unknown:
        parser.error(f"no stage `{unknown[0]}`; there are {', '.join(names)}")
    return options


def install(name):
    """One part, for whoever needs no test of it."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "parts.log"
    log.write_bytes(b"")
    debian.install_missing([name], log)
    try:
        debian.ensure(name, log)
    except Missing as error:
        say.line(f"{name}: {error}")
        return 1
    return 0


def prepare(chosen):
    """Makes the parts ready; answers with those that could not be had, and why."""
    started = time.monotonic()
    say.line("== parts: what the stages need; installed once, no network afterwards")
    log = LOGS / "parts.log"
    log.write_bytes(b"")
    names = parts.wanted(chosen)
    debian.install_missing(names, log)
    missing = {}
    for name in names:
        lacking = [implied for implied in parts.IMPLIED.get(name, ()) if implied in missing]
        try:
            if lacking:
                raise Missing(f"`{name}` needs `{lacking[0]}`", "see above")
            parts.PREPARE[name](log)
        except Missing as error:
            missing[name] = str(error)
            say.line(f"  MISSING {name}: {error}")
    say.line(f"  {len(names) - len(missing)} of {len(names)} parts are there, {time.monotonic() - started:.0f} s")
    return missing


def run(stage, missing):
    """One stage: its name, passed, failed, seconds."""
    say.line(f"== {stage.name}: {stage.title}")
    started = time.monotonic()
    log = LOGS / f"{stage.name}.log"
    log.write_bytes(b"")
    lacking = [name for name in stage.needs if name in missing]
    if lacking:
        say.line(f"  FAIL not run: {lacking[0]}: {missing[lacking[0]]}")
        return stage.name, 0, 1, 0.0
    passed, failed = 0, 0
    for step in stage.steps:
        counted = run_step(step, log, stage.minutes * 60)
        passed, failed = passed + counted[0], failed + counted[1]
    seconds = time.monotonic() - started
    if passed + failed == 0:
        say.line("  FAIL no test ran")
        failed = 1
    say.line(f"  {'ok  ' if failed == 0 else 'FAIL'} {passed} passed, {failed} failed in {seconds:.0f} s ({where(log)})")
    return stage.name, passed, failed, seconds


def run_step(step, log, seconds):
    """One command: passed and failed. A command that fails and counts no failure is a failure of its own."""
    outcome = process.run(step.command(), log, seconds, step.env(), step.cwd)
    passed, failed = step.count(outcome.output)
    if outcome.code != 0 and failed == 0:
        passed, failed = (0 if (passed, failed) == (1, 0) else passed), 1
    if failed:
        limit = f" after its time limit of {seconds} s" if outcome.timed_out else ""
        say.line(f"  FAIL exit code {outcome.code}{limit}: {' '.join(map(str, step.command()))}")
        say.quoted(outcome.output)
    return passed, failed


def where(log):
    """The log's path as a person would type it."""
    return pathlib.Path(".cache") / log.relative_to(CACHE)


def summary(rows):
    """The table, and the line that CI reads."""
    say.line()
    for name, passed, failed, seconds in rows:
        say.line(f"  {'ok  ' if failed == 0 else 'FAIL'} {name:10} {passed:5} passed {failed:4} failed {seconds:6.0f} s")
    failed = sum(row[2] for row in rows)
    say.line(f"{sum(row[1] for row in rows)} passed, {failed} failed")
    return 1 if failed else 0
