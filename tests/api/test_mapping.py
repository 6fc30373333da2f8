"""Group mapping from outside: tried before it is saved, then groups' names give roles, and taking somebody out takes them."""

import json
import urllib.parse

import pytest
from outside.assertion import Form
from outside.okta import sign_in
from outside.process import command
from outside.world import PROVIDER, Estate, Reader

PASSWORD = "correct-horse-battery-9174"
FILTER = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$"
PATTERN = "arn:aws:iam::${accountid}:saml-provider/" + PROVIDER + ",arn:aws:iam::${accountid}:role/${role}"
SETTINGS = {"useGroupMapping": True, "groupFilter": FILTER, "roleValuePattern": PATTERN}


class Company:
    """An app that reads two accounts, a person, and groups named after roles."""

    def __init__(self, api, emulator):
        self.api = api
        self.estate = Estate(emulator, accounts=2, roles=("Admin", "ReadOnly"))
        self.reader = Reader(api, self.estate)
        assert self.reader.refresh()["status"] == "SUCCEEDED"
        self.app = self.reader.app
        self.login = f"ann-{self.app}@example.com"
        self.person = api.post("/api/v1/users?activate=true", {
            "profile": {"login": self.login, "email": self.login, "firstName": "Ann", "lastName": "Lee"},
            "credentials": {"password": {"value": PASSWORD}}}).expect(200).json["id"]
        self.groups = {}
        everyone = self.join(f"Everyone of {self.app}")
        api.put(f"/api/v1/apps/{self.app}/groups/{everyone}", {}).expect(200)

    def name(self, role, account=0):
        """The name of a role group."""
        return f"aws#{self.app}#{role}#{self.estate.accounts[account]}"

    def arn(self, role, account=0):
        return self.estate.arn(self.estate.accounts[account], role)

    def join(self, name):
        """Puts Ann into a new group of this name."""
        self.groups[name] = self.api.post("/api/v1/groups", {"profile": {"name": name}}).expect(200).json["id"]
        self.api.put(f"/api/v1/groups/{self.groups[name]}/users/{self.person}").expect(204)
        return self.groups[name]

    def leave(self, name):
        self.api.request("DELETE", f"/api/v1/groups/{self.groups[name]}/users/{self.person}").expect(204)

    def save(self, **settings):
        app = self.api.get(f"/api/v1/apps/{self.app}").expect(200).json
        app["settings"]["app"].update(settings)
        return self.api.put(f"/api/v1/apps/{self.app}", app)

    def tried(self, **body):
        return self.api.post(f"/api/v1/apps/{self.app}/aws/mapping/test", body).expect(200).json

    def launch(self, session):
        return session.get(f"/app/amazon_aws/{self.app}/sso/saml", accept="text/html")


@pytest.fixture(name="company")
def a_company(serving, emulator):
    """One of its own for each test."""
    return Company(serving, emulator)


def test_a_setting_is_tried_then_saved_then_names_alone_decide(company):
    company.join(company.name("Admin"))
    company.join(company.name("ReadOnly", 1))
    company.join(company.name("Nobody"))
    tried = company.tried(groupFilter=FILTER, roleValuePattern=PATTERN, user=company.login)
    assert tried["valid"] and tried["people"][0]["gained"] == 2, tried["people"]
    assert tried["person"]["before"] == [] and len(tried["person"]["after"]) == 3
    misses = {miss["groupName"]: miss["miss"]["code"] for miss in tried["nearMisses"]}
    assert misses[company.name("Nobody")] == "role_not_discovered"

    session = sign_in(company.api.url, company.login, PASSWORD)
    assert "SAMLResponse" not in company.launch(session).text, "nothing was saved"
    company.save(**SETTINGS).expect(200)
    pairs = Form.of(company.launch(session)).pairs()
    provider = f"arn:aws:iam::{company.estate.accounts[0]}:saml-provider/{PROVIDER}"
    assert (provider, company.arn("Admin")) in pairs and len(pairs) == 2, pairs

    company.leave(company.name("Admin"))
    assert Form.of(company.launch(session)).pairs() == [
        (provider.replace(company.estate.accounts[0], company.estate.accounts[1]), company.arn("ReadOnly", 1))]
    log = company.api.get(f"/api/v1/logs?sortOrder=DESCENDING&limit=5&q={urllib.parse.quote(company.login)}").expect(200).json
    assert log[0]["eventType"] == "user.authentication.sso" and log[0]["outcome"]["result"] == "SUCCESS", log[0]


def test_explain_tells_the_way_or_the_group_that_was_meant(company):
    company.save(**SETTINGS).expect(200)
    company.join(company.name("Admin"))
    company.join(company.name("ReadOnly").replace("aws#", "AWS#"))

    def explained(role):
        query = urllib.parse.urlencode({"user": company.login, "role": company.arn(role)})
        return company.api.get(f"/api/v1/apps/{company.app}/aws/explain?{query}").expect(200).json

    granted = explained("Admin")
    assert granted["granted"] and "mapped_by_group" in [step["code"] for step in granted["steps"]], granted
    refused = explained("ReadOnly")
    assert not refused["granted"] and "near_miss_name_case" in [step["code"] for step in refused["steps"]], refused
    assert "AWS#" in refused["conclusion"]


HOSTILE = {
    "steps without end": (r"(?!x)(?{{role}}(?:a+)+)#(?{{accountid}}\d+)", "group_filter_too_slow"),
    "too big": (r"(?{{accountid}}\d+)(?{{role}}(?:\w{1000}){1000})", "group_filter_too_big"),
    "too deep": ("(" * 2000, "group_filter_too_big"),
    "no expression": (r"aws_(?{{role}}\w+", "group_filter_syntax"),
    "too long": ("a" * 2049, "group_filter_too_long"),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_expression_that_could_do_harm_is_refused_at_once(company, hostile):
    expression, code = HOSTILE[hostile]
    words = company.save(**{**SETTINGS, "groupFilter": expression}).refused(400, "E0000001")
    assert code in words, words
    tried = company.tried(groupFilter=expression)
    assert not tried["valid"] and code in [error["code"] for error in tried["errors"]]


def test_the_command_tries_and_checks(company, tmp_path):
    company.join(company.name("Admin"))
    token = tmp_path / "token"
    token.write_text(company.api.token)
    server = ["--url", company.api.url, "--token-file", str(token), "--app", company.app]
    settings = ["--group-filter", FILTER, "--role-value-pattern", PATTERN]

    def run(*words):
        return command(tmp_path, "mapping", *words, *server)

    shown = run("test", *settings, "--sample", f"aws#x#Tier1.Support#{company.estate.accounts[0]}", "--user", company.login)
    assert shown.returncode in (0, 3), shown.stderr
    assert company.arn("Admin") in shown.stdout and "`Tier1.Support`" in shown.stdout, shown.stdout
    answer = json.loads(run("test", *settings, "--json").stdout)
    assert answer["valid"] and company.name("Admin") in [match["groupName"] for match in answer["matches"]]
    wrong = run("lint", *settings[:2], "--role-value-pattern", PATTERN.replace(PROVIDER, "Stranger"))
    assert wrong.returncode == 3 and "provider_unknown" in wrong.stdout, (wrong.stdout, wrong.stderr)
    broken = run("lint", "--group-filter", "(")
    assert broken.returncode == 3 and "group_filter_syntax" in broken.stdout and "hint:" in broken.stdout, broken.stdout
