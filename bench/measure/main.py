"""The run: builds what it needs, measures part after part, shows tables, keeps all figures as JSON."""

import argparse
import datetime
import json
import pathlib
import signal
import subprocess
import tempfile

from measure import children, discovery, imports, launch, machine, mapping, report, start, table
from measure.paths import CACHE, ROOT, SERVER, SIDES

PARTS = {"launch": (launch.measure, report.launches), "discovery": (discovery.measure, report.discoveries),
         "start": (start.measure, report.starts), "imports": (imports.measure, report.imported),
         "mapping": (mapping.measure, report.mapped)}


def main(arguments):
    """Exit code 0 when everything could be measured; a missed goal is said, not hidden, and fails nothing."""
    options = _options(arguments)
    _build(options)
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    about = {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "command": " ".join(["bench/run", *arguments]),
             "machine": machine.describe(), "load_average": machine.load_average()}
    table.say(f"{about['date']}, {about['machine']['processor']}, {about['machine']['cores']} cores, load {about['load_average']:.2f}")
    results = {}
    with tempfile.TemporaryDirectory(prefix="rolegate-bench-", dir=options.data) as folder:
        try:
            for part in options.only:
                table.say(f"{part}:")
                home = pathlib.Path(folder) / part
                home.mkdir()
                results[part] = PARTS[part][0](home, options)
        finally:
            children.stop_all()
    table.say()
    for part, result in results.items():
        PARTS[part][1](result)
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / f"{about['date'].replace(':', '')}.json"
    kept.write_text(json.dumps({**about, **results}, indent=1))
    table.say(f"all figures: {kept.relative_to(ROOT)}")
    return 0


def _options(arguments):
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures speed, as ratios to what the machine can do.")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), metavar="PARTS",
                        help="launch, discovery, start, imports, mapping; with commas")
    parser.add_argument("--seconds", type=float, default=10, help="length of each measurement of launches (10)")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each measurement is repeated (3)")
    parser.add_argument("--data", default=None, help="folder on the disk to measure on; the system's temporary folder when left out")
    parser.add_argument("--no-build", action="store_true", help="take the binaries that are there")
    options = parser.parse_args(arguments)
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"`{unknown.pop()}` is no part: {', '.join(PARTS)}")
    return options


def _build(options):
    if not options.no_build:
        table.say("building (the first time takes many minutes)")
        words = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "rolegate", "-p", "rolegate-bench"]
        if subprocess.run(words, cwd=ROOT, check=False).returncode != 0:
            raise SystemExit("bench/run: the build failed")
    for binary in (SERVER, SIDES):
        if not binary.exists():
            raise SystemExit(f"bench/run: `{binary}` is not there; leave out --no-build to build it")
