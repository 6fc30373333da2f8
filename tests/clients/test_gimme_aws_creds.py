"""gimme-aws-creds, unmodified: the command-line client that most teams on Okta use. Password only."""

import json
import os
import pathlib
import subprocess

import pytest

CLIENT = pathlib.Path(os.environ["ROLEGATE_CLIENTS_PYTHON"]).parent / "gimme-aws-creds"
CONFIGURATION = """[DEFAULT]
okta_org_url = {url}
gimme_creds_server = appurl
app_url = {url}/home/amazon_aws/{app}/272
okta_username = {login}
write_aws_creds = False
cred_profile = role
output_format = json
aws_rolename =
resolve_aws_alias = False
include_path = False
enable_keychain = False
aws_default_duration = 3600
"""
CASES = {
    "frank@example.com": "arn:aws:iam::222233334444:role/ReadOnly",
    "alice@example.com": "arn:aws:iam::333344445555:role/team/data/Analyst",
}


class Gimme:
    """The client on one person's machine."""

    def __init__(self, home, demo, login):
        self.home, self.demo, self.login = home, demo, login
        (home / ".okta_aws_login_config").write_text(CONFIGURATION.format(url=demo.url, app=demo.app, login=login))

    def run(self, *words, password=None):
        """One call; answers with the ended process."""
        environment = {
            "PATH": f"{CLIENT.parent}:{os.environ['PATH']}", "HOME": str(self.home), "LANG": "C.UTF-8", "NO_PROXY": "*",
            "OKTA_PASSWORD": password or self.demo.passwords[self.login], "AWS_ENDPOINT_URL_STS": self.demo.aws_endpoint,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run([CLIENT, *words], env=environment, cwd=self.home, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)

    def credentials(self, role):
        """Credentials for one role, as the client prints them."""
        ended = self.run("--roles", role)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        printed = json.loads(ended.stdout[ended.stdout.index("{"):])
        given = printed["credentials"]
        return {"AccessKeyId": given["aws_access_key_id"], "SecretAccessKey": given["aws_secret_access_key"],
                "SessionToken": given["aws_session_token"]}


@pytest.mark.parametrize(("login", "role"), CASES.items())
def test_it_gets_credentials_for_a_role_in_a_connected_account_and_again(tmp_path, demo, cloud, login, role):
    gimme = Gimme(tmp_path, demo, login)
    account, name = role.split(":")[4], role.rsplit("/", 1)[1]
    for _ in range(2):
        identity = cloud.identity(gimme.credentials(role))
        assert identity.startswith(f"arn:aws:sts::{account}:assumed-role/{name}/"), identity
        assert login in identity


def test_a_wrong_password_gets_none(tmp_path, demo):
    ended = Gimme(tmp_path, demo, "frank@example.com").run("--roles", CASES["frank@example.com"], password="wrong-password-5512")
    assert ended.returncode != 0 and "AccessKeyId" not in ended.stdout and "aws_access_key_id" not in ended.stdout
    assert "Authentication failed" in ended.stdout + ended.stderr, ended.stdout + ended.stderr


def test_asking_for_a_role_that_is_not_theirs_gets_their_own_at_most(tmp_path, demo, cloud):
    gimme = Gimme(tmp_path, demo, "frank@example.com")
    identity = cloud.identity(gimme.credentials("arn:aws:iam::111122223333:role/Admin"))
    assert identity.startswith("arn:aws:sts::222233334444:assumed-role/ReadOnly/"), "this client takes the only role there is"


def test_a_user_without_roles_gets_none(tmp_path, demo, api):
    login, password = "gimme-nobody@example.com", "correct-horse-battery-9174"
    profile = {"firstName": "N", "lastName": "Body", "login": login, "email": login}
    api.post("/api/v1/users?activate=true", {"profile": profile, "credentials": {"password": {"value": password}}}).expect(200)
    ended = Gimme(tmp_path, demo, login).run("--roles", CASES["frank@example.com"], password=password)
    assert ended.returncode != 0 and "aws_access_key_id" not in ended.stdout, ended.stdout + ended.stderr
