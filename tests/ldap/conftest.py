"""A company for each test: one person in a real directory, two AWS accounts, and an app whose roles come from groups alone."""

import html
import pathlib
import re
import tempfile
import urllib.parse

import pytest
from outside.agents import Agents
from outside.assertion import Form
from outside.directory import COUNT, PASSWORD, UNITS, Directory, start
from outside.okta import Api, sign_in
from outside.process import serve
from outside.world import PROVIDER, Estate, Reader

FILTER = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$"
PATTERN = "arn:aws:iam::${accountid}:saml-provider/" + PROVIDER + ",arn:aws:iam::${accountid}:role/${role}"
CSRF = re.compile(r'name="csrf" value="([^"]*)"')


@pytest.fixture(name="directory", scope="session", params=["slapd", "samba"])
def a_directory(request):
    """One of each kind for all tests; what a test kills it starts again."""
    with tempfile.TemporaryDirectory(prefix=f"rolegate-{request.param}-") as folder:
        with start(request.param, pathlib.Path(folder)) as running:
            directory = Directory(running)
            directory.unit = UNITS[request.param]
            yield directory


class Company(Agents):
    """Ann is in `everybody`, which is assigned to the app, and at first nowhere else. `cloud admins` are members of the group
    that is named after the role `Admin` of the first account."""

    def __init__(self, home, emulator, directory):
        self.home, self.cloud, self.directory = home, emulator, directory
        self.unit = directory.unit(directory)
        self.login, self.ann = self.unit.login("ann"), self.unit.person("ann")
        self.estate = Estate(emulator, accounts=2, roles=("Admin", "ReadOnly"))
        self.role_group = f"aws#main#Admin#{self.estate.accounts[0]}"
        self.unit.put_person("ann")
        self.unit.put_group("everybody", self.ann)
        self.unit.put_group("cloud admins")
        self.unit.put_group(self.role_group, self.unit.group("cloud admins"))
        # One fewer than locks an account of the domain.
        self.server = serve(home, emulator, ROLEGATE_LOCKOUT_DIRECTORY_FAILURES="2")

    def connect(self, **settings):
        """Tells the server of the directory, with these settings beside its own, and of AWS."""
        self.api = Api(self.server.url, self.server.token)
        settings = {**self.unit.settings(), **settings}
        self.id = self.api.post("/api/v1/directories?activate=true", settings).expect(201).json["id"]
        self.reader = Reader(self.api, self.estate)
        assert self.reader.refresh()["status"] == "SUCCEEDED"
        self.app = self.reader.app
        app = self.api.get(f"/api/v1/apps/{self.app}").expect(200).json
        app["settings"]["app"].update(
            {"useGroupMapping": True, "appFilter": "corp", "groupFilter": FILTER, "roleValuePattern": PATTERN})
        self.api.put(f"/api/v1/apps/{self.app}", app).expect(200)
        metadata = self.api.get(f"/api/v1/apps/{self.app}/sso/saml/metadata").expect(200).text
        self.cloud.seed({}, {PROVIDER: metadata})

    def agent(self, reader=None):
        """An agent that reaches the directory by this account, connected."""
        name = f"dc{next(COUNT)}"
        agent = self.run(self.register(name, reader or self.unit.reader()))
        self.connected(name)
        return agent

    def assign(self, group):
        """Assigns the app to a group of the directory, which somebody who signed in has brought."""
        found = self.api.get(f"/api/v1/groups?q={urllib.parse.quote(group)}").expect(200).json
        (group,) = [one for one in found if one["profile"]["name"] == group]
        self.api.put(f"/api/v1/apps/{self.app}/groups/{group['id']}", {}).expect(200)

    def authn(self, login, password):
        """A sign-in as Okta's clients do it."""
        return Api(self.server.url).post("/api/v1/authn", {"username": login, "password": password})

    def page(self, login, password):
        """A sign-in by the page's form."""
        browser = Api(self.server.url)
        csrf = html.unescape(CSRF.search(browser.get("/signin").expect(200).text).group(1))
        fields = {"csrf": csrf, "username": login, "password": password, "fromURI": "/"}
        return browser.post("/signin", urllib.parse.urlencode(fields).encode(), origin=self.server.url,
                            **{"content-type": "application/x-www-form-urlencoded"})

    def sign_in(self):
        """Ann, with the directory's password."""
        return sign_in(self.server.url, self.login, PASSWORD)

    def launch(self, session, account=0, role="Admin"):
        """What the server answers to somebody who wants to enter a role."""
        query = urllib.parse.urlencode({"account": self.estate.accounts[account], "role": role})
        return session.get(f"/app/amazon_aws/{self.app}/launch?{query}", accept="text/html")

    def enter(self, session, role="Admin"):
        """Enters a role of the first account; answers who that is in AWS's own words."""
        form = Form.of(self.launch(session, role=role))
        ((provider, role),) = form.pairs()
        answer = self.cloud.client("sts").assume_role_with_saml(
            RoleArn=role, PrincipalArn=provider, SAMLAssertion=form.response)
        return self.cloud.identity(answer["Credentials"])

    def arn(self, role="Admin"):
        """How that answer begins."""
        return f"arn:aws:sts::{self.estate.accounts[0]}:assumed-role/{role}/"

    def log(self, login=None):
        """The entries of what somebody did, in their order."""
        events = self.api.get("/api/v1/logs?limit=1000&sortOrder=ASCENDING").expect(200).json
        return [event for event in events if event["actor"]["alternateId"] == (login or self.login)]

    def last_sign_in(self, login=None):
        """What the log says of the last sign-in: each entry's type and reason."""
        return [(event["eventType"], event["outcome"].get("reason")) for event in self.log(login)][-2:]

    def refused(self, reason):
        """The same, when the directory refused for this reason."""
        return [(self.unit.event, reason), ("user.session.start", reason)]


@pytest.fixture(name="company")
def a_company(directory, emulator, tmp_path):
    """Each test has an OU and a server of its own."""
    company = Company(tmp_path, emulator, directory)
    with company.server:
        company.connect()
        tested = company.api.post(f"/api/v1/directories/{company.id}/test").expect(200).json
        assert tested["ok"], tested["steps"]
        yield company


@pytest.fixture(name="remote")
def a_remote_company(directory, emulator, tmp_path):
    """One whose directory is reached by agents; none is there yet."""
    company = Company(tmp_path, emulator, directory)
    with company.server:
        company.connect(reach="AGENT", bindDn=None, bindPassword=None)
        yield company
