"""Whoever dies or stands still in the middle of an import: everything is as it was before, and the next one succeeds."""

import contextlib
import signal

import pytest
from directories import slapd
from outside.agents import Agents
from outside.directory import Directory, start
from outside.disk import full, roomy
from outside.importing import IMPORT_SECONDS, Importing
from outside.waiting import until
from outside.wire import Wire

# More than one batch of an import, so that people are written before all of them were read.
PEOPLE, GROUPS, DEPTH = 6_000, 200, 10
SUFFIX = slapd.SUFFIX


def entries():
    """Each group holds 30 people and the next group; the last of ten holds the first."""
    yield f"dn: ou=people,{SUFFIX}\nobjectClass: organizationalUnit\nou: people\n"
    yield f"dn: ou=groups,{SUFFIX}\nobjectClass: organizationalUnit\nou: groups\n"
    for number in range(PEOPLE):
        yield (f"dn: uid=p{number},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: p{number}\ncn: P {number}\n"
               f"sn: {number}\ngivenName: P\nmail: p{number}@example.com\n")
    for number in range(GROUPS):
        first = number - number % DEPTH
        inner = first + (number + 1) % DEPTH
        members = [f"member: uid=p{person},ou=people,{SUFFIX}" for person in range(number * 30, number * 30 + 30)]
        members.append(f"member: cn=g{inner},ou=groups,{SUFFIX}")
        yield f"dn: cn=g{number},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: g{number}\n" + "\n".join(members) + "\n"


@pytest.fixture(name="ldap", scope="module")
def a_large_directory(tmp_path_factory):
    """OpenLDAP with some thousand people, in groups that are in each other."""
    folder = tmp_path_factory.mktemp("slapd")
    (folder / "people.ldif").write_text("\n".join(entries()))
    with start("slapd", folder, folder / "people.ldif") as running:
        yield Directory(running)


@pytest.fixture(name="wire")
def a_wire(ldap):
    """Between whoever reads and the directory."""
    with Wire(ldap.told["ldaps"]) as wire:
        yield wire


def settings(ldap, wire, **more):
    """What the server is told. Imports run by themselves, but far apart."""
    return {
        "name": "corp", "type": "OPENLDAP", "urls": [wire.url], "caPem": open(ldap.told["ca"], encoding="ascii").read(),
        "bindDn": slapd.READER["dn"], "bindPassword": slapd.READER["password"], "timeout": "PT60S",
        "people": {"base": f"ou=people,{SUFFIX}"}, "groups": {"base": f"ou=groups,{SUFFIX}"}, **more,
    }


class Firm(Importing, Agents):
    """A server that is going to import."""


@contextlib.contextmanager
def firm(home, *words, **more):
    """One that ends with its test."""
    one = Firm(home, settings(*words, **more))
    try:
        yield one
    finally:
        with one.server:
            pass


def in_the_middle(firm, wire):
    """An import that stands still: most was read, and much is written. The wire has counted a reading before."""
    firm.imports("--dry-run")
    assert firm.is_swept()
    wire.stand_still_after(wire.passed * 9 // 10)
    run = firm.begin()
    assert wire.stands_still.wait(IMPORT_SECONDS)
    until(lambda: firm.prepared() > 0, IMPORT_SECONDS, "people are written")
    assert firm.users() == {}, "and nobody sees them"
    assert firm.standing(run)["status"] == "RUNNING"
    return run


def all_are_there(firm):
    """Everybody, and everybody's groups through the loop."""
    assert len(firm.users()) == PEOPLE and firm.is_swept()
    assert firm.groups("p0@example.com") == {f"g{number}" for number in range(DEPTH)}


def begins_anew_by_itself(firm, run):
    """Once the lease of the run that was cut off has ended."""
    def succeeded():
        latest = firm.api.get(f"{firm.path}/runs").expect(200).json[0]
        return latest if latest["status"] == "SUCCEEDED" and not latest["dryRun"] else None

    latest = until(succeeded, IMPORT_SECONDS, "the next import")
    assert latest["trigger"] == "SCHEDULE" and latest["people"]["created"] == PEOPLE, latest
    died = firm.standing(run)
    assert (died["status"], died["error"]["code"]) == ("FAILED", "INTERRUPTED"), died
    all_are_there(firm)


def test_a_killed_server_leaves_nothing_and_imports_by_itself(tmp_path, ldap, wire):
    with firm(tmp_path, ldap, wire) as one:
        run = in_the_middle(one, wire)
        one.server.kill()
        wire.cut()
        assert one.prepared() > 0
        one.restart()
        assert one.users() == {}
        begins_anew_by_itself(one, run)


def test_a_full_disk_leaves_nothing_and_the_import_begins_anew_by_itself(tmp_path, ldap, wire):
    with firm(tmp_path, ldap, wire) as one:
        run = in_the_middle(one, wire)
        full(one.server)
        wire.go_on()
        until(lambda: "could not be finished" in one.server.said(), IMPORT_SECONDS, "the import gives up")
        assert one.users() == {} and one.standing(run)["status"] == "RUNNING", "its end could not be stored either"
        roomy(one.server)
        begins_anew_by_itself(one, run)


def test_a_server_that_is_asked_to_stop_does_so_in_the_middle(tmp_path, ldap, wire):
    with firm(tmp_path, ldap, wire) as one:
        run = in_the_middle(one, wire)
        assert one.server.stop(signal.SIGTERM) == 0
        wire.cut()
        one.restart()
        assert one.users() == {}
        assert one.standing(run)["error"]["code"] == "INTERRUPTED"


def test_a_directory_that_dies_or_hangs_leaves_everything_as_it_was(tmp_path, ldap, wire):
    with firm(tmp_path, ldap, wire) as one:
        run = in_the_middle(one, wire)
        ldap.kill()
        wire.cut()
        try:
            failed = one.ended(run)
            assert failed["status"] == "FAILED" and failed["error"]["step"] == "READ" and failed["error"]["hint"], failed
            assert one.users() == {} and one.is_swept()
            away = one.imports(code=3, status="FAILED")
            # The wire takes the connection, and finds nobody.
            assert away["error"]["step"] in ("CONNECT", "CERTIFICATE") and away["error"]["hint"], away
        finally:
            ldap.restart()
        one.imports()
        all_are_there(one)

        one.api.put(one.path, settings(ldap, wire, timeout="PT2S")).expect(200)
        wire.stand_still_after(200_000)
        hung = one.imports(code=3, status="FAILED")
        assert hung["error"]["code"] == "TIMEOUT", hung
        wire.go_on()
        all_are_there(one)


@pytest.mark.parametrize("number", [1, 2])
def test_an_agent_that_dies_leaves_everything_as_it_was(tmp_path, ldap, wire, number):
    alone = {"reach": "AGENT", "bindDn": None, "bindPassword": None}
    with firm(tmp_path, ldap, wire, **alone) as one, contextlib.ExitStack() as running:
        words = {name: one.register(name) for name in ("dc1", "dc2")[:number]}
        children = {name: running.enter_context(one.run(words[name])) for name in words}
        for name in words:
            one.connected(name)
        run = in_the_middle(one, wire)
        busy = [agent["name"] for agent in one.agents() if agent["jobs"]]
        assert len(busy) == 1, one.agents()
        children[busy[0]].kill()
        failed = one.ended(run)
        assert (failed["status"], failed["error"]["code"]) == ("FAILED", "AGENT_LOST"), failed
        assert one.users() == {} and one.is_swept()
        wire.cut()
        if number == 1:
            running.enter_context(one.run(words[busy[0]]))
            one.connected(busy[0])
        one.imports()
        all_are_there(one)
