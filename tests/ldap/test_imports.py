"""What an import makes of a directory, and of what changes there."""

import json

import pytest
from outside.directory import PASSWORD, entry
from outside.importing import Importing
from outside.okta import sign_in

NAMES = [f"p{number:02}" for number in range(12)]


class Firm(Importing):
    """Twelve people. `team` and `desk` are members of each other, `desk` is a member of `role`."""

    def __init__(self, home, unit):
        self.unit = unit
        for name in NAMES:
            unit.put_person(name)
        unit.put_group("team", *map(unit.person, NAMES[:8]))
        unit.put_group("desk", unit.person("p08"), unit.group("team"))
        unit.join("team", unit.group("desk"))
        unit.put_group("role", unit.group("desk"))
        super().__init__(home, unit.settings())

    def of(self, *names):
        """The same people in what the server says."""
        users = self.users()
        return {name: users.get(self.unit.login(name)) for name in names}

    def in_groups(self, name):
        """Groups of somebody."""
        return self.groups(self.unit.login(name))

    def renamed(self, name, rdn, place=None):
        """Somebody of `team` gets another name or place. OpenLDAP leaves it to its administrator to tell the groups."""
        unit, former = self.unit, self.unit.person(name)
        if place:
            unit.directory.change(entry(place, "add", {"objectClass": ["organizationalUnit"]}))
        unit.rename(former, rdn, place)
        if not unit.follows_names:
            unit.leave("team", former)
            unit.join("team", f"{rdn},{place or former.partition(',')[2]}")

    def sign_in(self, name):
        """Somebody, with the directory's password."""
        return sign_in(self.server.url, self.unit.login(name), PASSWORD)


@pytest.fixture(name="firm")
def a_firm(directory, tmp_path):
    """Each test has an OU and a server of its own."""
    firm = Firm(tmp_path, directory.unit(directory))
    with firm.server:
        yield firm


def test_people_and_groups_come_change_and_go(firm):
    unit = firm.unit
    shown = firm.imports("--dry-run")
    assert (shown["people"]["created"], shown["groups"]["created"]) == (12, 3), shown
    assert firm.users() == {}, "a dry run changes nothing"
    first = firm.imports()
    assert (first["kind"], first["people"]["created"], first["groups"]["created"]) == ("full", 12, 3), first
    assert first["memberships"]["added"] == 12 and first["problems"] == [], first
    for name in ("p00", "p08"):
        assert firm.in_groups(name) == {"team", "desk", "role"}
    assert firm.in_groups("p09") == set()
    again = firm.imports()
    assert (again["people"]["unchanged"], again["groups"]["unchanged"]) == (12, 3), again
    assert again["memberships"]["added"] == again["memberships"]["removed"] == 0, again

    before = firm.of(*NAMES)
    staying, gone, disabled = (firm.sign_in(name) for name in ("p02", "p10", "p11"))
    firm.renamed("p00", "cn=somebody else")
    firm.renamed("p01", "cn=p01", f"ou=elsewhere,ou=people,{unit.base}")
    unit.remove("p10")
    unit.disable("p11")
    unit.leave("team", unit.person("p02"))
    unit.put_person("p12")
    unit.join("team", unit.person("p12"))
    second = firm.imports("--incremental")
    assert second["kind"] == "incremental", second
    assert (second["people"]["created"], second["people"]["suspended"]) == (1, 2), second
    after = firm.of(*NAMES)
    assert {name: user for name, (user, _) in after.items()} == {name: user for name, (user, _) in before.items()}
    assert {name for name, (_, status) in after.items() if status != "ACTIVE"} == {"p10", "p11"}
    for name in ("p00", "p01", "p12"):
        assert firm.in_groups(name) == {"team", "desk", "role"}, name
    assert firm.in_groups("p02") == set()
    staying.get("/api/v1/sessions/me").expect(200)
    for session in (gone, disabled):
        session.get("/api/v1/sessions/me").refused(404, "E0000007")
    states = {event["debugContext"]["debugData"]["state"] for event in firm.log("user.lifecycle.suspend")}
    assert states == {"GONE", "DISABLED"}

    unit.enable("p11")
    third = firm.imports()
    assert third["people"]["updated"] == 1 and third["people"]["suspended"] == 0, third
    assert firm.of("p11")["p11"][1] == "ACTIVE"
    status = json.loads(firm.command("status", "--json").stdout)
    assert [(one["name"], one["lastRun"]["id"]) for one in status] == [("corp", third["id"])]
    assert third["id"] in firm.command("runs", "corp").stdout


def test_an_import_that_would_take_much_away_waits_for_a_word(firm):
    unit = firm.unit
    firm.imports()
    before, session = firm.users(), firm.sign_in("p03")
    for name in NAMES[3:6]:
        unit.remove(name)
    held = firm.imports(code=3, status="HELD")
    assert held["held"]["people"] == [3, 12] and unit.login("p03") in held["held"]["examples"], held
    assert firm.users() == before and session.get("/api/v1/sessions/me").expect(200)
    discarded = firm.command("discard", "corp", "--json")
    assert discarded.returncode == 0 and json.loads(discarded.stdout)["error"]["code"] == "DISCARDED"
    nothing = firm.command("release", "corp")
    assert nothing.returncode == 1 and "no import is held" in nothing.stderr and "hint:" in nothing.stderr
    assert firm.users() == before

    said = firm.command("import", "corp")
    assert said.returncode == 3 and "HELD" in said.stderr and "release" in said.stderr and said.stdout == "", said.stderr
    released = firm.command("release", "corp", "--json")
    assert released.returncode == 0 and json.loads(released.stdout)["people"]["suspended"] == 3
    assert {name for name, (_, status) in firm.of(*NAMES).items() if status != "ACTIVE"} == set(NAMES[3:6])
    session.get("/api/v1/sessions/me").refused(404, "E0000007")


def test_people_who_may_be_users_wait_and_are_confirmed(firm):
    for name in ("p00", "p01", "p02"):
        profile = {"login": firm.unit.login(name), "email": "someone@example.com", "firstName": "A", "lastName": "B"}
        firm.api.post("/api/v1/users?activate=false", {"profile": profile}).expect(200)
    before = firm.users()
    run = firm.imports()
    assert (run["people"]["created"], run["people"]["toConfirm"]) == (9, 3), run
    waiting = json.loads(firm.command("matches", "corp", "--json").stdout)
    entries = {one["person"]["profile"]["login"]: one["entry"] for one in waiting}
    assert {one["why"] for one in waiting} == {"NAME_DIFFERS"}
    first, second, third = (firm.unit.login(name) for name in ("p00", "p01", "p02"))
    said = firm.command("confirm", "corp", entries[first], "--user", first, "--json")
    assert json.loads(said.stdout)["effect"] == "HERE", said.stderr
    assert firm.users()[first][0] == before[first][0] and firm.groups(first) == {"team", "desk", "role"}
    refused = firm.command("confirm", "corp", entries[second], "--new")
    assert refused.returncode == 1 and "has the login" in refused.stderr
    assert firm.command("confirm", "corp", entries[second], "--ignore").returncode == 0
    assert firm.command("confirm", "corp", entries[third]).returncode == 2, "one of three has to be said"
    run = firm.imports()
    assert (run["people"]["toConfirm"], run["people"]["skipped"]) == (1, 1), run
    assert firm.users()[second] == before[second]


def test_a_base_that_was_renamed_fails_and_changes_nothing(firm):
    firm.imports()
    before = firm.users()
    base = firm.unit.base
    firm.unit.rename(f"ou=people,{base}", "ou=staff")
    for options in ((), ("--incremental",)):
        run = firm.imports(*options, code=3, status="FAILED")
        assert (run["error"]["step"], run["error"]["code"]) == ("BASE", "noSuchObject") and run["error"]["hint"], run
    assert firm.users() == before
    firm.unit.rename(f"ou=staff,{base}", "ou=people")
    assert firm.imports()["people"]["unchanged"] == 12
    assert firm.users() == before
