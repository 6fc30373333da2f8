"""Entries as nobody wants them: each is left out with a reason, or taken as it is, and the rest comes whole."""

import contextlib

import pytest
from outside.agents import Agents
from outside.directory import entry
from outside.importing import Importing

pytestmark = pytest.mark.parametrize("directory", ["slapd"], indirect=True)


@pytest.fixture(name="unit")
def an_ou(directory):
    """Ann is as she should be, and in `team`."""
    unit = directory.unit(directory)
    unit.put_person("ann")
    unit.put_group("team", unit.person("ann"))
    return unit


class Remote(Importing, Agents):
    """A server that imports, by agents if it is told so."""


def test_what_cannot_be_taken_is_left_out_and_named(unit, tmp_path):
    add = unit.directory.change

    def person(name, **attributes):
        dn = unit.person(name.replace("\\", "\\\\").replace(",", "\\,").replace("+", "\\+").replace("#", "\\#"))
        add(entry(dn, "add", {"objectClass": ["inetOrgPerson"], "cn": [name], "sn": ["Sample"], **attributes}))
        return dn

    person("nameless")
    person("no address", mail=["not an address"])
    person("picture", mail=[unit.login("picture")], jpegPhoto=[b"\xff\xd8\xff"])
    person("long", mail=["x" * 200 + "@example.com"])
    twins = [person(name, mail=[unit.login("twin")]) for name in ("one", "two")]
    odd = person("#Sharp, Ann + \\o/ \u00e9\u0416", mail=[unit.login("odd")])
    unit.put_group("aws#x#Admin#111111111111", odd, *twins, unit.person("nobody who is there"))
    unit.put_group("bell\a", unit.person("ann"))
    # Its own grandparent, and its own member.
    unit.put_group("a", unit.group("b"), odd)
    unit.put_group("b", unit.group("c"))
    unit.put_group("c", unit.group("a"), unit.group("c"))

    settings = unit.settings()
    settings["people"]["attributes"] = {"photo": "jpegPhoto"}
    one = Importing(tmp_path, settings)
    with one.server:
        run = one.imports()
        left_out = {(problem["dn"].split(",ou=")[0], problem["code"]) for problem in run["problems"]}
        assert {("cn=nameless", "LOGIN_MISSING"), ("cn=no address", "EMAIL_MISSING"), ("cn=long", "LOGIN_INVALID"),
                ("cn=picture", "NOT_UTF8"),
                ("cn=bell\a", "GROUP_NAME_INVALID")} <= left_out, left_out
        assert len({dn for dn, code in left_out if code == "LOGIN_TAKEN"} & {"cn=one", "cn=two"}) == 1, left_out
        assert all(problem["what"] and problem["fix"] for problem in run["problems"])
        assert set(one.users()) == {unit.login(name) for name in ("ann", "odd", "twin")}
        assert one.groups(unit.login("ann")) == {"team"}
        assert one.groups(unit.login("odd")) == {"aws#x#Admin#111111111111", "a", "b", "c"}
        assert one.groups(unit.login("twin")) == {"aws#x#Admin#111111111111"}
        said = one.command("import", "corp")
        assert said.returncode == 0 and "cn=bell" in said.stderr and "\a" not in said.stderr, said.stderr
        again = one.imports()
        assert again["people"]["unchanged"] == 3 and again["people"]["created"] == 0, again


@pytest.mark.parametrize("reach", ["DIRECT", "AGENT"])
def test_a_group_of_a_hundred_thousand_is_imported_whole(unit, tmp_path, reach):
    nobody = [unit.person(f"somebody with a name of some length, number {number}".replace(",", "\\,")) for number in range(100_000)]
    unit.put_group("crowd", *nobody, unit.person("ann"))
    alone = {"reach": "AGENT", "bindDn": None, "bindPassword": None} if reach == "AGENT" else {}
    one = Remote(tmp_path, {**unit.settings(), **alone})
    with one.server, contextlib.ExitStack() as running:
        if alone:
            running.enter_context(one.run(one.register("dc1")))
            one.connected("dc1")
        run = one.imports()
        assert run["progress"]["membershipsRead"] >= 100_000 and run["memberships"]["unresolved"] >= 100_000, run
        assert one.groups(unit.login("ann")) == {"crowd", "team"}
        unit.put_person("bob")
        unit.join("crowd", unit.person("bob"))
        assert one.imports("--incremental")["memberships"]["added"] == 1
        assert one.groups(unit.login("bob")) == {"crowd"}
