"""The command line: data on stdout, talk on stderr, exit codes, and a hint for whatever is wrong."""

import json
import sqlite3

import pytest
from outside.okta import Api, sign_in
from outside.process import Server, command

PASSWORD = "correct-horse-battery-9174"


@pytest.fixture(name="run")
def in_a_folder(tmp_path):
    """Runs the binary over a database of its own."""
    return lambda *words, **more: command(tmp_path, *words, **{**Server.files(tmp_path), **more})


def said(ended, code):
    """stdout, when the command ended with this code and without a panic."""
    assert ended.returncode == code, (ended.args, ended.returncode, ended.stdout, ended.stderr)
    assert "panicked" not in ended.stderr
    return ended.stdout


def test_a_token_and_nothing_else_is_printed_and_it_works(run, tmp_path):
    token = said(run("admin", "token", "create", "--name", "ci"), 0)
    assert token == f"{token.strip()}\n" and " " not in token.strip()
    with Server(tmp_path) as server:
        Api(server.url, token.strip()).get("/api/v1/users?limit=1").expect(200)
    assert token.strip() not in said(run("admin", "token", "list"), 0)
    said(run("admin", "token", "revoke", "ci"), 0)
    assert "hint:" in run("admin", "token", "revoke", "ci").stderr


def test_users_are_made_listed_and_given_a_new_password(run, tmp_path):
    words = ["admin", "user", "create", "--login", "ops@example.com", "--role", "super_admin", "--password-stdin"]
    said(run(*words, stdin=PASSWORD), 0)
    twice = run(*words, stdin=PASSWORD)
    said(twice, 1)
    assert "ops@example.com" in twice.stderr or "login" in twice.stderr
    weak = run("admin", "user", "create", "--login", "weak@example.com", "--password-stdin", stdin="short")
    said(weak, 1)
    assert "12" in weak.stderr, weak.stderr
    users = json.loads(said(run("admin", "user", "list", "--json"), 0))
    assert [(user["login"], user["status"], user["role"]) for user in users] == [("ops@example.com", "ACTIVE", "super_admin")]
    said(run("admin", "user", "set-password", "--login", "ops@example.com", "--password-stdin", stdin="another-anvil-orchid-3381"), 0)
    with Server(tmp_path) as server:
        sign_in(server.url, "ops@example.com", "another-anvil-orchid-3381")


def test_migrations_are_told_before_they_are_made_and_a_newer_database_is_refused(run, tmp_path):
    before = run("migrate", "--check", "--json")
    assert json.loads(said(before, 3))["pending"]
    said(run("migrate"), 0)
    after = json.loads(said(run("migrate", "--check", "--json"), 0))
    assert after["pending"] == [] and after["found"] == after["known"]
    with sqlite3.connect(tmp_path / "rolegate.db") as database:
        database.execute("insert into schema_migrations values (999999, 'from the future', 'x')")
    for words in (["migrate"], ["serve"], ["admin", "user", "list"]):
        ended = run(*words)
        said(ended, 1)
        assert "newer" in ended.stderr and "hint:" in ended.stderr, ended.stderr


def test_a_free_port_is_named_in_every_address_that_is_derived_from_it(run, tmp_path):
    with Server(tmp_path) as server:
        api = Api(server.url, run("admin", "token", "create", "--name", "p").stdout.strip())
        app = api.post("/api/v1/apps", {"name": "amazon_aws", "label": "AWS", "signOnMode": "SAML_2_0"}).expect(200).json
        assert not server.url.endswith(":0") and app["_links"]["metadata"]["href"].startswith(f"{server.url}/"), app["_links"]


def test_the_master_key_is_never_silently_replaced_and_rotates(run, tmp_path):
    public = {"ROLEGATE_PUBLIC_URL": "https://idp.example.com"}
    with Server(tmp_path, **public) as server:
        api = Api(server.url, run("admin", "token", "create", "--name", "u").stdout.strip())
        app = api.post("/api/v1/apps", {"name": "amazon_aws", "label": "AWS", "signOnMode": "SAML_2_0"}).expect(200).json["id"]
        metadata = api.get(f"/api/v1/apps/{app}/sso/saml/metadata").expect(200).body
    key = tmp_path / "master.key"
    first = said(run("admin", "master-key", "show"), 0).strip()
    assert key.read_text().strip() != first, "the id is not the key"
    said(run("admin", "master-key", "rotate"), 0)
    second = said(run("admin", "master-key", "show"), 0).strip()
    assert second != first and key.stat().st_mode & 0o777 == 0o600
    with Server(tmp_path, **public) as server:
        api = Api(server.url, run("admin", "token", "create", "--name", "v").stdout.strip())
        assert api.get(f"/api/v1/apps/{app}/sso/saml/metadata").expect(200).body == metadata
    assert (tmp_path / f"master.key.{first}").exists(), "the former key stays beside it"
    key.rename(tmp_path / "elsewhere")
    ended = run("serve")
    said(ended, 1)
    assert "master key" in ended.stderr and second in ended.stderr and "hint:" in ended.stderr and not key.exists()


def test_what_a_running_server_sealed_during_a_rotation_stays_readable(run, tmp_path):
    public = {"ROLEGATE_PUBLIC_URL": "https://idp.example.com"}
    app = {"name": "amazon_aws", "signOnMode": "SAML_2_0"}
    token = run("admin", "token", "create", "--name", "u").stdout.strip()
    with Server(tmp_path, **public) as server:
        first = said(run("admin", "master-key", "show"), 0).strip()
        said(run("admin", "master-key", "rotate"), 0)
        # It still has the former key, and seals the new app's signing key under it.
        late = Api(server.url, token).post("/api/v1/apps", {**app, "label": "Late"}).expect(200).json["id"]
    second = said(run("admin", "master-key", "show"), 0).strip()
    assert second != first
    with Server(tmp_path, **public) as server:
        Api(server.url, token).get(f"/api/v1/apps/{late}/sso/saml/metadata").expect(200)
    said(run("doctor"), 0)
    (tmp_path / f"master.key.{first}").rename(tmp_path / "elsewhere")
    failed = [check for check in json.loads(said(run("doctor", "--json"), 3)) if check["verdict"] == "failed"]
    assert [check["name"] for check in failed] == ["master key"] and f"master.key.{first}" in failed[0]["hint"], failed


@pytest.mark.parametrize(("text", "near"), [
    ('databse_url = "sqlite:x"', "`database_url`"), ("[session]\nidle_second = 1", "`session.idle_seconds`"), ('listen = "nowhere"', "listen"),
])
def test_a_configuration_that_is_wrong_is_refused_by_key_with_the_nearest_known(tmp_path, text, near):
    file = tmp_path / "rolegate.toml"
    file.write_text(text)
    for words in (["serve", "--config", str(file)], ["serve"]):
        ended = command(tmp_path, *words)
        said(ended, 1)
        assert near in ended.stderr and "rolegate.toml" in ended.stderr, ended.stderr
    doctor = command(tmp_path, "doctor", "--json", "--config", str(file))
    checks = {check["name"]: check for check in json.loads(said(doctor, 3))}
    assert checks["configuration"]["verdict"] == "failed" and near in json.dumps(checks["configuration"])


def test_the_doctor_finds_a_sound_instance_sound_and_names_what_is_not(run, tmp_path):
    said(run("admin", "token", "create", "--name", "t"), 0)
    checks = json.loads(said(run("doctor", "--json"), 0))
    assert {check["verdict"] for check in checks} == {"ok"} and {"configuration", "database", "keys", "clock"} <= {check["name"] for check in checks}
    floating = json.loads(said(run("doctor", "--json", ROLEGATE_LISTEN="127.0.0.1:0"), 0))[0]
    assert (floating["name"], floating["verdict"]) == ("configuration", "warning") and "public_url" in floating["hint"], floating
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    failed = [check for check in json.loads(said(run("doctor", "--json", ROLEGATE_DATABASE_URL=f"sqlite:{broken}"), 3)) if check["verdict"] == "failed"]
    assert failed and failed[0]["name"] == "database" and failed[0]["hint"], failed


@pytest.fixture(name="aws")
def over_the_api(demo, tmp_path):
    """`rolegate aws …` against the demo, by its token in a file."""
    token = tmp_path / "token"
    token.write_text(demo.token)
    server = ["--url", demo.url, "--token-file", str(token), "--app", demo.app]
    return lambda *words: command(tmp_path, "aws", *words, *server)


def test_accounts_and_roles_are_listed_for_people_and_for_scripts(aws):
    accounts = json.loads(said(aws("accounts", "--json"), 0))
    assert {"111122223333", "444455556666"} <= {account["id"] for account in accounts} and len(accounts) == 5
    assert "example-staging" in said(aws("accounts"), 0)
    refused = json.loads(said(aws("roles", "--json", "--trust", "REFUSED"), 0))
    assert refused and all(role["verdict"]["trust"] == "REFUSED" and role["verdict"]["explanation"] for role in refused)
    allowed = json.loads(said(aws("roles", "--json", "--trust", "ALLOWED"), 0))
    assert allowed and not any("AWSReservedSSO" in role["name"] for role in allowed)
    assert "Developer" in said(aws("roles", "Developer"), 0)


def test_a_refresh_shows_its_end_and_a_test_exits_3_for_the_account_that_cannot_be_read(aws):
    run = json.loads(said(aws("refresh", "--json"), 3).splitlines()[-1])
    assert run["status"] == "PARTIAL" and run["progress"]["accountsFailed"] == 1
    report = json.loads(said(aws("test", "--json"), 3))
    failed = [line for line in report["accounts"] if not line["ok"]]
    assert [line["account"] for line in failed] == ["444455556666"] and failed[0]["error"]["hint"]


def test_explain_and_preview_answer_in_words(aws):
    assert "Platform" in said(aws("explain", "--user", "alice@example.com", "--role", "arn:aws:iam::222233334444:role/team/platform/Deploy"), 0)
    shown = json.loads(said(aws("preview", "--user", "alice@example.com", "--json"), 0))
    assert len(shown["roles"]) == 6 and shown["wouldLaunch"]


def test_a_server_that_is_not_there_and_a_wrong_token_are_told_with_a_hint(tmp_path, demo):
    nobody = command(tmp_path, "aws", "accounts", "--url", "http://127.0.0.1:1", ROLEGATE_API_TOKEN="x")
    wrong = command(tmp_path, "aws", "accounts", "--url", demo.url, ROLEGATE_API_TOKEN="wrong")
    for ended in (nobody, wrong):
        said(ended, 1)
        assert "hint:" in ended.stderr and ended.stdout == "", ended.stderr


def test_completion_is_written_for_shells(tmp_path):
    for shell in ("bash", "zsh", "fish"):
        assert "rolegate" in said(command(tmp_path, "completion", shell), 0)
    said(command(tmp_path, "no-such-command"), 2)
