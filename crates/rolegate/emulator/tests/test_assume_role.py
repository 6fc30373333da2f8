"""sts:AssumeRole: both accounts must agree."""

from datetime import UTC, datetime

import boto3
import pytest
from conftest import GOV, HUB, LONELY, ONCE, PROD, cross_trust, statement


def denied(cloud, role: str, user: str = f"arn:aws:iam::{HUB}:user/admin") -> tuple[str, str, int]:
    return ("AccessDenied", f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}", 403)


def assume(cloud, name="Crossing", account=PROD, caller=HUB, credentials=None, **arguments):
    sts = cloud.client("sts", None if credentials else caller, credentials=credentials)
    return sts.assume_role(**{"RoleArn": cloud.role(name, account), "RoleSessionName": "rolegate", **arguments})


def test_the_right_external_id_opens_the_role(cloud):
    answer = assume(cloud, ExternalId="right-id")
    arn = f"arn:aws:sts::{PROD}:assumed-role/Crossing/rolegate"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert cloud.client("sts", credentials=answer["Credentials"]).get_caller_identity()["Arn"] == arn


def test_a_wrong_external_id_is_refused(cloud, refused):
    assert refused(assume, cloud, ExternalId="wrong-id") == denied(cloud, cloud.role("Crossing"))


def test_a_missing_external_id_is_refused(cloud, refused):
    assert refused(assume, cloud) == denied(cloud, cloud.role("Crossing"))


def test_a_role_that_does_not_exist_is_refused(cloud, refused):
    assert refused(assume, cloud, "Nobody") == denied(cloud, cloud.role("Nobody"))
    assert refused(assume, cloud, "crossing", ExternalId="right-id") == denied(cloud, cloud.role("crossing"))
    assert refused(assume, cloud, account="999999999999") == denied(cloud, cloud.role("Crossing", "999999999999"))


def test_a_role_that_trusts_somebody_else_is_refused(cloud, refused):
    assert refused(assume, cloud, account=LONELY) == denied(cloud, cloud.role("Crossing", LONELY))


def test_a_role_of_another_partition_is_refused(cloud, refused):
    trust = statement(Principal={"AWS": "*"}, Action="sts:AssumeRole")
    cloud.seed(
        {
            "accounts": [
                {"id": GOV, "roles": [{"name": "Wide", "trust": trust}]},
                {"id": PROD, "roles": [{"name": "Wide", "trust": trust}]},
            ]
        }
    )
    assert refused(assume, cloud, "Wide", GOV) == denied(cloud, cloud.role("Wide", GOV))
    code, _, status = refused(assume, cloud, "Wide", PROD, caller=GOV)
    assert (code, status) == ("AccessDenied", 403)


def test_a_suspended_account_is_refused(cloud, refused):
    cloud.seed({"accounts": [{"id": PROD, "state": "SUSPENDED"}]})
    assert refused(assume, cloud, ExternalId="right-id") == denied(cloud, cloud.role("Crossing"))


def test_the_callers_own_policies_must_allow_it_too(cloud, refused):

    bob = boto3.client(
        "sts",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        config=ONCE,
        aws_access_key_id="AKIATESTBOB000000001",
        aws_secret_access_key="secret+of+bob+who+may+do+very+little+++++",
    )
    arguments = {"RoleSessionName": "bob", "ExternalId": "right-id"}
    assert bob.assume_role(RoleArn=cloud.role("Crossing"), **arguments)
    user = f"arn:aws:iam::{HUB}:user/bob"
    assert refused(bob.assume_role, RoleArn=cloud.role("Open"), **arguments) == denied(cloud, cloud.role("Open"), user)


class TestTrust:
    """Forms of trust policy."""

    def role(self, cloud, trust, account=PROD):
        cloud.seed({"accounts": [{"id": account, "roles": [{"name": "T", "trust": trust}]}]})

    @pytest.mark.parametrize(
        "principal",
        [
            {"AWS": f"arn:aws:iam::{HUB}:root"},
            {"AWS": HUB},
            {"AWS": f"arn:aws:iam::{HUB}:user/admin"},
            {"AWS": ["arn:aws:iam::999999999999:root", f"arn:aws:iam::{HUB}:root"]},
            {"AWS": "*"},
            "*",
        ],
    )
    def test_principals_that_cover_the_caller(self, cloud, principal):
        self.role(cloud, statement(Principal=principal, Action="sts:AssumeRole"))
        assert assume(cloud, "T")

    @pytest.mark.parametrize(
        "trust",
        [
            statement(Principal={"AWS": "arn:aws:iam::999999999999:root"}, Action="sts:AssumeRole"),
            statement(Principal={"AWS": f"arn:aws:iam::{HUB}:user/bob"}, Action="sts:AssumeRole"),
            statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"),
            statement(Principal={"AWS": HUB}, Action="sts:TagSession"),
            cross_trust(condition={"StringEquals": {"aws:PrincipalOrgID": "o-otherorg001"}}),
            cross_trust(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
            cross_trust(condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            cross_trust(condition={"StringLike": {"sts:RoleSessionName": "okta-*"}}),
            {
                "Version": "2012-10-17",
                "Statement": [*cross_trust()["Statement"], {**cross_trust()["Statement"][0], "Effect": "Deny"}],
            },
        ],
    )
    def test_trusts_that_do_not(self, cloud, refused, trust):
        self.role(cloud, trust)
        assert refused(assume, cloud, "T") == denied(cloud, cloud.role("T"))

    @pytest.mark.parametrize(
        "condition",
        [
            {"StringEquals": {"aws:PrincipalOrgID": "o-testorg0001"}},
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/adm*"}},
            {"StringLike": {"sts:RoleSessionName": "role*"}},
            {"StringEquals": {"aws:PrincipalAccount": HUB}},
            {"NumericLessThan": {"aws:EpochTime": "99999999999"}, "Bool": {"aws:SecureTransport": "true"}},
        ],
    )
    def test_conditions_that_hold(self, cloud, condition):
        self.role(cloud, cross_trust(condition=condition))
        assert assume(cloud, "T")

    def test_in_one_account_a_named_user_needs_no_policy_of_its_own(self, cloud, refused):

        keys = {
            "aws_access_key_id": "AKIATESTBOB000000001",
            "aws_secret_access_key": "secret+of+bob+who+may+do+very+little+++++",
        }
        bob = boto3.client("sts", endpoint_url=cloud.url, region_name="us-east-1", config=ONCE, **keys)
        call = {"RoleArn": cloud.role("T", HUB), "RoleSessionName": "bob"}
        self.role(cloud, statement(Principal={"AWS": f"arn:aws:iam::{HUB}:user/bob"}, Action="sts:AssumeRole"), HUB)
        assert bob.assume_role(**call)
        self.role(cloud, cross_trust(), HUB)
        assert refused(bob.assume_role, **call)[0] == "AccessDenied"


class TestParameters:
    """Limits of the API."""

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("a b", r"Member must satisfy regular expression pattern: [\w+=,.@-]*"),
            ("a", "Member must have length greater than or equal to 2"),
            ("a" * 65, "Member must have length less than or equal to 64"),
        ],
    )
    def test_a_bad_session_name_is_refused(self, cloud, refused, name, problem):
        assert refused(assume, cloud, "Open", RoleSessionName=name) == (
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: {problem}",
            400,
        )

    def test_a_bad_external_id_is_refused(self, cloud, refused):
        for value in ("a", "a b"):
            assert refused(assume, cloud, ExternalId=value)[0] == "ValidationError"

    def test_a_duration_beyond_the_roles_maximum_is_refused(self, cloud, refused):
        assert refused(assume, cloud, "Open", DurationSeconds=3601) == (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            400,
        )
        answer = assume(cloud, ExternalId="right-id", DurationSeconds=43200)
        left = (answer["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds()
        assert 43190 < left <= 43200

    def test_an_arn_that_is_none_is_refused(self, cloud, refused):
        sts = cloud.client("sts", HUB)
        assert (
            refused(sts.assume_role, RoleArn="not-an-arn-but-long-enough", RoleSessionName="test")[0]
            == "ValidationError"
        )


class TestChaining:
    """A role session assumes the next role."""

    def first(self, cloud):
        allow = {"all": statement(Action="sts:AssumeRole", Resource="*")}
        chained = statement(
            Principal={"AWS": f"arn:aws:iam::{PROD}:role/Chain"},
            Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        )
        tags = statement(Principal={"AWS": HUB}, Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
        cloud.seed(
            {
                "accounts": [
                    {
                        "id": PROD,
                        "roles": [{"name": "Chain", "trust": tags, "policies": allow, "max_session_duration": 43200}],
                    },
                    {"id": LONELY, "roles": [{"name": "Next", "trust": chained, "max_session_duration": 43200}]},
                ]
            }
        )
        tagged = {
            "Tags": [{"Key": "team", "Value": "web"}, {"Key": "local", "Value": "1"}],
            "TransitiveTagKeys": ["team"],
        }
        return assume(cloud, "Chain", SourceIdentity="alice", **tagged)["Credentials"]

    def test_a_chained_session_lasts_an_hour_at_most(self, cloud, refused):
        credentials = self.first(cloud)
        assert assume(cloud, "Next", LONELY, credentials=credentials, DurationSeconds=3600)
        assert refused(assume, cloud, "Next", LONELY, credentials=credentials, DurationSeconds=3601) == (
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            400,
        )

    def test_the_source_identity_stays(self, cloud, refused):
        credentials = self.first(cloud)
        assert assume(cloud, "Next", LONELY, credentials=credentials)["SourceIdentity"] == "alice"
        assert (
            refused(assume, cloud, "Next", LONELY, credentials=credentials, SourceIdentity="bob")[0] == "AccessDenied"
        )

    def test_tags_need_a_permission_of_their_own(self, cloud, refused):
        assert refused(assume, cloud, "Open", Tags=[{"Key": "team", "Value": "web"}])[0] == "AccessDenied"
