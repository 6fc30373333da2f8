"""The demo's directory: its people sign in with the directory's password and have the roles that its groups give."""

import os
import pathlib
import subprocess

import pytest
from directories.running import program
from outside.assertion import Form
from outside.okta import Api, sign_in
from outside.process import START_SECONDS, Demo
from outside.waiting import until

PEOPLE = 200
LEAD, DEVELOPER = "ada.adler@corp.example.com", "carla.adler@corp.example.com"
STAGING = "222233334444"


@pytest.fixture(name="corp", scope="session")
def the_directory(demo):
    """What the demo says of it."""
    assert demo.told["directory"], "slapd is installed, so the demo has a directory"
    return demo.told["directory"]


def enters(demo, corp, login):
    """Signs somebody of the directory in; answers how they get at the app."""
    password = next(person["password"] for person in corp["users"] if person["login"] == login)
    return sign_in(demo.url, login, password)


def roles_of(demo, corp, person):
    """Account and role of everything that an assertion with all roles gives."""
    form = Form.of(person.get(f"/home/amazon_aws/{corp['app_id']}/272"))
    return {(role.split(":")[4], role.rsplit("/", 1)[1]) for _, role in form.pairs()}


def test_everybody_is_imported_and_signs_in_with_the_directory_s_password(demo, api, corp):
    run = api.get(f"/api/v1/directories/{corp['id']}").expect(200).json
    assert (run["name"], run["delegatedAuthentication"]) == (corp["name"], True)
    people = [user for user in api.all("/api/v1/users?limit=200") if user["profile"]["login"].endswith("@corp.example.com")]
    assert len(people) == PEOPLE
    assert {user["credentials"]["provider"]["name"] for user in people} == {corp["name"]}
    refused = Api(demo.url).post("/api/v1/authn", {"username": LEAD, "password": "not the password"})
    refused.refused(401, "E0000004")
    assert enters(demo, corp, LEAD).get("/api/v1/users/me").expect(200).json["profile"]["login"] == LEAD


def test_groups_of_groups_give_roles_that_sts_takes(demo, cloud, corp):
    lead, developer = enters(demo, corp, LEAD), enters(demo, corp, DEVELOPER)
    leads, web = roles_of(demo, corp, lead), roles_of(demo, corp, developer)
    assert {(STAGING, "Admin"), (STAGING, "ReadOnly")} <= leads
    assert {(STAGING, "Developer"), (STAGING, "ReadOnly")} <= web and (STAGING, "Admin") not in web
    form = Form.of(developer.get(f"/app/amazon_aws/{corp['app_id']}/launch?account={STAGING}&role=Developer"))
    (provider, role), = form.pairs()
    answer = cloud.client("sts").assume_role_with_saml(PrincipalArn=provider, RoleArn=role, SAMLAssertion=form.response)
    assert f"{STAGING}:assumed-role/Developer/" in cloud.identity(answer["Credentials"])


def test_the_mapping_says_what_is_wrong_with_three_groups(api, corp):
    tested = api.post(f"/api/v1/apps/{corp['app_id']}/aws/mapping/test", {}).expect(200).json
    missed = {miss["groupName"]: miss["miss"]["code"] for miss in tested["nearMisses"]}
    assert missed == {"aws#example-production#Retired#111122223333": "role_not_discovered",
                      "aws#staging#readonly#222233334444": "role_case", "aws#example-data#Analyst#33334444555": "account_id"}
    assert tested["totals"]["matches"] == 19


def test_a_kept_folder_keeps_people_and_nothing_outlives_the_demo(tmp_path):
    data = tmp_path / "data"
    with Demo(tmp_path, "--data", str(data)) as first:
        corp = first.told["directory"]
        before = {user["id"] for user in Api(first.url, first.token).all("/api/v1/users?limit=200")}
        server = servers(data)
        assert len(server) == 1
        assert first.stop() == 0
    assert not servers(data)
    with Demo(tmp_path, "--data", str(data)) as second:
        again = second.told["directory"]
        assert (again["id"], again["app_id"]) == (corp["id"], corp["app_id"])
        assert {user["id"] for user in Api(second.url, second.token).all("/api/v1/users?limit=200")} == before
        enters(second, again, LEAD)
        second.kill()
    until(lambda: not servers(data), START_SECONDS, "slapd ends with a demo that was killed")


def test_a_demo_may_go_without_a_directory(tmp_path):
    with Demo(tmp_path, "--no-directory") as running:
        assert running.told["directory"] is None
        assert len(Api(running.url, running.token).all("/api/v1/apps?limit=20")) == 2


def test_the_administrator_of_the_directory_takes_somebody_out_of_a_team(tmp_path):
    with Demo(tmp_path) as running:
        corp = running.told["directory"]
        assert (STAGING, "Developer") in roles_of(running, corp, enters(running, corp, DEVELOPER))
        group = f"cn=web,ou=groups,{corp['suffix']}"
        change = f"dn: {group}\nchangetype: modify\ndelete: member\nmember: uid=carla.adler,ou=people,{corp['suffix']}\n"
        command = [program("ldapmodify"), "-x", "-H", corp["url"], "-D", corp["admin_dn"], "-w", corp["admin_password"]]
        subprocess.run(command, input=change, text=True, check=True, capture_output=True, timeout=60, env=dict(os.environ))
        carla = enters(running, corp, DEVELOPER)
        refused = carla.get(f"/app/amazon_aws/{corp['app_id']}/launch?account={STAGING}&role=Developer")
        assert refused.status == 403


def servers(folder):
    """Processes of slapd over a folder."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"slapd") and any(str(folder).encode() in word for word in words):
            found.append(place.name)
    return found
