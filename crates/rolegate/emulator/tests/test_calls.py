"""Who may call: signatures, keys, partitions, permissions, and the protocol that a refusal is written in."""

import datetime
import http.client

import boto3
import botocore.auth
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import GOV, HUB, LONELY, ONCE, PROD, key_of, secret_of

UNKNOWN = ("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def client(cloud, service, key, secret, region="us-east-1", token=None):
    return boto3.client(
        service,
        endpoint_url=cloud.url,
        region_name=region,
        config=ONCE,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def test_a_user_is_recognised(cloud):
    who = cloud.client("sts", HUB).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (HUB, f"arn:aws:iam::{HUB}:user/admin")


def test_an_unknown_key_is_refused(cloud, refused):
    assert refused(client(cloud, "sts", "AKIANOBODY0000000000", "x" * 40).get_caller_identity) == UNKNOWN
    assert refused(client(cloud, "iam", "AKIANOBODY0000000000", "x" * 40).list_roles) == UNKNOWN


def test_a_wrong_secret_is_refused(cloud, refused):
    code, message, status = refused(client(cloud, "sts", key_of(HUB), "wrong").get_caller_identity)
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_json_services_use_their_own_codes(cloud, refused):
    assert (
        refused(client(cloud, "organizations", "AKIANOBODY0000000000", "x").list_accounts)[0]
        == "UnrecognizedClientException"
    )
    assert refused(client(cloud, "organizations", key_of(HUB), "x").list_accounts)[0] == "InvalidSignatureException"
    code, _, status = refused(client(cloud, "account", key_of(HUB), "x").get_account_information)
    assert (code, status) == ("InvalidSignatureException", 403)


def test_a_call_without_signature_is_refused(cloud, refused):
    assert refused(cloud.client("sts").get_caller_identity) == (
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
        403,
    )


@pytest.mark.parametrize(
    ("account", "region"), [(HUB, "us-gov-west-1"), (GOV, "us-east-1"), (HUB, "cn-north-1"), (HUB, "mars-north-1")]
)
def test_a_key_of_one_partition_is_unknown_in_another(cloud, refused, account, region):
    assert refused(cloud.client("sts", account, region=region).get_caller_identity) == UNKNOWN


def test_a_gov_key_works_in_gov(cloud):
    assert cloud.client("sts", GOV).get_caller_identity()["Arn"] == f"arn:aws-us-gov:iam::{GOV}:user/admin"


def test_a_changed_session_token_is_refused(cloud, refused):
    issued = cloud.client("sts", HUB).assume_role(RoleArn=cloud.role("Open"), RoleSessionName="test")["Credentials"]
    for token in (issued["SessionToken"][:-1], None):
        who = client(cloud, "sts", issued["AccessKeyId"], issued["SecretAccessKey"], token=token).get_caller_identity
        assert refused(who) == UNKNOWN


def signed_request(cloud, body=b"Action=GetCallerIdentity&Version=2011-06-15", path="/"):
    request = AWSRequest(
        "POST", cloud.url + path, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    SigV4Auth(Credentials(key_of(HUB), secret_of(HUB)), "sts", "us-east-1").add_auth(request)
    return request.prepare()


def test_a_changed_body_or_header_breaks_the_signature(cloud):
    good = signed_request(cloud)
    assert requests.post(good.url, data=good.body, headers=dict(good.headers), timeout=60).status_code == 200
    bad = requests.post(good.url, data=good.body + b"&x=1", headers=dict(good.headers), timeout=60)
    assert (bad.status_code, "SignatureDoesNotMatch" in bad.text) == (403, True)
    headers = {**good.headers, "X-Amz-Date": (datetime.datetime.now(datetime.UTC)).strftime("%Y%m%dT000000Z")}
    assert requests.post(good.url, data=good.body, headers=headers, timeout=60).status_code == 403


def test_an_old_signature_is_refused(cloud, monkeypatch):

    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=6)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: past.replace(tzinfo=None))
    old = signed_request(cloud)
    answer = requests.post(old.url, data=old.body, headers=dict(old.headers), timeout=60)
    assert answer.status_code == 403
    assert "Signature expired" in answer.text or "Date in Credential scope" in answer.text


def test_half_an_authorization_header_is_refused(cloud):
    answer = requests.post(
        cloud.url,
        data={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sts/aws4_request"},
        timeout=60,
    )
    assert (answer.status_code, "<Code>IncompleteSignature</Code>" in answer.text) == (400, True)


def test_a_suspended_accounts_key_is_refused(cloud, refused):
    cloud.seed({"accounts": [{"id": PROD, "state": "SUSPENDED"}]})
    assert refused(cloud.client("iam", PROD).list_roles) == UNKNOWN


def test_an_action_without_permission_is_refused_in_awss_words(cloud, refused):
    bob = client(cloud, "iam", "AKIATESTBOB000000001", "secret+of+bob+who+may+do+very+little+++++")
    assert refused(bob.list_roles) == (
        "AccessDenied",
        f"User: arn:aws:iam::{HUB}:user/bob is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::{HUB}:role/"
        " because no identity-based policy allows the iam:ListRoles action",
        403,
    )
    who = client(
        cloud, "sts", "AKIATESTBOB000000001", "secret+of+bob+who+may+do+very+little+++++"
    ).get_caller_identity()
    assert who["Arn"].endswith("user/bob")


def test_a_sessions_rights_are_those_of_its_role(cloud, refused):
    issued = cloud.client("sts", HUB).assume_role(
        RoleArn=cloud.role("Crossing"), RoleSessionName="reads", ExternalId="right-id"
    )
    iam = cloud.client("iam", credentials=issued["Credentials"])
    assert iam.list_roles()["Roles"]
    code, message, _ = refused(iam.list_account_aliases)
    assert code == "AccessDenied"
    assert message.startswith(
        f"User: arn:aws:sts::{PROD}:assumed-role/Crossing/reads is not authorized to perform: iam:ListAccountAliases"
    )


def test_an_explicit_deny_is_said_so(cloud, refused):
    iam = cloud.client("iam", HUB)
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListRoles","Resource":"*"}]}'
    iam.put_user_policy(UserName="admin", PolicyName="no", PolicyDocument=deny)
    assert refused(iam.list_roles)[1].endswith("with an explicit deny in an identity-based policy")


def test_a_key_made_through_the_api_works_until_it_is_deleted(cloud, refused):
    iam = cloud.client("iam", LONELY)
    iam.create_user(UserName="carol")
    key = iam.create_access_key(UserName="carol")["AccessKey"]
    sts = client(cloud, "sts", key["AccessKeyId"], key["SecretAccessKey"])
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{LONELY}:user/carol"
    iam.delete_access_key(UserName="carol", AccessKeyId=key["AccessKeyId"])
    assert refused(sts.get_caller_identity) == UNKNOWN


def test_the_account_header_of_moto_opens_nothing(cloud):
    answer = requests.post(
        cloud.url,
        data={"Action": "ListRoles", "Version": "2010-05-08"},
        headers={"x-moto-account-id": PROD},
        timeout=60,
    )
    assert answer.status_code == 403
    for path in ("/moto-api/reset", "/moto-api/data.json"):
        assert requests.get(cloud.url + path, timeout=60).status_code == 404


def test_unknown_actions_and_services_are_refused(cloud, refused):
    assert refused(cloud.client("sts", HUB).get_session_token)[0] == "InvalidAction"
    assert refused(cloud.client("cognito-idp", HUB).list_user_pools, MaxResults=1)[0] == "UnknownOperationException"


def test_connections_are_kept_alive(cloud):

    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"), timeout=60)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/__emulator/state")
        answer = connection.getresponse()
        assert (answer.version, answer.getheader("Connection")) == (11, None)
        answer.read()
        sockets.add(id(connection.sock))
    assert len(sockets) == 1 and None not in sockets
    connection.close()
