"""`python3 -m directories slapd|samba`, from the folder `tests`: starts a directory, says in one line of JSON how to reach
it, and ends it when standard input closes (with whoever started it) or on SIGTERM."""

import argparse
import json
import pathlib
import shutil
import signal
import sys
import tempfile

from directories import samba, slapd
from directories.running import NotRunning


def main(words):
    """Runs until it is to end."""
    options = arguments(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"rolegate-{options.directory}-"))
    try:
        start = slapd.start if options.directory == "slapd" else samba.start
        with start(folder, options) as directory:
            print(json.dumps(directory.told()), flush=True)
            sys.stdin.read()
    except NotRunning as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def arguments(words):
    """The command line."""
    parser = argparse.ArgumentParser(prog="directories", description="A directory for tests, until standard input closes.")
    kinds = parser.add_subparsers(dest="directory", required=True)
    ldap = kinds.add_parser("slapd", help="OpenLDAP below dc=example,dc=com")
    ldap.add_argument("--load", type=pathlib.Path, metavar="LDIF", help="entries to begin with; without it, the suffix alone")
    ldap.add_argument("--without-sync", action="store_true", help="no content synchronisation (syncprov)")
    ldap.add_argument("--session-log", type=int, default=10_000, metavar="N", help="deletions that syncprov remembers")
    ldap.add_argument("--page-limit", metavar="N", default="unlimited", help="the largest page the reader may ask for")
    ldap.add_argument("--size-limit", metavar="N", default="unlimited", help="entries the reader gets at all, in pages or not")
    kinds.add_parser("samba", help="Active Directory, domain ad.example.test; needs root")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
