"""How it ends: asked to, or by `kill -9` in the middle of its work. Nothing half-stored, nothing left running."""

import contextlib
import http.client
import json
import shutil
import signal
import sqlite3
import threading

import pytest
from outside.emulator import Cloud, Emulator
from outside.okta import Api, sign_in
from outside.process import BINARY, Child, Demo, Server, alive, command, descendants, environment
from outside.waiting import until
from outside.world import Estate, Reader


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_demo_that_is_asked_to_end_takes_its_emulator_and_its_folder_with_it(tmp_path, number):
    with Demo(tmp_path, TMPDIR=str(tmp_path)) as demo:
        assert demo.ready_line.count("\n") == 1 and set(demo.told) >= {
            "url", "api_token", "app_id", "browser_app_id", "admin", "users", "aws_endpoint"}
        emulator = descendants(demo.pid)
        assert emulator, "the emulator is its child"
        assert list(tmp_path.glob("rolegate-demo-*"))
        assert demo.stop(number) == 0, demo.said()
        until(lambda: not any(alive(pid) for pid in emulator), 60, "the emulator has ended too")
        assert not list(tmp_path.glob("rolegate-demo-*")), "a temporary folder goes with it"


def test_a_killed_demo_leaves_no_emulator_and_its_folder_can_be_used_again(tmp_path):
    data = tmp_path / "data"
    with Demo(tmp_path, "--data", str(data)) as demo:
        emulator = descendants(demo.pid)
        api = Api(demo.url, demo.token)
        apps = {demo.app, demo.browser_app}
        kept = api.post("/api/v1/groups", {"profile": {"name": "Kept"}}).expect(200).json["id"]
        demo.kill()
    until(lambda: not any(alive(pid) for pid in emulator), 60, "the emulator saw its end")
    with Demo(tmp_path, "--data", str(data)) as again:
        assert {again.app, again.browser_app} == apps
        api = Api(again.url, again.token)
        assert api.get(f"/api/v1/groups/{kept}").expect(200).json["profile"]["name"] == "Kept"
        logins = [user["profile"]["login"] for user in api.all("/api/v1/users")]
        local = [login for login in logins if not login.endswith("@corp.example.com")]
        assert sorted(local) == sorted(again.passwords) and len(logins) == len(set(logins)), "nobody twice"
        assert again.stop() == 0
    assert (data / "rolegate.db").exists() and (data / "master.key").stat().st_mode & 0o777 == 0o600


def test_two_first_demos_at_once_share_one_cache(tmp_path):
    with contextlib.ExitStack() as running:
        # Both are started before either is ready.
        home = environment(tmp_path)
        words = [BINARY, "demo", "--json", "--listen", "127.0.0.1:0"]
        both = [running.enter_context(Child(words, home, tmp_path)) for _ in range(2)]
        told = [json.loads(demo.first_line()) for demo in both]
        assert told[0]["url"] != told[1]["url"]
        for demo in both:
            assert demo.stop() == 0, demo.said()


def test_an_emulator_that_runs_already_is_used_and_left_alone(tmp_path):
    with Emulator(tmp_path) as emulator, Demo(tmp_path, "--aws-endpoint", emulator.url, "--no-directory") as demo:
        assert demo.aws_endpoint == emulator.url and demo.told["directory"] is None and not descendants(demo.pid)
        assert len(Api(demo.url, demo.token).get(f"/api/v1/apps/{demo.app}/aws/accounts").expect(200).json) == 5
        assert demo.stop() == 0
        assert Cloud(emulator.url).control("GET", "state")


def test_a_port_in_use_is_named_with_the_way_out(tmp_path, demo):
    address = demo.url.removeprefix("http://")
    for words in (["demo", "--listen", address], ["serve"]):
        ended = command(tmp_path, *words, **Server.files(tmp_path), ROLEGATE_LISTEN=address)
        assert ended.returncode == 1 and f"`{address}`" in ended.stderr and "hint:" in ended.stderr, ended.stderr
        assert "Traceback" not in ended.stderr and "panicked" not in ended.stderr


class Killed:
    """A server over an AWS that hangs on one account, killed while it read and while it was written to."""

    def __init__(self, home, emulator):
        self.home, self.emulator = home, emulator
        self.estate = Estate(emulator, accounts=6)
        self.token = command(home, "admin", "token", "create", "--name", "t", **Server.files(home)).stdout.strip()
        # The account hangs longer than anything here takes: the run is still under way when the server is killed.
        with Server(home, AWS_ENDPOINT_URL=emulator.url, ROLEGATE_DISCOVERY_ACCOUNT_TIMEOUT_SECONDS="900") as server:
            api = Api(server.url, self.token)
            reader = Reader(api, self.estate, self.estate.integration(self.estate.accounts, enabled=True))
            self.app = reader.app
            until(lambda: [run for run in self.runs(api) if run["status"] == "SUCCEEDED"], 180, "the schedule read all accounts by itself")
            self.before = reader.roles()
            for account in self.estate.accounts:
                self.estate.put(account, ["Admin", "ReadOnly", "New"])
            emulator.faults({"action": "ListRoles", "account": self.estate.accounts[0], "fault": "hang", "seconds": 900, "times": -1})
            self.run = reader.start()["id"]
            until(lambda: reader.run(self.run)["progress"]["accountsDone"] >= 6, 180, "all but one account are read")
            self.answered = self.write_until_killed(api, server)
        emulator.faults()

    def runs(self, api):
        return api.get(f"/api/v1/apps/{self.app}/aws/runs").expect(200).json

    @staticmethod
    def write_until_killed(api, server):
        """Makes groups as fast as it can from four threads; answers those that were acknowledged."""
        answered = []

        def write(thread):
            for number in range(10_000):
                name = f"group-{thread}-{number}"
                try:
                    answer = api.post("/api/v1/groups", {"profile": {"name": name}})
                except (OSError, http.client.HTTPException):
                    return
                if answer.status == 200:
                    answered.append((answer.json["id"], name))

        threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(answered) >= 40, 180, "forty groups are acknowledged")
        server.kill()
        for thread in threads:
            thread.join(timeout=180)
        return answered


def test_kill_9_in_the_middle_of_a_discovery_and_of_writes_leaves_nothing_half(tmp_path):
    with Emulator(tmp_path) as emulator:
        killed = Killed(tmp_path, emulator)
        copy = tmp_path / "copy.db"
        for end in ("", "-wal"):
            shutil.copy(tmp_path / f"rolegate.db{end}", f"{copy}{end}")
        with sqlite3.connect(copy) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
            assert database.execute("pragma foreign_key_check").fetchall() == []
        with Server(tmp_path, AWS_ENDPOINT_URL=emulator.url) as server:
            api = Api(server.url, killed.token)
            groups = {group["id"]: group["profile"]["name"] for group in api.all("/api/v1/groups?limit=200")}
            assert set(killed.answered) <= set(groups.items()), "what was acknowledged is there"
            created = {target["id"] for event in api.all("/api/v1/logs?limit=1000&until=2100-01-01T00:00:00.000Z")
                       if event["eventType"] == "group.lifecycle.create" for target in event["target"]}
            assert created >= set(groups), "each with its entry in the log, in the same transaction"
            estate, app = killed.estate, killed.app
            roles = {role["arn"] for role in api.all(f"/api/v1/apps/{app}/aws/roles?limit=200")}
            assert killed.before.keys() <= roles, "the account that hung keeps its roles"
            assert {estate.arn(account, "New") for account in estate.accounts[1:]} <= roles, "those that were read stay read"
            # The dead process's lease lasts 20 s; then the schedule takes the run over by itself.
            until(lambda: killed.runs(api)[0]["id"] != killed.run and killed.runs(api)[0]["status"] == "SUCCEEDED", 150,
                  f"the run is taken over: {json.dumps(killed.runs(api)[:2])}")
            states = {run["id"]: run["status"] for run in killed.runs(api)}
            assert states[killed.run] == "ABANDONED"
            roles = {role["arn"] for role in api.all(f"/api/v1/apps/{app}/aws/roles?limit=200")}
            assert estate.arn(estate.accounts[0], "New") in roles
            assert server.stop() == 0


def test_a_request_under_way_is_answered_before_it_ends(tmp_path, emulator):
    token = command(tmp_path, "admin", "token", "create", "--name", "t", **Server.files(tmp_path)).stdout.strip()
    with Server(tmp_path, AWS_ENDPOINT_URL=emulator.url) as server:
        reader, answers = Reader(Api(server.url, token), Estate(emulator, accounts=1)), []
        emulator.faults({"action": "ListRoles", "account": reader.estate.accounts[0], "fault": "delay", "delay": 4, "times": -1})
        thread = threading.Thread(target=lambda: answers.append(reader.api.post(f"{reader.path}/test")))
        thread.start()
        until(lambda: "ListRoles" in str(emulator.calls()), 60, "AWS is asked")
        assert server.stop() == 0, server.said()
        thread.join(timeout=60)
        assert answers and answers[0].expect(200).json["ok"], answers


def test_a_session_outlives_a_restart(tmp_path):
    made = command(tmp_path, "admin", "user", "create", "--login", "root@example.com", "--role", "super_admin", "--password-stdin",
                   stdin="correct-horse-battery-9174\n", **Server.files(tmp_path))
    assert made.returncode == 0, made.stderr
    with Server(tmp_path) as server:
        cookies = sign_in(server.url, "root@example.com", "correct-horse-battery-9174").cookies
        assert server.stop() == 0
    with Server(tmp_path) as server:
        assert Api(server.url, cookies=cookies).get("/api/v1/users/me").expect(200).json["profile"]["login"] == "root@example.com"
