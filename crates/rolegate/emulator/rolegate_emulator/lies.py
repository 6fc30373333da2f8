"""Well-formed answers with absurd contents, made out of the true ones."""

import json
import re
from collections.abc import Callable

from .wire import Response

FOREIGN = "999999999999"


def foreign_account(text: str) -> str:
    """ARNs of an account that nobody asked about."""
    return re.sub(r"(:(?:iam|sts|organizations)::)\d{12}", rf"\g<1>{FOREIGN}", text)


def illegal_name(text: str) -> str:
    """A first role whose name IAM could never have given."""
    text = re.sub(r"<RoleName>[^<]*</RoleName>", "<RoleName>evil role/&lt;script&gt;</RoleName>", text, count=1)
    return re.sub(r"(<Arn>arn:[^<]*:role/)[^<]*</Arn>", r"\1evil role/&lt;script&gt;</Arn>", text, count=1)


def truncated_without_marker(text: str) -> str:
    """More to come, and no way to ask for it."""
    return re.sub(r"<Marker>[^<]*</Marker>", "", set_truncated(text))


def same_marker(text: str) -> str:
    """More to come for ever, at the same place."""
    text = re.sub(r"<Marker>[^<]*</Marker>", "", set_truncated(text))
    return text.replace(
        "<IsTruncated>true</IsTruncated>", "<IsTruncated>true</IsTruncated><Marker>YWZ0ZXI6QUFBQQ==</Marker>"
    )


def set_truncated(text: str) -> str:
    """Says that the list goes on."""
    return re.sub(r"<IsTruncated>\w+</IsTruncated>", "<IsTruncated>true</IsTruncated>", text)


def duplicate_roles(text: str) -> str:
    """Every role twice."""
    return re.sub(r"<Roles>(.*)</Roles>", r"<Roles>\1\1</Roles>", text, flags=re.DOTALL)


def bad_trust(text: str) -> str:
    """Trust policies that are no JSON."""
    tag = "AssumeRolePolicyDocument"
    return re.sub(rf"<{tag}>[^<]*</{tag}>", f"<{tag}>%7Bnot%20json</{tag}>", text)


def huge_duration(text: str) -> str:
    """Sessions that would last for years."""
    tag = "MaxSessionDuration"
    return re.sub(rf"<{tag}>\d+</{tag}>", f"<{tag}>2147483647</{tag}>", text)


def bad_alias(text: str) -> str:
    """An alias with markup."""
    return re.sub(r"<member>[^<]*</member>", "<member>&lt;b&gt;BAD alias!!&lt;/b&gt;</member>", text)


def expired_credentials(text: str) -> str:
    """Credentials that ended in the last century."""
    return re.sub(r"<Expiration>[^<]*</Expiration>", "<Expiration>1999-12-31T23:59:59Z</Expiration>", text)


def no_credentials(text: str) -> str:
    """A success without credentials."""
    return re.sub(r"<Credentials>.*</Credentials>", "", text, flags=re.DOTALL)


def wrong_account_ids(text: str) -> str:
    """Accounts with ids that are none."""
    page = json.loads(text)
    for number, account in enumerate(page.get("Accounts", [])):
        account["Id"] = f"not-an-id-{number}"
    return json.dumps(page)


def same_token(text: str) -> str:
    """A page of accounts that always names the same next one."""
    return json.dumps({**json.loads(text), "NextToken": "MTExMTExMTExMTEx"})


VARIANTS: dict[str, Callable[[str], str]] = {
    one.__name__: one
    for one in (
        foreign_account,
        illegal_name,
        truncated_without_marker,
        same_marker,
        duplicate_roles,
        bad_trust,
        huge_duration,
        bad_alias,
        expired_credentials,
        no_credentials,
        wrong_account_ids,
        same_token,
    )
}


def tell(variant: str, truth: Response) -> Response:
    """The true answer bent by a variant; a refusal stays what it is."""
    if truth.status != 200:
        return truth
    return Response(VARIANTS[variant](truth.body.decode()).encode(), truth.content_type, truth.status, truth.headers)
