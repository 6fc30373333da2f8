"""Faults on request, as a client meets them."""

import http.client
import threading
import time

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError
from conftest import HUB, LONELY, ONCE, PROD


def test_a_fault_counts_down_and_is_gone(cloud, refused):
    cloud.faults({"action": "ListRoles", "fault": "Throttling", "times": 2})
    iam = cloud.client("iam", PROD)
    for _ in range(2):
        assert refused(iam.list_roles) == ("Throttling", "Rate exceeded", 400)
    assert iam.list_roles()["Roles"]
    report = cloud.control("GET", "faults")
    assert report["rules"][0]["times"] == 0
    assert (report["calls"]["ListRoles"], report["calls_by_account"]["ListRoles"]) == (3, {PROD: 3})


def test_an_sdk_retries_throttling_and_gets_through(cloud):
    cloud.faults({"action": "ListRoles", "fault": "Throttling", "times": 2})
    patient = Config(retries={"mode": "standard", "total_max_attempts": 4})
    assert cloud.client("iam", PROD, config=patient).list_roles()["Roles"]


def test_a_fault_for_ever_stays_until_it_is_cleared(cloud, refused):
    cloud.faults({"action": "*", "fault": "ServiceUnavailable", "times": -1})
    for _ in range(3):
        assert refused(cloud.client("sts", HUB).get_caller_identity)[::2] == ("ServiceUnavailable", 503)
    cloud.control("DELETE", "faults")
    assert cloud.client("sts", HUB).get_caller_identity()


def test_a_fault_may_be_for_one_account_or_role(cloud, refused):
    cloud.faults(
        {"action": "ListRoles", "account": PROD, "fault": "AccessDenied", "times": -1},
        {"action": "AssumeRole", "arn_contains": "/Open", "fault": "ExpiredToken", "times": -1},
    )
    assert refused(cloud.client("iam", PROD).list_roles)[::2] == ("AccessDenied", 403)
    assert cloud.client("iam", LONELY).list_roles()["Roles"]
    sts = cloud.client("sts", HUB)
    assert refused(sts.assume_role, RoleArn=cloud.role("Open"), RoleSessionName="test")[::2] == ("ExpiredToken", 403)
    assert sts.assume_role(RoleArn=cloud.role("Crossing"), RoleSessionName="test", ExternalId="right-id")


def test_the_account_of_an_assume_role_is_that_of_the_role(cloud, refused):
    cloud.faults({"action": "AssumeRole", "account": PROD, "fault": "Throttling", "times": -1})
    assert (
        refused(cloud.client("sts", HUB).assume_role, RoleArn=cloud.role("Open"), RoleSessionName="test")[0]
        == "Throttling"
    )


def test_faults_speak_the_services_protocol(cloud, refused):
    cloud.faults(
        {"action": "ListAccounts", "fault": "Throttling", "times": -1},
        {"action": "GetAccountInformation", "fault": "Throttling", "times": -1},
    )
    assert refused(cloud.client("organizations", HUB).list_accounts)[0] == "TooManyRequestsException"
    assert refused(cloud.client("account", HUB).get_account_information)[::2] == ("TooManyRequestsException", 429)


def test_bad_syntax_html_and_any_code(cloud, refused):
    iam = cloud.client("iam", PROD)
    cloud.faults({"action": "ListRoles", "fault": "badxml"})
    with pytest.raises(ResponseParserError):
        iam.list_roles()
    cloud.faults({"action": "ListRoles", "fault": "html"})
    with pytest.raises((ResponseParserError, ClientError)):
        iam.list_roles()
    cloud.faults({"action": "ListRoles", "fault": "ConcurrentModification", "status": 409, "message": "Try again"})
    assert refused(iam.list_roles) == ("ConcurrentModification", "Try again", 409)


def test_a_reset_and_a_truncated_answer_break_the_connection(cloud):
    cloud.faults({"action": "ListRoles", "fault": "reset"})
    with pytest.raises((ConnectionClosedError, BotoCoreError)):
        cloud.client("iam", PROD).list_roles()
    cloud.faults({"action": "ListRoles", "fault": "truncate"})
    with pytest.raises((BotoCoreError, ResponseParserError)):
        cloud.client("iam", PROD).list_roles()
    assert cloud.client("iam", PROD).list_roles()["Roles"]


def test_a_delay_delays(cloud):
    cloud.faults({"action": "ListRoles", "fault": "delay", "delay": 0.4})
    started = time.monotonic()
    assert cloud.client("iam", PROD).list_roles()["Roles"]
    assert time.monotonic() - started >= 0.4


def test_a_hang_holds_nobody_else(cloud):
    cloud.faults({"action": "ListRoles", "account": PROD, "fault": "hang", "times": -1})
    impatient = ONCE.merge(Config(read_timeout=0.5))
    hung = [
        threading.Thread(
            target=lambda: pytest.raises(BotoCoreError, cloud.client("iam", PROD, config=impatient).list_roles)
        )
        for _ in range(8)
    ]
    for one in hung:
        one.start()
    assert cloud.client("iam", LONELY).list_roles()["Roles"]
    for one in hung:
        one.join()


def test_a_hang_ends_after_its_seconds(cloud):
    cloud.faults({"action": "ListRoles", "fault": "hang", "seconds": 0.2})
    with pytest.raises(BotoCoreError):
        cloud.client("iam", PROD).list_roles()


def test_a_probability_of_zero_never_strikes(cloud):
    cloud.faults({"action": "*", "fault": "Throttling", "times": -1, "prob": 0})
    assert cloud.client("iam", PROD).list_roles()["Roles"]


@pytest.mark.parametrize(
    ("variant", "seen"),
    [
        ("foreign_account", lambda page: all(":999999999999:" in role["Arn"] for role in page["Roles"])),
        ("illegal_name", lambda page: page["Roles"][0]["RoleName"] == "evil role/<script>"),
        ("truncated_without_marker", lambda page: page["IsTruncated"] and "Marker" not in page),
        ("same_marker", lambda page: page["IsTruncated"] and page["Marker"] == "YWZ0ZXI6QUFBQQ=="),
        ("duplicate_roles", lambda page: len(page["Roles"]) == 46),
        ("bad_trust", lambda page: page["Roles"][0]["AssumeRolePolicyDocument"] == "%7Bnot%20json"),
        ("huge_duration", lambda page: page["Roles"][0]["MaxSessionDuration"] == 2147483647),
    ],
)
def test_lies_about_roles(cloud, variant, seen):
    cloud.faults({"action": "ListRoles", "fault": "lie", "variant": variant})
    assert seen(cloud.client("iam", PROD).list_roles())


def test_lies_about_the_rest(cloud):
    cloud.faults(
        {"action": "ListAccountAliases", "fault": "lie", "variant": "bad_alias"},
        {"action": "AssumeRole", "fault": "lie", "variant": "expired_credentials"},
        {"action": "AssumeRole", "fault": "lie", "variant": "no_credentials"},
        {"action": "ListAccounts", "fault": "lie", "variant": "wrong_account_ids"},
        {"action": "ListAccounts", "fault": "lie", "variant": "same_token"},
    )
    assert cloud.client("iam", PROD).list_account_aliases()["AccountAliases"] == ["<b>BAD alias!!</b>"]
    sts = cloud.client("sts", HUB)
    assert sts.assume_role(RoleArn=cloud.role("Open"), RoleSessionName="test")["Credentials"]["Expiration"].year == 1999
    assert "Credentials" not in sts.assume_role(RoleArn=cloud.role("Open"), RoleSessionName="test")
    organizations = cloud.client("organizations", HUB)
    assert organizations.list_accounts()["Accounts"][0]["Id"] == "not-an-id-0"
    assert organizations.list_accounts()["NextToken"]


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "ListRoles"},
        {"fault": "html"},
        {"action": "*", "fault": "nonsense"},
        {"action": "*", "fault": "lie"},
        {"action": "*", "fault": "html", "acount": PROD},
    ],
)
def test_a_rule_that_means_nothing_is_refused(cloud, rule):
    answer = requests.post(f"{cloud.url}/__emulator/faults", json=[rule], timeout=60)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert cloud.control("GET", "faults")["rules"] == []


def test_the_sign_in_page_can_fail_too(cloud):
    cloud.faults(
        {"action": "SignIn", "fault": "ServiceUnavailable", "status": 503}, {"action": "SignIn", "fault": "reset"}
    )
    assertion = cloud.idp.response(cloud.spec(), recipients=[f"{cloud.url}/saml"])
    assert cloud.sign_in(assertion).status_code == 503
    with pytest.raises((requests.ConnectionError, http.client.HTTPException)):
        cloud.sign_in(assertion)
    assert cloud.sign_in(assertion).status_code == 200
