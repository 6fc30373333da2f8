"""Seeding, resetting, and the world of the demo."""

import json
import re
import time

import boto3
import pytest
import requests
from conftest import FOLDER, HUB, ONCE, PROD, account, cross_trust, saml_trust
from idp import Idp, Spec

WORLD = json.loads((FOLDER / "world.json").read_text())


class TestSeed:
    """The control endpoints."""

    def test_state_counts_what_there_is(self, cloud):
        state = cloud.control("GET", "state")
        assert len(state["accounts"]) == 4
        assert state["roles"] == 25
        production = next(one for one in state["accounts"] if one["id"] == PROD)
        assert (production["alias"], production["roles"], production["saml_providers"]) == (
            "test-production",
            23,
            ["TestIdp"],
        )

    def test_reset_leaves_nothing(self, cloud, refused):
        state = cloud.control("POST", "reset")
        assert (state["accounts"], state["roles"]) == ([], 0)
        assert refused(cloud.client("sts", HUB).get_caller_identity)[0] == "InvalidClientTokenId"

    def test_a_second_seed_adds_and_replaces(self, cloud):
        before = {role["RoleName"]: role for role in cloud.client("iam", PROD).list_roles()["Roles"]}
        cloud.seed(
            {
                "accounts": [
                    {
                        "id": PROD,
                        "name": "Renamed",
                        "alias": "renamed",
                        "roles": [{"name": "Reader", "trust": saml_trust(), "max_session_duration": 10800}],
                    }
                ]
            }
        )
        after = {role["RoleName"]: role for role in cloud.client("iam", PROD).list_roles()["Roles"]}
        assert set(after) == set(before)
        assert after["Reader"]["MaxSessionDuration"] == 10800
        assert after["Reader"]["RoleId"] == before["Reader"]["RoleId"]
        assert cloud.client("account", PROD).get_account_information()["AccountName"] == "Renamed"

    def test_metadata_may_come_later(self, cloud):
        cloud.control("POST", "reset")
        state = cloud.seed({"accounts": [account(PROD, [{"name": "Reader", "trust": saml_trust()}])]})
        assert state["providers_without_metadata"] == {PROD: ["TestIdp"]}
        state = cloud.seed(metadata={"TestIdp": cloud.idp.metadata()})
        assert state["providers_without_metadata"] == {}
        assert cloud.assume_with_saml(cloud.idp.response(cloud.spec()))

    @pytest.mark.parametrize(
        "body",
        [
            {"world": {"accounts": [{"id": "12"}]}},
            {"world": {"accounts": [{"id": PROD, "partition": "aws-us-gov"}]}},
            {"world": {"accounts": [{"id": PROD, "state": "ASLEEP"}]}},
            {"world": {"accounts": [{"id": PROD, "roles": [{"name": "X", "trust": "unknown"}]}]}},
            {"metadata": {"TestIdp": "<a/>"}},
            {"world": {"accounts": [{"id": PROD, "roles": [{}]}]}},
            [],
        ],
    )
    def test_a_bad_seed_is_refused_with_its_reason(self, cloud, body):
        answer = requests.post(f"{cloud.url}/__emulator/seed", json=body, timeout=60)
        assert answer.status_code == 400 and answer.json()["error"]

    def test_a_trust_may_be_raw_text(self, cloud):
        cloud.seed({"accounts": [{"id": PROD, "roles": [{"name": "Broken", "raw_trust": "{not json"}]}]})
        roles = {role["RoleName"]: role for role in cloud.client("iam", PROD).list_roles()["Roles"]}
        assert roles["Broken"]["AssumeRolePolicyDocument"] == "%7Bnot%20json"

    def test_two_hundred_accounts_with_thirty_roles_take_seconds(self, cloud):
        batch = [{"count": 30, "name": "role-{n}", "trust": "saml"}]
        accounts = [{"id": f"6{n:011}", "role_batches": batch, "saml_providers": ["TestIdp"]} for n in range(200)]
        started = time.monotonic()
        state = cloud.seed(
            {"trusts": {"saml": saml_trust(), "cross": cross_trust()}, "accounts": accounts},
            {"TestIdp": cloud.idp.metadata()},
        )
        assert time.monotonic() - started < 5
        assert state["roles"] == 6025

    def test_browsers_and_unknown_endpoints_are_refused(self, cloud):
        assert (
            requests.post(
                f"{cloud.url}/__emulator/reset", headers={"Origin": "https://evil.example.com"}, timeout=60
            ).status_code
            == 403
        )
        assert requests.get(f"{cloud.url}/__emulator/nothing", timeout=60).status_code == 404
        assert cloud.control("GET", "state")["roles"] == 25


class TestWorld:
    """world.json is what the demo needs."""

    @pytest.fixture
    def demo(self, cloud, key):
        cloud.control("POST", "reset")
        app, browser = (
            Idp("https://rolegate.example.com/app/cli-client-entity-id", key),
            Idp("https://rolegate.example.com/app/browser-entity", key),
        )
        cloud.seed(WORLD, {"Rolegate": app.metadata(), "RolegateBrowser": browser.metadata()})
        return cloud, app, browser

    def accounts(self):
        return {one["id"]: one for one in WORLD["accounts"]}

    def test_five_accounts_in_two_partitions_have_sixty_roles(self, demo):
        cloud, _, _ = demo
        state = cloud.control("GET", "state")
        assert len(state["accounts"]) == 5 and state["roles"] == 60
        assert {one["partition"] for one in state["accounts"]} == {"aws", "aws-us-gov"}
        assert all(
            one["alias"] and one["saml_providers"] == ["Rolegate", "RolegateBrowser"] for one in state["accounts"]
        )
        # The demo makes this one where it has a directory.
        waiting = state["providers_without_metadata"]
        assert set(waiting) == set(self.accounts()) and set(map(tuple, waiting.values())) == {("RolegateDirectory",)}

    def test_each_source_reads_its_partition_except_the_unreadable_account(self, demo, refused):

        cloud, _, _ = demo
        discovery, read = WORLD["discovery"], set()
        for source in discovery["sources"]:
            common = {"endpoint_url": cloud.url, "region_name": source["region"], "config": ONCE}
            keys = {"aws_access_key_id": source["access_key_id"], "aws_secret_access_key": source["secret_access_key"]}
            sts = boto3.client("sts", **common, **keys)
            for one in (one for one in WORLD["accounts"] if one["partition"] == source["partition"]):
                arn = f"arn:{one['partition']}:iam::{one['id']}:role/{discovery['cross_account_role']}"
                call = {"RoleArn": arn, "RoleSessionName": "demo", "ExternalId": discovery["external_id"]}
                if one["id"] == discovery["unreadable_account"]:
                    assert refused(sts.assume_role, **call)[0] == "AccessDenied"
                    continue
                assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="demo")[0] == "AccessDenied"
                credentials = sts.assume_role(**call)["Credentials"]
                iam = cloud.client("iam", credentials=credentials, region=source["region"])
                assert len(iam.list_roles()["Roles"]) == 12
                assert iam.list_account_aliases()["AccountAliases"] == [one["alias"]]
                name = cloud.client(
                    "account", credentials=credentials, region=source["region"]
                ).get_account_information()
                assert name["AccountName"] == one["name"]
                read.add(one["id"])
        assert len(read) == 4

    def test_every_assigned_role_lets_its_people_in_by_both_providers(self, demo):
        cloud, app, browser = demo
        arns = {arn for kind in ("users", "groups") for entry in WORLD["assignments"][kind] for arn in entry["roles"]}
        for arn in sorted(arns):
            _, partition, _, _, account_id, _ = arn.split(":", 5)
            gov = partition == "aws-us-gov"
            audience = ["urn:amazon:webservices:govcloud" if gov else "urn:amazon:webservices"]
            host = "signin.amazonaws-us-gov.com" if gov else "signin.aws.amazon.com"
            for idp, name, recipient in (
                (app, "Rolegate", f"https://{host}/saml"),
                (browser, "RolegateBrowser", f"{cloud.url}/saml"),
            ):
                provider = f"arn:{partition}:iam::{account_id}:saml-provider/{name}"
                assertion = idp.response(Spec(roles=[f"{provider},{arn}"], audiences=audience, recipients=[recipient]))
                assert cloud.client("sts").assume_role_with_saml(
                    RoleArn=arn, PrincipalArn=provider, SAMLAssertion=assertion
                )
                assert cloud.sign_in(assertion).url == f"{cloud.url}/console"

    def test_every_person_has_a_readable_role_one_has_three_accounts_one_has_one_role(self):
        unreadable = WORLD["discovery"]["unreadable_account"]
        members = {group["name"]: set(group["members"]) for group in WORLD["groups"]}
        assert set(members) == {entry["group"] for entry in WORLD["assignments"]["groups"]}
        of = {person["login"]: set() for person in WORLD["people"]}
        for entry in WORLD["assignments"]["users"]:
            of[entry["login"]] |= set(entry["roles"])
        for entry in WORLD["assignments"]["groups"]:
            for login in members[entry["group"]]:
                of[login] |= set(entry["roles"])
        assert all(of.values())
        assert unreadable not in {arn.split(":")[4] for arns in of.values() for arn in arns}
        assert any(len({arn.split(":")[4] for arn in arns}) == 3 for arns in of.values())
        assert any(len(arns) == 1 for arns in of.values())
        assert sum(1 for person in WORLD["people"] if person.get("admin")) == 1
        assert all(len(person["password"]) >= 12 for person in WORLD["people"])

    def test_the_rest_of_the_roles_are_wrong_in_many_ways(self):
        roles = [role for one in WORLD["accounts"] for role in one["roles"]]
        assert {
            "saml",
            "saml-denied",
            "saml-missing-action",
            "saml-wrong-audience",
            "saml-source-ip",
            "other-provider",
            "aws-only",
            "identity-center",
            "service",
        } <= {role["trust"] for role in roles}
        assert any(role["name"].startswith("AWSReservedSSO_") for role in roles)
        assert any(role.get("path", "").startswith("/aws-service-role/") for role in roles)
        assert any(len(role["name"]) == 64 and set("+=,.@-_") <= set(role["name"]) for role in roles)
        assert any(not role.get("description", "").isascii() for role in roles)
        assert {3600, 43200} <= {role.get("max_session_duration", 3600) for role in roles}

    def test_the_world_holds_what_aws_would_take(self, demo, refused):
        """Every role of the world could have been made through the API."""
        cloud, _, _ = demo
        for one in WORLD["accounts"]:
            admin = next(user for user in one["users"] if user["name"] == "administrator")["access_keys"][0]

            region = "us-gov-west-1" if one["partition"] == "aws-us-gov" else "us-east-1"
            iam = boto3.client(
                "iam",
                endpoint_url=cloud.url,
                region_name=region,
                config=ONCE,
                aws_access_key_id=admin["id"],
                aws_secret_access_key=admin["secret"],
            )
            for role in iam.list_roles(MaxItems=1000)["Roles"]:
                trust = json.dumps(role["AssumeRolePolicyDocument"])
                iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust)
                iam.update_role(
                    RoleName=role["RoleName"],
                    MaxSessionDuration=role["MaxSessionDuration"],
                    Description=role.get("Description", ""),
                )
                assert re.fullmatch(r"[\w+=,.@-]{1,64}", role["RoleName"], re.ASCII)
            assert re.fullmatch(r"[ -;=?-~]{1,50}", one["name"])
