"""Every rule about an assertion: the right one is let in, each wrong one is refused in AWS's words."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from conftest import ENTITY, GOV, HUB, PROD, saml_trust
from idp import ATTRIBUTES, RECIPIENT, Idp, Key, Spec, encode, evil_copy

DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403)
NO_PAIR = (
    "InvalidIdentityToken",
    "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
    400,
)
BAD_BASE64 = ("InvalidIdentityToken", "Invalid base64 SAMLResponse", 400)
BAD_SIGNATURE = ("InvalidIdentityToken", "Response signature invalid", 400)
BAD_ISSUER = ("InvalidIdentityToken", "Issuer not present in specified provider", 400)
BAD_AUDIENCE = ("InvalidIdentityToken", "Response does not contain the required audience.", 400)
BAD_NAME = ("InvalidIdentityToken", "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", 400)
NO_NAME = ("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse", 400)
BAD_IDENTITY = (
    "InvalidIdentityToken",
    'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    400,
)
BAD_TAGS = ("ValidationError", "Unable to validate tags", 400)
TOO_OLD = ("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance", 400)
EXPIRED = ("ExpiredTokenException", "Response has expired", 400)
TOO_LONG_FOR_ROLE = (
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    400,
)
NO_PROVIDER = ("InvalidIdentityToken", "Specified provider doesn't exist", 400)


def attribute(name: str, *values: str) -> dict:
    return {"attributes": {ATTRIBUTES + name: list(values)}}


@pytest.mark.parametrize("count", [1, 2, 20])
def test_an_assertion_with_several_roles_opens_each_of_them(cloud, count):
    names = [f"Role{number}" for number in range(count)]
    assertion = cloud.idp.response(cloud.spec(*names))
    for name in names:
        answer = cloud.assume_with_saml(assertion, name)
        who = cloud.client("sts", credentials=answer["Credentials"]).get_caller_identity()
        assert who["Arn"] == f"arn:aws:sts::{PROD}:assumed-role/{name}/alice@example.com"
        assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_the_answer_is_complete(cloud):
    answer = cloud.assume_with_saml(cloud.idp.response(cloud.spec(), **attribute("SourceIdentity", "alice")))

    qualifier = base64.b64encode(hashlib.sha1(f"{ENTITY}{PROD}/TestIdp".encode()).digest()).decode()
    assert answer["Subject"] == "alice@example.com"
    assert answer["SubjectType"] == "persistent"
    assert answer["Issuer"] == ENTITY
    assert answer["Audience"] == RECIPIENT
    assert answer["NameQualifier"] == qualifier
    assert answer["SourceIdentity"] == "alice"
    assert answer["PackedPolicySize"] >= 0
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Reader/alice@example.com")


def test_provider_first_and_role_first_are_both_taken(cloud):
    pair = f"{cloud.provider()},{cloud.role('Reader')}"
    assert cloud.assume_with_saml(cloud.idp.response(cloud.spec(roles=[pair])))


def test_a_response_that_is_signed_too_is_taken(cloud):
    assert cloud.assume_with_saml(cloud.idp.response(cloud.spec(), sign_response=True))


def test_an_assertion_can_be_used_again_within_its_time(cloud):
    assertion = cloud.idp.response(cloud.spec())
    first, second = cloud.assume_with_saml(assertion), cloud.assume_with_saml(assertion)
    assert first["Credentials"]["AccessKeyId"] != second["Credentials"]["AccessKeyId"]


@pytest.mark.parametrize(
    "recipient",
    [
        "https://us-east-1.signin.aws.amazon.com/saml",
        "https://eu-central-1.signin.aws.amazon.com/saml",
    ],
)
def test_regional_recipients_are_taken_when_the_role_trusts_them(cloud, recipient):
    trust = saml_trust({"StringLike": {"saml:aud": "https://*.signin.aws.amazon.com/saml"}})
    cloud.seed({"accounts": [{"id": PROD, "roles": [{"name": "Reader", "trust": trust}]}]})
    answer = cloud.assume_with_saml(cloud.idp.response(cloud.spec(), recipients=[recipient]))
    assert answer["Audience"] == recipient


def test_the_emulators_own_recipient_is_taken(cloud):
    answer = cloud.assume_with_saml(cloud.idp.response(cloud.spec(), recipients=[f"{cloud.url}/saml"]))
    assert answer["Audience"] == f"{cloud.url}/saml"


def test_aws_own_sign_in_url_is_an_audience_too(cloud):
    assert cloud.assume_with_saml(cloud.idp.response(cloud.spec(), audiences=[RECIPIENT]))


def test_govcloud_has_its_own_audience_and_recipient(cloud, refused):
    gov = {"audiences": ["urn:amazon:webservices:govcloud"], "recipients": ["https://signin.amazonaws-us-gov.com/saml"]}
    spec = cloud.spec(account=GOV, **gov)
    answer = cloud.assume_with_saml(cloud.idp.response(spec), account=GOV)
    identity = cloud.client("sts", credentials=answer["Credentials"], region="us-gov-west-1").get_caller_identity()
    assert identity["Arn"] == f"arn:aws-us-gov:sts::{GOV}:assumed-role/Reader/alice@example.com"
    commercial = cloud.idp.response(spec, audiences=["urn:amazon:webservices"])
    assert refused(cloud.assume_with_saml, commercial, account=GOV) == BAD_AUDIENCE
    wrong_recipient = cloud.idp.response(spec, recipients=[RECIPIENT])
    assert refused(cloud.assume_with_saml, wrong_recipient, account=GOV) == DENIED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"role_attribute": ATTRIBUTES + "role"}, NO_PAIR, id="role-attribute-in-another-case"),
        pytest.param(
            {"roles": [f"arn:aws:iam::{PROD}:role/Reader, arn:aws:iam::{PROD}:saml-provider/TestIdp"]},
            NO_PAIR,
            id="space-in-pair",
        ),
        pytest.param(
            {"roles": [f"arn:aws:iam::{PROD}:role/Role1,arn:aws:iam::{PROD}:saml-provider/TestIdp"]},
            NO_PAIR,
            id="another-role",
        ),
        pytest.param(
            {"roles": [f"arn:aws:iam::{PROD}:role/Reader,arn:aws:iam::{PROD}:saml-provider/Other"]},
            NO_PAIR,
            id="another-provider",
        ),
        pytest.param({"session_name": None}, NO_NAME, id="no-session-name"),
        pytest.param({"session_name": []}, NO_NAME, id="session-name-without-value"),
        pytest.param({"session_name": ["a"]}, BAD_NAME, id="session-name-too-short"),
        pytest.param({"session_name": ["a" * 65]}, BAD_NAME, id="session-name-too-long"),
        pytest.param({"session_name": ["with space"]}, BAD_NAME, id="session-name-with-space"),
        pytest.param({"session_name": ["jürgen"]}, BAD_NAME, id="session-name-not-ascii"),
        pytest.param({"session_name": ["alice", "bob"]}, BAD_NAME, id="two-session-names"),
        pytest.param({"issuer": "https://other.example.com"}, BAD_ISSUER, id="issuer"),
        pytest.param({"response_issuer": "https://other.example.com"}, BAD_ISSUER, id="response-issuer"),
        pytest.param({"subject": None}, DENIED, id="no-name-id"),
        pytest.param({"subject": ""}, DENIED, id="empty-name-id"),
        pytest.param({"recipients": []}, DENIED, id="no-confirmation"),
        pytest.param({"recipients": [RECIPIENT, RECIPIENT]}, DENIED, id="two-confirmations"),
        pytest.param({"recipients": [None]}, DENIED, id="no-recipient"),
        pytest.param({"recipients": ["https://signin.aws.amazon.com/saml/"]}, DENIED, id="recipient-with-slash"),
        pytest.param({"recipients": ["https://evil.example.com/saml"]}, DENIED, id="another-recipient"),
        pytest.param(
            {"recipients": ["https://signin.amazonaws-us-gov.com/saml"]}, DENIED, id="recipient-of-another-partition"
        ),
        pytest.param(
            {"recipients": ["https://us-gov-west-1.signin.aws.amazon.com/saml"]},
            DENIED,
            id="region-of-another-partition",
        ),
        pytest.param({"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, DENIED, id="not-bearer"),
        pytest.param({"confirmation_end": False}, DENIED, id="confirmation-without-end"),
        pytest.param({"audiences": None}, BAD_AUDIENCE, id="no-audience"),
        pytest.param({"audiences": []}, BAD_AUDIENCE, id="empty-audience"),
        pytest.param(
            {"audiences": ["urn:amazon:webservices:govcloud"]}, BAD_AUDIENCE, id="audience-of-another-partition"
        ),
        pytest.param(
            {"issued": timedelta(minutes=-6), "not_on_or_after": timedelta(hours=1)},
            TOO_OLD,
            id="issued-six-minutes-ago",
        ),
        pytest.param({"not_on_or_after": timedelta(seconds=-1)}, EXPIRED, id="conditions-over"),
        pytest.param({"session_end": timedelta(seconds=-1)}, EXPIRED, id="session-over"),
        pytest.param(
            {"not_before": timedelta(minutes=2)},
            ("InvalidIdentityToken", "Response is not yet valid", 400),
            id="not-yet",
        ),
        pytest.param(
            {"issued": timedelta(minutes=2)},
            ("InvalidIdentityToken", "Response is not yet valid", 400),
            id="issued-in-future",
        ),
        pytest.param({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, BAD_BASE64, id="status-not-success"),
        pytest.param({"sign_assertion": False}, BAD_SIGNATURE, id="not-signed"),
        pytest.param({"sign_assertion": False, "sign_response": True}, BAD_SIGNATURE, id="only-the-response-signed"),
        pytest.param({"algorithm": "rsa-sha1", "digest": "sha1"}, BAD_SIGNATURE, id="sha1"),
        pytest.param({"assertion_id": "_same", "response_id": "_same"}, BAD_SIGNATURE, id="one-id-twice"),
        pytest.param(attribute("SourceIdentity", "a b"), BAD_IDENTITY, id="source-identity-with-space"),
        pytest.param(attribute("SourceIdentity", "aws:alice"), BAD_IDENTITY, id="source-identity-of-aws"),
        pytest.param(attribute("SourceIdentity", "alice", "bob"), BAD_IDENTITY, id="two-source-identities"),
        pytest.param(attribute("PrincipalTag:team", "x" * 257), BAD_TAGS, id="tag-value-too-long"),
        pytest.param(attribute("PrincipalTag:" + "k" * 129, "x"), BAD_TAGS, id="tag-key-too-long"),
        pytest.param(attribute("PrincipalTag:team", "a", "b"), BAD_TAGS, id="tag-with-two-values"),
        pytest.param(attribute("PrincipalTag:team", "a{b}"), BAD_TAGS, id="tag-charset"),
        pytest.param(
            {"attributes": {f"{ATTRIBUTES}PrincipalTag:Team": ["a"], f"{ATTRIBUTES}PrincipalTag:team": ["b"]}},
            BAD_TAGS,
            id="tag-twice",
        ),
        pytest.param(
            {"attributes": {f"{ATTRIBUTES}PrincipalTag:t{n}": ["v"] for n in range(51)}}, BAD_TAGS, id="51-tags"
        ),
    ],
)
def test_a_wrong_assertion_is_refused_in_awss_words(cloud, refused, changes, expected):
    assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **changes)) == expected


def test_a_transitive_key_without_its_tag_is_refused(cloud, refused):
    code, _, status = refused(
        cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("TransitiveTagKeys", "team"))
    )
    assert (code, status) == ("ValidationError", 400)


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        ("899", "greater than or equal to 900"),
        ("43201", "less than or equal to 43200"),
        ("-1", "greater than or equal to 900"),
    ],
)
def test_a_session_duration_outside_its_bounds_is_refused(cloud, refused, value, bound):
    code, message, _ = refused(
        cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("SessionDuration", value))
    )
    assert code == "ValidationError"
    assert message == (
        f"1 validation error detected: Value '{value}' at 'durationSeconds' failed to satisfy constraint: Member must have value {bound}"
    )


def test_a_session_duration_that_is_no_number_is_refused(cloud, refused):
    for value in ("1h", "3600.5", " 3600"):
        assert (
            refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("SessionDuration", value)))[2]
            == 400
        )


def seconds_left(answer: dict) -> float:
    return (answer["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds()


def test_the_shortest_of_all_durations_counts(cloud):
    plain = cloud.idp.response(cloud.spec())
    assert abs(seconds_left(cloud.assume_with_saml(plain)) - 3600) < 10
    assert abs(seconds_left(cloud.assume_with_saml(plain, DurationSeconds=7200)) - 7200) < 10
    shorter = cloud.idp.response(cloud.spec(), **attribute("SessionDuration", "1800"))
    assert abs(seconds_left(cloud.assume_with_saml(shorter, DurationSeconds=7200)) - 1800) < 10
    ends = cloud.idp.response(cloud.spec(), session_end=timedelta(minutes=20))
    assert abs(seconds_left(cloud.assume_with_saml(ends, DurationSeconds=7200)) - 1200) < 10


def test_a_duration_beyond_the_roles_maximum_is_refused(cloud, refused):
    assertion = cloud.idp.response(cloud.spec())
    assert refused(cloud.assume_with_saml, assertion, DurationSeconds=7201) == TOO_LONG_FOR_ROLE
    assert refused(cloud.assume_with_saml, assertion, DurationSeconds=43201)[0] == "ValidationError"
    assert refused(cloud.assume_with_saml, assertion, DurationSeconds=899)[0] == "ValidationError"


def test_time_passing_ends_assertion_and_credentials(cloud, refused):
    assertion = cloud.idp.response(cloud.spec(), not_on_or_after=timedelta(hours=1))
    credentials = cloud.assume_with_saml(assertion)["Credentials"]
    cloud.control("POST", "clock", {"offset_seconds": 301})
    assert refused(cloud.assume_with_saml, assertion) == TOO_OLD
    cloud.control("POST", "clock", {"offset_seconds": 3601})
    who = cloud.client("sts", credentials=credentials).get_caller_identity
    assert refused(who) == ("ExpiredToken", "The security token included in the request is expired", 403)


def test_what_is_not_a_response_is_refused(cloud, refused):
    for text in ("!!!!", encode(b"not xml"), encode(b"<a/>"), encode(b"<Response/>")):
        assert refused(cloud.assume_with_saml, text) == BAD_BASE64


def test_a_document_type_is_refused(cloud, refused):
    document = base64.b64decode(cloud.idp.response(cloud.spec()))
    for doctype in (b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY e "v">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'):
        assert refused(cloud.assume_with_saml, encode(doctype + document)) == BAD_BASE64


def test_an_assertion_over_100000_characters_is_refused(cloud, refused):
    spec = cloud.spec(attributes={"filler": ["x" * 76_000]})
    code, message, status = refused(cloud.assume_with_saml, cloud.idp.response(spec))
    assert (code, status) == ("ValidationError", 400)
    assert message.endswith(
        "'sAMLAssertion' failed to satisfy constraint: Member must have length less than or equal to 100000"
    )


def test_a_provider_that_does_not_exist_is_named(cloud, refused):
    assertion = cloud.idp.response(cloud.spec())
    for arn in (
        cloud.provider(name="Other"),
        cloud.provider(account="999999999999"),
        cloud.provider().replace("aws", "aws-cn"),
    ):
        assert refused(cloud.assume_with_saml, assertion, PrincipalArn=arn) == NO_PROVIDER


def test_a_key_outside_the_metadata_is_refused(cloud, refused, other_key):
    assert refused(cloud.assume_with_saml, Idp(ENTITY, other_key).response(cloud.spec())) == BAD_SIGNATURE


def test_every_key_in_the_metadata_is_taken(cloud, other_key):
    cloud.seed(metadata={"TestIdp": cloud.idp.metadata(other_key)})
    assert cloud.assume_with_saml(cloud.idp.response(cloud.spec()))
    assert cloud.assume_with_saml(Idp(ENTITY, other_key).response(cloud.spec()))


def test_the_certificates_own_dates_do_not_count(cloud, key):

    old = Key.make(days=-1, began_days_ago=10)
    cloud.seed(metadata={"TestIdp": Idp(ENTITY, old).metadata()})
    assert cloud.assume_with_saml(Idp(ENTITY, old).response(cloud.spec()))


def test_updated_metadata_decides_at_once(cloud, refused, other_key):
    assertion = cloud.idp.response(cloud.spec())
    assert cloud.assume_with_saml(assertion)
    iam = cloud.client("iam", PROD)
    iam.update_saml_provider(SAMLProviderArn=cloud.provider(), SAMLMetadataDocument=Idp(ENTITY, other_key).metadata())
    assert refused(cloud.assume_with_saml, assertion) == BAD_SIGNATURE
    iam.delete_saml_provider(SAMLProviderArn=cloud.provider())
    assert refused(cloud.assume_with_saml, assertion) == NO_PROVIDER


def test_any_change_below_the_signature_is_seen(cloud, refused):
    document = base64.b64decode(cloud.idp.response(cloud.spec()))
    for old, new in (
        (b">alice@example.com<", b">bobby@example.com<"),
        (b"role/Reader", b"role/Role01"),
        (b"2.0:cm:bearer", b"2.0:cm:Bearer"),
    ):
        assert old in document
        assert refused(cloud.assume_with_saml, encode(document.replace(old, new)))[0] == "InvalidIdentityToken"


def test_a_tampered_response_around_a_good_assertion_is_seen_when_it_is_signed(cloud, refused):
    document = base64.b64decode(cloud.idp.response(cloud.spec(), sign_response=True))
    assert refused(cloud.assume_with_saml, encode(document.replace(b"Destination=", b"InResponseTo="))) == BAD_SIGNATURE


def test_a_comment_inside_the_subject_does_not_shorten_it(cloud):
    answer = cloud.assume_with_saml(cloud.idp.response(cloud.spec(), subject="alice@example.com<!-- -->.evil.example"))
    assert answer["Subject"] == "alice@example.com.evil.example"


class TestWrapping:
    """A signed assertion moved aside, an unsigned one put where it stood."""

    def parts(self, cloud):
        response = cloud.idp.document(cloud.spec())
        signed = response.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
        return response, signed, evil_copy(signed, "mallory@example.com", "_evil")

    def test_a_second_assertion_before_the_signed_one_is_refused(self, cloud, refused):
        response, signed, evil = self.parts(cloud)
        signed.addprevious(evil)
        assert refused(cloud.assume_with_saml, encode(response)) == BAD_BASE64

    def test_the_signed_assertion_inside_the_evil_one_is_refused(self, cloud, refused):
        response, signed, evil = self.parts(cloud)
        response.replace(signed, evil)
        evil.append(signed)
        assert refused(cloud.assume_with_saml, encode(response)) == BAD_BASE64

    def test_the_evil_assertion_with_the_signature_of_the_hidden_one_is_refused(self, cloud, refused):
        response, signed, evil = self.parts(cloud)
        signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
        signed.remove(signature)
        response.replace(signed, evil)
        evil.insert(1, signature)
        signature.append(signed)
        assert refused(cloud.assume_with_saml, encode(response))[0] == "InvalidIdentityToken"


class TestTrust:
    """What the role's own trust policy says."""

    def trust(self, cloud, trust, **role):
        cloud.seed({"accounts": [{"id": PROD, "roles": [{"name": "Reader", "trust": trust, **role}]}]})

    @pytest.mark.parametrize(
        "trust",
        [
            pytest.param(saml_trust(provider="Other"), id="another-provider"),
            pytest.param(saml_trust(actions=["sts:TagSession"]), id="no-action"),
            pytest.param(
                saml_trust({"StringEquals": {"SAML:aud": "https://eu-west-1.signin.aws.amazon.com/saml"}}),
                id="another-audience",
            ),
            pytest.param(saml_trust({"StringEquals": {"SAML:sub": "bob@example.com"}}), id="another-subject"),
            pytest.param(saml_trust({"StringEquals": {"SAML:iss": "https://other.example.com"}}), id="another-issuer"),
            pytest.param(saml_trust({"StringEquals": {"SAML:sub_type": "transient"}}), id="another-subject-type"),
            pytest.param(saml_trust({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), id="another-network"),
            pytest.param(saml_trust({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}), id="over"),
            pytest.param(saml_trust({"StringEquals": {"aws:RequestTag/team": "web"}}), id="tag-not-sent"),
            pytest.param(saml_trust({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}), id="no-tag-keys"),
            pytest.param(saml_trust({"StringNotEquals": {"saml:aud": RECIPIENT}}), id="negated"),
            pytest.param({"Version": "2012-10-17", "Statement": []}, id="empty"),
            pytest.param(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:*"}]},
                id="star",
            ),
            pytest.param(
                {
                    "Version": "2012-10-17",
                    "Statement": [*saml_trust()["Statement"], {**saml_trust({})["Statement"][0], "Effect": "Deny"}],
                },
                id="deny-wins",
            ),
        ],
    )
    def test_a_role_that_does_not_trust_the_sign_in_is_refused(self, cloud, refused, trust):
        self.trust(cloud, trust)
        assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec())) == DENIED

    @pytest.mark.parametrize(
        "trust",
        [
            pytest.param(saml_trust({}), id="no-condition"),
            pytest.param(saml_trust({"StringLike": {"saml:aud": "https://signin.aws.amazon.com/*"}}), id="like"),
            pytest.param(saml_trust({"StringEqualsIgnoreCase": {"SAML:SUB": "ALICE@EXAMPLE.COM"}}), id="ignoring-case"),
            pytest.param(saml_trust({"StringEqualsIfExists": {"saml:cn": "x"}}), id="if-exists"),
            pytest.param(saml_trust({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}), id="for-all-of-none"),
            pytest.param(saml_trust({"Null": {"sts:SourceIdentity": "true"}}), id="null"),
            pytest.param(
                saml_trust({"StringEquals": {"saml:doc": f"{PROD}/TestIdp", "saml:sub_type": "persistent"}}), id="doc"
            ),
            pytest.param(saml_trust({"StringEquals": {"sts:RoleSessionName": "${saml:sub}"}}), id="variable"),
            pytest.param(saml_trust({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), id="network"),
            pytest.param(saml_trust(actions=["STS:assumerole*"]), id="wildcard-action"),
        ],
    )
    def test_a_role_that_trusts_the_sign_in_lets_it_in(self, cloud, trust):
        self.trust(cloud, trust)
        assert cloud.assume_with_saml(cloud.idp.response(cloud.spec()))

    def test_tags_need_tag_session(self, cloud, refused):
        self.trust(cloud, saml_trust(actions=["sts:AssumeRoleWithSAML"]))
        assert (
            refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("PrincipalTag:team", "web")))
            == DENIED
        )

    def test_a_source_identity_needs_set_source_identity(self, cloud, refused):
        self.trust(cloud, saml_trust(actions=["sts:AssumeRoleWithSAML", "sts:TagSession"]))
        assert (
            refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("SourceIdentity", "alice")))
            == DENIED
        )

    def test_tags_reach_the_conditions(self, cloud, refused):
        self.trust(cloud, saml_trust({"StringEquals": {"aws:RequestTag/team": "web"}}))
        assert cloud.assume_with_saml(cloud.idp.response(cloud.spec(), **attribute("PrincipalTag:team", "web")))
        assert (
            refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(), **attribute("PrincipalTag:team", "data")))
            == DENIED
        )

    def test_a_role_that_does_not_exist_is_refused_without_a_hint(self, cloud, refused):
        for name in ("Nobody", "reader"):
            assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(name)), name) == DENIED

    def test_a_path_is_part_of_the_arn(self, cloud, refused):
        self.trust(cloud, saml_trust(), path="/team/")
        assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec())) == DENIED
        with_path = cloud.role("Reader", path="/team/")
        spec = Spec(roles=[f"{with_path},{cloud.provider()}"])
        assert cloud.assume_with_saml(cloud.idp.response(spec), RoleArn=with_path)

    def test_roles_of_identity_center_are_refused(self, cloud, refused):
        name = "AWSReservedSSO_Admin_0123456789abcdef"
        cloud.seed({"accounts": [{"id": PROD, "roles": [{"name": name, "trust": saml_trust()}]}]})
        assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec(name)), name) == DENIED

    def test_a_provider_of_another_account_opens_nothing(self, cloud, refused):

        pair = f"{cloud.role('Reader')},{cloud.provider(HUB)}"
        assertion = cloud.idp.response(cloud.spec(roles=[pair]))
        assert refused(cloud.assume_with_saml, assertion, PrincipalArn=cloud.provider(HUB)) == DENIED

    def test_a_suspended_account_is_refused(self, cloud, refused):
        cloud.seed({"accounts": [{"id": PROD, "state": "SUSPENDED"}]})
        assert refused(cloud.assume_with_saml, cloud.idp.response(cloud.spec())) == DENIED
