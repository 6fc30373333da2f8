"""`rolegate agent` beside OpenLDAP: registered, used, killed, put out; the server that it serves killed under it."""

import json
import signal

import pytest
from directories import slapd
from outside.agents import Agents
from outside.directory import start
from outside.importing import Importing
from outside.process import START_SECONDS, command
from outside.waiting import until

PEOPLE = f"""\
dn: ou=people,{slapd.SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{slapd.SUFFIX}
objectClass: organizationalUnit
ou: groups

dn: uid=ann,ou=people,{slapd.SUFFIX}
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Example
givenName: Ann
mail: ann@example.com

dn: cn=everybody,ou=groups,{slapd.SUFFIX}
objectClass: groupOfNames
cn: everybody
member: uid=ann,ou=people,{slapd.SUFFIX}

"""


@pytest.fixture(name="ldap", scope="module")
def a_directory(tmp_path_factory):
    """OpenLDAP with one person in one group."""
    folder = tmp_path_factory.mktemp("slapd")
    (folder / "people.ldif").write_text(PEOPLE)
    with start("slapd", folder, folder / "people.ldif") as running:
        yield running.told()


class World(Importing, Agents):
    """A server whose directory is reached by agents."""

    def __init__(self, home, ldap):
        Importing.__init__(self, home, {
            "name": "corp", "type": "OPENLDAP", "reach": "AGENT", "urls": [ldap["ldaps"].rstrip("/")],
            "caPem": open(ldap["ca"], encoding="ascii").read(),
            "people": {"base": f"ou=people,{slapd.SUFFIX}"}, "groups": {"base": f"ou=groups,{slapd.SUFFIX}"},
        })

    def test(self):
        """What "test connection" says: a failed step, or nothing."""
        report = self.api.post(f"/api/v1/directories/{self.id}/test").expect(200).json
        failed = next((step for step in report["steps"] if not step["ok"]), None)
        if failed is None:
            assert [person["profile"]["login"] for person in report["sample"]["people"]] == ["ann@example.com"], report
        return failed


@pytest.fixture(name="world")
def a_world(tmp_path, ldap):
    """Each test has a server of its own."""
    world = World(tmp_path, ldap)
    with world.server:
        yield world
    world.server.stop()


def test_an_agent_does_what_the_server_would_do_and_stops_when_asked(world):
    assert world.test()["name"] == "agent"
    words = world.register("dc1")
    with world.run(words) as agent:
        record = world.connected("dc1")
        assert (record["status"], record["jobs"]) == ("ACTIVE", []) and record["version"]
        assert world.test() is None
        said = agent.said()
        assert "registered" in said and "connected" in said
        assert slapd.READER["password"] not in said
        assert agent.stop() == 0
    state = world.home / "dc1/rolegate-agent.json"
    assert state.stat().st_mode & 0o777 == 0o600
    (world.home / "dc1/token").unlink()
    with world.run(words):
        world.connected("dc1")
        assert world.test() is None


def test_the_bind_password_is_the_agent_s_alone_and_may_change_under_it(world):
    words = world.register("dc1")
    secret = world.home / "dc1/bind-password"
    secret.write_text("not the password")
    with world.run(words):
        world.connected("dc1")
        assert world.test()["name"] == "bind"
        secret.write_text(slapd.READER["password"])
        assert world.test() is None


def test_one_of_two_agents_and_the_server_may_die(world):
    words = {name: world.register(name) for name in ("dc1", "dc2")}
    with world.run(words["dc1"]) as first, world.run(words["dc2"]):
        world.connected("dc1")
        world.connected("dc2")
        first.kill()
        assert world.test() is None
        world.server.kill()
        world.restart()
        world.connected("dc2")
        assert world.test() is None


def test_an_agent_that_is_put_out_ends_and_its_key_is_good_for_nothing(world):
    words = world.register("dc1")
    with world.run(words) as agent:
        record = world.connected("dc1")
        world.api.delete(f"/api/v1/directories/{world.id}/agents/{record['id']}").expect(204)
        until(lambda: agent.child.poll() is not None, START_SECONDS, "the agent ends")
        assert agent.child.returncode == 1
        assert "does not let this agent in any more" in agent.said() and "hint:" in agent.said()
    again = command(world.home, "agent", *words)
    assert again.returncode == 1 and "does not let this agent in any more" in again.stderr
    events = {event["eventType"] for event in world.api.get("/api/v1/logs?limit=1000").expect(200).json}
    assert {"system.agent.ad.create", "system.agent.ad.register", "system.agent.ad.deactivate"} <= events


def test_what_cannot_work_is_said_at_once(world):
    words = world.register("dc1")
    with world.run(words):
        world.connected("dc1")
    stranger = command(world.home, "agent", *words, "--state", str(world.home / "other.json"))
    assert stranger.returncode == 1 and "used before" in stranger.stderr and "hint:" in stranger.stderr
    plain = command(world.home, "agent", "--server", "http://login.example.com", "--token-file", words[3])
    assert plain.returncode == 1 and "plain http" in plain.stderr
    (world.home / "dc1/rolegate-agent.json").chmod(0o644)
    opened = command(world.home, "agent", *words)
    assert opened.returncode == 1 and "open to others" in opened.stderr


def test_an_agent_that_waits_for_its_server_ends_when_asked(world):
    words = world.register("dc1")
    world.server.kill()
    with world.run(words) as agent:
        until(lambda: "not registered yet" in agent.said(), START_SECONDS, "the agent waits")
        assert json.loads(agent.said().splitlines()[0])["level"] == "WARN"
        assert agent.stop(signal.SIGTERM) == 0
