"""The emulator as a child process, filled with a small world before each test."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from idp import Idp, Key, Spec

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=60, read_timeout=60, parameter_validation=False)

HUB, PROD, GOV, LONELY = "111111111111", "222222222222", "333333333333", "444444444444"
REGIONS = {HUB: "us-east-1", PROD: "eu-west-1", GOV: "us-gov-west-1", LONELY: "us-east-1"}
ENTITY = "https://idp.example.com/saml/test-provider-entity-id"
SIGN_IN = {"aws": "https://signin.aws.amazon.com/saml", "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml"}


class Process:
    """A running emulator."""

    def __init__(self, *options: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "rolegate_emulator", "--listen", "127.0.0.1:0", "--exit-with-stdin", *options],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.log: list[str] = []
        threading.Thread(target=lambda: self.log.extend(self.child.stderr), daemon=True).start()
        self.first_line = self.child.stdout.readline()
        assert self.first_line, "".join(self.log)
        self.url = json.loads(self.first_line)["url"]


class Cloud:
    """The emulator seen by a test."""

    def __init__(self, url: str, idp: Idp) -> None:
        self.url, self.idp = url, idp

    def control(self, method: str, name: str, body=None):
        answer = requests.request(method, f"{self.url}/__emulator/{name}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self, world=None, metadata=None):
        return self.control("POST", "seed", {"world": world or {}, "metadata": metadata or {}})

    def faults(self, *rules: dict):
        return self.control("POST", "faults", list(rules))

    def client(
        self,
        service: str,
        account: str | None = None,
        credentials: dict | None = None,
        region: str | None = None,
        config=ONCE,
    ):
        """A boto3 client: of an account's administrator, of issued credentials, or unsigned."""
        keys = {"aws_access_key_id": key_of(account), "aws_secret_access_key": secret_of(account)} if account else {}
        if credentials:
            keys = {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
        region = region or REGIONS.get(account, "us-east-1")
        if not keys:
            config = config.merge(Config(signature_version=UNSIGNED))
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=config, **keys)

    def provider(self, account: str = PROD, name: str = "TestIdp") -> str:
        return f"arn:{partition_of(account)}:iam::{account}:saml-provider/{name}"

    def role(self, name: str, account: str = PROD, path: str = "/") -> str:
        return f"arn:{partition_of(account)}:iam::{account}:role{path}{name}"

    def spec(self, *names: str, account: str = PROD, **changes) -> Spec:
        pairs = [f"{self.role(name, account)},{self.provider(account)}" for name in names or ("Reader",)]
        return Spec(**{"roles": pairs, **changes})

    def assume_with_saml(self, assertion: str, role: str = "Reader", account: str = PROD, **arguments):
        return self.client("sts").assume_role_with_saml(
            **{
                "RoleArn": self.role(role, account),
                "PrincipalArn": self.provider(account),
                "SAMLAssertion": assertion,
                **arguments,
            }
        )

    def sign_in(self, assertion: str, session=None, **fields):
        return (session or requests.Session()).post(
            f"{self.url}/saml", data={"SAMLResponse": assertion, **fields}, timeout=60
        )


def partition_of(account: str) -> str:
    return "aws-us-gov" if account == GOV else "aws"


def key_of(account: str) -> str:
    return f"AKIATESTADMIN{account[:7]}"


def secret_of(account: str) -> str:
    return f"secret+of+the+administrator+of+{account[:9]}"


def statement(**parts) -> dict:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


def saml_trust(
    condition: dict | None = None, actions: list[str] | None = None, provider: str = "TestIdp", **parts
) -> dict:
    """Trusts a provider of the role's own account for the global and the emulator's recipient."""
    return statement(
        Principal={"Federated": f"arn:${{partition}}:iam::${{account}}:saml-provider/{provider}"},
        Action=actions or ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
        Condition=condition
        if condition is not None
        else {"StringEquals": {"SAML:aud": ["${signin}", "${emulator}/saml"]}},
        **parts,
    )


def cross_trust(account: str = HUB, condition: dict | None = None) -> dict:
    return statement(
        Principal={"AWS": f"arn:aws:iam::{account}:root"}, Action="sts:AssumeRole", Condition=condition or {}
    )


def account(account_id: str, roles: list[dict], **parts) -> dict:
    everything = statement(Action="*", Resource="*")
    admin = {
        "name": "admin",
        "access_keys": [{"id": key_of(account_id), "secret": secret_of(account_id)}],
        "policies": {"all": everything},
    }
    users = [admin, *parts.pop("users", [])]
    return {
        "id": account_id,
        "partition": partition_of(account_id),
        "roles": roles,
        "users": users,
        "saml_providers": ["TestIdp"],
        **parts,
    }


READ_ROLES = {"read": statement(Action="iam:ListRoles", Resource="*")}


def small_world() -> dict:
    """A hub that is the organization's management account, a connected account, a gov account, and one outside."""
    external = {"StringEquals": {"sts:ExternalId": "right-id"}}
    production = [
        {"name": "Reader", "trust": saml_trust(), "max_session_duration": 7200, "description": "Zürich"},
        *({"name": f"Role{number}", "trust": saml_trust()} for number in range(20)),
        {
            "name": "Crossing",
            "trust": cross_trust(condition=external),
            "policies": READ_ROLES,
            "max_session_duration": 43200,
        },
        {"name": "Open", "trust": cross_trust()},
    ]
    bob = {
        "name": "bob",
        "access_keys": [{"id": "AKIATESTBOB000000001", "secret": "secret+of+bob+who+may+do+very+little+++++"}],
        "policies": {"cross": statement(Action="sts:AssumeRole", Resource="arn:aws:iam::*:role/Crossing")},
    }
    return {
        "organization": {"id": "o-testorg0001", "management": HUB},
        "accounts": [
            account(HUB, [], name="Hub", alias="test-hub", users=[bob]),
            account(PROD, production, name="Production", alias="test-production"),
            account(GOV, [{"name": "Reader", "trust": saml_trust()}], name="Government", alias="test-gov"),
            account(
                LONELY, [{"name": "Crossing", "trust": cross_trust("999999999999")}], name="Lonely", organization=False
            ),
        ],
    }


@pytest.fixture(scope="session")
def process():
    """One emulator for the whole run."""
    running = Process()
    yield running
    running.child.stdin.close()
    assert running.child.wait(60) == 0
    assert not [line for line in running.log if "ERROR" in line], "".join(running.log)


@pytest.fixture(scope="session")
def key() -> Key:
    return Key.make()


@pytest.fixture(scope="session")
def other_key() -> Key:
    return Key.make()


@pytest.fixture
def idp(key) -> Idp:
    return Idp(ENTITY, key)


@pytest.fixture
def cloud(process, idp) -> Cloud:
    """A fresh small world."""
    fresh = Cloud(process.url, idp)
    fresh.control("POST", "reset")
    fresh.seed(small_world(), {"TestIdp": idp.metadata()})
    return fresh


@pytest.fixture
def refused():
    """Runs a call and returns AWS's (code, message, status)."""

    def run(call, *arguments, **named) -> tuple[str, str, int]:
        with pytest.raises(ClientError) as caught:
            call(*arguments, **named)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]

    return run
