"""IAM's rules, and the pages of its lists."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import GOV, HUB, PROD, key_of, saml_trust, secret_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from idp import Idp, Key

TRUST = (
    json.dumps(saml_trust())
    .replace("${partition}", "aws")
    .replace("${account}", PROD)
    .replace("${signin}", "https://signin.aws.amazon.com/saml")
    .replace("${emulator}", "http://127.0.0.1")
)


class TestListRoles:
    """ListRoles."""

    def test_pages_join_to_all_roles_once(self, cloud):
        iam = cloud.client("iam", PROD)
        pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 7}))
        names = [role["RoleName"] for page in pages for role in page["Roles"]]
        assert len(pages) == 4
        assert len(names) == len(set(names)) == 23

    def test_a_page_has_a_hundred_unless_asked(self, cloud):
        cloud.seed(
            {"accounts": [{"id": PROD, "role_batches": [{"count": 200, "name": "bulk-{n}", "trust": saml_trust()}]}]}
        )
        iam = cloud.client("iam", PROD)
        first = iam.list_roles()
        assert (len(first["Roles"]), first["IsTruncated"]) == (100, True)
        whole = iam.list_roles(MaxItems=1000)
        assert (len(whole["Roles"]), whole["IsTruncated"], "Marker" in whole) == (223, False, False)

    def test_a_page_survives_the_deletion_of_the_role_that_it_ends_with(self, cloud):
        iam = cloud.client("iam", PROD)
        first = iam.list_roles(MaxItems=10)
        gone = first["Roles"][-1]["RoleName"]
        if gone == "Crossing":
            iam.delete_role_policy(RoleName=gone, PolicyName="read")
        iam.delete_role(RoleName=gone)
        second = iam.list_roles(MaxItems=1000, Marker=first["Marker"])
        assert len(second["Roles"]) == 13

    def test_a_role_is_shown_as_aws_shows_it(self, cloud):
        role = next(one for one in cloud.client("iam", PROD).list_roles()["Roles"] if one["RoleName"] == "Reader")
        assert role["Arn"] == f"arn:aws:iam::{PROD}:role/Reader"
        assert role["MaxSessionDuration"] == 7200
        assert role["Description"] == "Zürich"
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Federated"].endswith(
            ":saml-provider/TestIdp"
        )
        assert role["RoleId"].startswith("AROA")
        assert "Tags" not in role

    def test_trust_policies_are_percent_encoded(self, cloud):

        for action in ("ListRoles", "GetRole"):
            body = f"Action={action}&Version=2010-05-08" + ("&RoleName=Reader" if action == "GetRole" else "")
            request = AWSRequest(
                "POST", cloud.url + "/", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
            SigV4Auth(Credentials(key_of(PROD), secret_of(PROD)), "iam", "us-east-1").add_auth(request)
            ready = request.prepare()
            text = requests.post(ready.url, data=ready.body, headers=dict(ready.headers), timeout=60).text
            assert "<AssumeRolePolicyDocument>%7B%22Version%22%3A" in text
            assert "<AssumeRolePolicyDocument>{" not in text

    def test_a_path_prefix_narrows(self, cloud):
        cloud.seed(
            {"accounts": [{"id": PROD, "roles": [{"name": "Deep", "path": "/team/web/", "trust": saml_trust()}]}]}
        )
        roles = cloud.client("iam", PROD).list_roles(PathPrefix="/team/")["Roles"]
        assert [role["Arn"] for role in roles] == [f"arn:aws:iam::{PROD}:role/team/web/Deep"]

    @pytest.mark.parametrize("marker", ["nonsense", "5", "YWZ0ZXI6"])
    def test_a_bad_marker_is_refused(self, cloud, refused, marker):
        assert refused(cloud.client("iam", PROD).list_roles, Marker=marker)[::2] == ("ValidationError", 400)

    @pytest.mark.parametrize("size", [0, -1, 1001])
    def test_a_bad_page_size_is_refused(self, cloud, refused, size):
        assert refused(cloud.client("iam", PROD).list_roles, MaxItems=size)[0] == "ValidationError"

    def test_five_thousand_roles_seed_and_list_quickly(self, cloud):
        started = time.monotonic()
        cloud.seed(
            {"accounts": [{"id": PROD, "role_batches": [{"count": 5000, "name": "bulk-{n}", "trust": saml_trust()}]}]}
        )
        assert time.monotonic() - started < 5
        iam = cloud.client("iam", PROD)
        pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1000}))
        assert sum(len(page["Roles"]) for page in pages) == 5023


class TestRoles:
    """Creating and changing roles."""

    def create(self, cloud, account=PROD, **arguments):
        return cloud.client("iam", account).create_role(
            **{"RoleName": "New", "AssumeRolePolicyDocument": TRUST, **arguments}
        )

    def test_a_role_that_aws_would_take_is_made(self, cloud):
        name = "Every+legal=char,in.a@name-of_64" + "x" * 32
        made = self.create(cloud, RoleName=name, Path="/team/web/", MaxSessionDuration=43200, Description="équipe")[
            "Role"
        ]
        assert made["Arn"] == f"arn:aws:iam::{PROD}:role/team/web/{name}"
        assert (
            cloud.client("iam", PROD).get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Version"]
            == "2012-10-17"
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            {"RoleName": "a b"},
            {"RoleName": "x" * 65},
            {"RoleName": "naïve"},
            {"MaxSessionDuration": 3599},
            {"MaxSessionDuration": 43201},
            {"Path": "team"},
            {"Path": "/with space/"},
            {"Description": "x" * 1001},
            {"Description": "日本"},
        ],
    )
    def test_bad_parameters_are_refused(self, cloud, refused, arguments):
        assert refused(self.create, cloud, **arguments)[::2] == ("ValidationError", 400)

    def test_a_name_taken_in_another_case_is_refused(self, cloud, refused):
        assert refused(self.create, cloud, RoleName="READER") == (
            "EntityAlreadyExists",
            "Role with name READER already exists.",
            409,
        )

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ("{not json", "This policy contains invalid Json"),
            ("{}", "Syntax errors in policy."),
            (
                json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
                "Missing required field Principal",
            ),
            (
                TRUST.replace('"sts:TagSession"', '"s3:GetObject"'),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (TRUST.replace('"Principal"', '"NotPrincipal"'), "AssumeRole policy must not contain NotPrincipal field."),
            (TRUST.replace('"Effect"', '"Resource": "*", "Effect"'), "Has prohibited field Resource"),
            (TRUST.replace("StringEquals", "StringSeems"), "Invalid Condition type : StringSeems"),
            (
                json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"AWS": f"arn:aws:iam::{HUB}:role/None"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    }
                ),
                f'Invalid principal in policy: "AWS":"arn:aws:iam::{HUB}:role/None"',
            ),
        ],
    )
    def test_a_malformed_trust_policy_is_refused(self, cloud, refused, document, message):
        assert refused(self.create, cloud, AssumeRolePolicyDocument=document) == (
            "MalformedPolicyDocument",
            message,
            400,
        )
        update = cloud.client("iam", PROD).update_assume_role_policy
        assert refused(update, RoleName="Reader", PolicyDocument=document) == ("MalformedPolicyDocument", message, 400)

    def test_a_trust_policy_over_its_quota_is_refused(self, cloud, refused):
        long = TRUST.replace("https://signin.aws.amazon.com/saml", "https://signin.aws.amazon.com/" + "s" * 2048)
        assert refused(self.create, cloud, AssumeRolePolicyDocument=long) == (
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
            409,
        )

    def test_a_duration_can_be_changed_within_its_bounds(self, cloud, refused):
        iam = cloud.client("iam", PROD)
        iam.update_role(RoleName="Reader", MaxSessionDuration=7300)
        assert iam.get_role(RoleName="Reader")["Role"]["MaxSessionDuration"] == 7300
        assert refused(iam.update_role, RoleName="Reader", MaxSessionDuration=10)[0] == "ValidationError"

    def test_a_role_that_is_not_there_is_named(self, cloud, refused):
        assert refused(cloud.client("iam", PROD).get_role, RoleName="Nobody") == (
            "NoSuchEntity",
            "The role with name Nobody cannot be found.",
            404,
        )

    def test_a_session_ends_with_its_role(self, cloud, refused):
        credentials = cloud.assume_with_saml(cloud.idp.response(cloud.spec()))["Credentials"]
        cloud.client("iam", PROD).delete_role(RoleName="Reader")
        assert refused(cloud.client("sts", credentials=credentials).get_caller_identity)[0] == "InvalidClientTokenId"


class TestProviders:
    """SAML providers."""

    def test_a_provider_is_made_read_listed_tagged_and_deleted(self, cloud):
        iam = cloud.client("iam", GOV)
        arn = iam.create_saml_provider(
            Name="New.Idp_1-x", SAMLMetadataDocument=cloud.idp.metadata(), Tags=[{"Key": "a", "Value": "1"}]
        )["SAMLProviderArn"]
        assert arn == f"arn:aws-us-gov:iam::{GOV}:saml-provider/New.Idp_1-x"
        shown = iam.get_saml_provider(SAMLProviderArn=arn)
        assert shown["SAMLMetadataDocument"] == cloud.idp.metadata()
        assert shown["SAMLProviderUUID"].startswith("SAMLSP")
        assert shown["Tags"] == [{"Key": "a", "Value": "1"}]
        assert shown["ValidUntil"].year - shown["CreateDate"].year == 100
        assert arn in [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]]
        iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a"])
        assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
        iam.delete_saml_provider(SAMLProviderArn=arn)
        assert arn not in [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]]

    def test_a_second_provider_of_one_name_is_refused(self, cloud, refused):
        create = cloud.client("iam", PROD).create_saml_provider
        answer = refused(create, Name="TestIdp", SAMLMetadataDocument=cloud.idp.metadata())
        assert answer == ("EntityAlreadyExists", "Provider with name TestIdp already exists.", 409)

    @pytest.mark.parametrize("name", ["a b", "a/b", "a+b", "x" * 129, ""])
    def test_a_bad_name_is_refused(self, cloud, refused, name):
        create = cloud.client("iam", PROD).create_saml_provider
        assert refused(create, Name=name, SAMLMetadataDocument=cloud.idp.metadata())[0] == "ValidationError"

    @pytest.mark.parametrize("wrong", ["garbage", "bom", "no-key", "no-sign-on", "sp", "doctype", "certificate"])
    def test_metadata_that_aws_cannot_read_is_refused(self, cloud, refused, wrong):
        good = cloud.idp.metadata()
        document = {
            "garbage": "x" * 1000,
            "bom": "\ufeff" + good,
            "no-key": good.replace('use="signing"', 'use="encryption"'),
            "no-sign-on": good.replace("SingleSignOnService", "SingleLogoutService"),
            "sp": good.replace("IDPSSODescriptor", "SPSSODescriptor"),
            "doctype": "<!DOCTYPE x>" + good,
            "certificate": good.replace("<ds:X509Certificate>M", "<ds:X509Certificate>N"),
        }[wrong]
        code, message, status = refused(
            cloud.client("iam", PROD).create_saml_provider, Name="New", SAMLMetadataDocument=document
        )
        assert (code, status) == ("InvalidInput", 400)
        assert message in ("Could not parse metadata", "Unable to parse metadata")

    def test_short_metadata_is_refused(self, cloud, refused):
        code, message, _ = refused(
            cloud.client("iam", PROD).create_saml_provider, Name="New", SAMLMetadataDocument="<a/>"
        )
        assert (code, message.endswith("Member must have length greater than or equal to 1000")) == (
            "ValidationError",
            True,
        )

    def test_a_key_below_1024_bits_is_refused(self, cloud, refused):

        private = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "small" * 10)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        pem = builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
        small = Idp("https://small.example.com/" + "x" * 300, Key(b"", pem)).metadata()
        assert refused(cloud.client("iam", PROD).create_saml_provider, Name="New", SAMLMetadataDocument=small) == (
            "InvalidInput",
            "Unable to parse metadata",
            400,
        )

    def test_large_metadata_is_taken(self, cloud):
        document = cloud.idp.metadata().replace("<md:IDPSSO", f"<!--{'x' * 2_000_000}--><md:IDPSSO")
        assert cloud.client("iam", PROD).create_saml_provider(Name="Large", SAMLMetadataDocument=document)

    def test_a_provider_that_is_not_there_is_not_found(self, cloud, refused):
        update = cloud.client("iam", PROD).update_saml_provider
        arn = cloud.provider(name="None")
        assert refused(update, SAMLProviderArn=arn, SAMLMetadataDocument=cloud.idp.metadata())[::2] == (
            "NoSuchEntity",
            404,
        )


class TestAliases:
    """Account aliases."""

    def test_an_alias_can_change(self, cloud):
        iam = cloud.client("iam", PROD)
        iam.create_account_alias(AccountAlias="renamed-production")
        assert iam.list_account_aliases()["AccountAliases"] == ["renamed-production"]

    def test_an_alias_is_unique_in_its_partition(self, cloud, refused):
        create = cloud.client("iam", PROD).create_account_alias
        assert refused(create, AccountAlias="test-hub") == (
            "EntityAlreadyExists",
            "The account alias test-hub already exists.",
            409,
        )
        assert create(AccountAlias="test-gov")

    @pytest.mark.parametrize("alias", ["ab", "UPPER", "a--b", "-ab", "ab-", "a b", "123456789012", "x" * 64])
    def test_a_bad_alias_is_refused(self, cloud, refused, alias):
        assert refused(cloud.client("iam", PROD).create_account_alias, AccountAlias=alias)[0] == "ValidationError"
