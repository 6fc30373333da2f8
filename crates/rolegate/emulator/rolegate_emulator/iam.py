"""IAM: permission first, then our rules, then moto. Listing roles and tagging providers are answered here."""

import base64
from datetime import timedelta
from functools import lru_cache
from urllib.parse import quote

from .callers import Caller
from .cloud import Account, Cloud
from .conditions import Context
from .constraints import number_between
from .iam_rules import CHECKS
from .moto_iam import Moto
from .policies import require
from .saml import provider_uuid
from .saml_metadata import valid_until
from .wire import AwsError, Call, Response, answer, query_answer, timestamp, xml_of

HUNDRED_YEARS = timedelta(days=36525)


class Iam:
    """The IAM service."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.moto = Moto()
        self.own = {
            "ListRoles": self.list_roles,
            "GetSAMLProvider": self.describe_provider,
            "ListSAMLProviders": self.list_providers,
            "TagSAMLProvider": self.tag_provider,
            "UntagSAMLProvider": self.untag_provider,
            "ListSAMLProviderTags": self.list_provider_tags,
        }

    def serve(self, call: Call, caller: Caller, context: Context) -> Response:
        """Answers one IAM call."""
        with self.cloud.lock:
            account = self.cloud.accounts[caller.account]
            require(caller, f"iam:{call.action}", resource_of(call, account), context)
            if call.action in CHECKS:
                CHECKS[call.action](self.cloud, call, caller)
            if call.action.startswith("List"):
                page_of(call)
            if call.action in self.own:
                return self.own[call.action](call, account)
            name = call.text("RoleName")
            if (
                name
                and call.action != "CreateRole"
                and not any(role.name == name for role in account.iam.roles.values())
            ):
                raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
            response = self.moto.serve(call, caller)
            if call.action == "CreateSAMLProvider":
                provider = account.iam.saml_providers[call.text("Name")]
                provider.tags = dict(call.tags())
            return response

    def list_roles(self, call: Call, account: Account) -> Response:
        """A page of roles. moto's own answer leaves policies unencoded and takes long for a thousand."""
        prefix, (after, size) = call.text("PathPrefix") or "/", page_of(call)
        roles = sorted(
            (role for role in account.iam.roles.values() if role.path.startswith(prefix)), key=lambda role: role.id
        )
        rest = [role for role in roles if role.id > after]
        page = rest[:size]
        more = len(rest) > size
        inner = "<Roles>" + "".join(f"<member>{role_xml(role)}</member>" for role in page) + "</Roles>"
        inner += xml_of({"IsTruncated": more, "Marker": marker_of(page[-1].id) if more else None})
        return query_answer(call, inner)

    def provider(self, call: Call, account: Account):
        """The provider that the call names."""
        arn = call.text("SAMLProviderArn") or ""
        for provider in account.iam.saml_providers.values():
            if provider.arn == arn:
                return provider
        raise AwsError("NoSuchEntity", f"Manifest not found for arn {arn}", 404)

    def describe_provider(self, call: Call, account: Account) -> Response:
        """GetSAMLProvider."""
        provider = self.provider(call, account)
        return answer(
            call,
            {
                "SAMLProviderUUID": provider_uuid(provider.arn),
                "SAMLMetadataDocument": provider.saml_metadata_document,
                **dates(provider),
                "Tags": tag_list(provider),
            },
        )

    def list_providers(self, call: Call, account: Account) -> Response:
        """ListSAMLProviders, which has no pages."""
        return answer(
            call, {"SAMLProviderList": [{"Arn": one.arn, **dates(one)} for one in account.iam.saml_providers.values()]}
        )

    def tag_provider(self, call: Call, account: Account) -> Response:
        """TagSAMLProvider."""
        provider = self.provider(call, account)
        provider.tags = {**getattr(provider, "tags", {}), **dict(call.tags())}
        return query_answer(call, "")

    def untag_provider(self, call: Call, account: Account) -> Response:
        """UntagSAMLProvider."""
        provider = self.provider(call, account)
        gone = set(call.members("TagKeys"))
        provider.tags = {key: value for key, value in getattr(provider, "tags", {}).items() if key not in gone}
        return query_answer(call, "")

    def list_provider_tags(self, call: Call, account: Account) -> Response:
        """ListSAMLProviderTags, all of them on one page."""
        return answer(call, {"Tags": tag_list(self.provider(call, account)), "IsTruncated": False})


def dates(provider) -> dict:
    """`CreateDate`, and `ValidUntil` as the metadata says or a hundred years on."""
    end = valid_until(provider.saml_metadata_document) or timestamp(provider.create_date + HUNDRED_YEARS)
    return {"ValidUntil": end, "CreateDate": timestamp(provider.create_date)}


def tag_list(provider) -> list[dict]:
    """Tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in getattr(provider, "tags", {}).items()]


def role_xml(role) -> str:
    """A role as ListRoles shows it: no tags, the trust policy percent-encoded."""
    return xml_of(
        {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": timestamp(role.create_date),
            "AssumeRolePolicyDocument": percent_encoded(role.assume_role_policy_document),
            "Description": role.description or None,
            "MaxSessionDuration": int(role.max_session_duration or 3600),
        }
    )


@lru_cache(maxsize=10_000)
def percent_encoded(policy: str) -> str:
    """A policy as IAM's answers carry it; many roles share one, and encoding is most of a page's time."""
    return quote(policy, safe="")


def page_of(call: Call) -> tuple[str, int]:
    """Where a page begins and how long it may be: `Marker` from us, `MaxItems` 1 to 1000."""
    text = call.text("MaxItems")
    size = 100 if text is None else number_between("maxItems", text, 1, 1000)
    marker = call.text("Marker")
    if marker is None:
        return "", size
    try:
        kind, _, after = base64.urlsafe_b64decode(marker.encode()).decode().partition(":")
    except ValueError:
        kind, after = "", ""
    if kind != "after" or not after:
        raise AwsError("ValidationError", f"Invalid Marker: {marker}")
    return after, size


def marker_of(last: str) -> str:
    """The opaque marker after an entry."""
    return base64.urlsafe_b64encode(f"after:{last}".encode()).decode()


def resource_of(call: Call, account: Account) -> str:
    """The ARN that a permission is asked for, as IAM names it in its refusals."""
    base = f"arn:{account.partition}:iam::{account.id}"
    if call.action == "ListRoles":
        return f"{base}:role{call.text('PathPrefix') or '/'}"
    if name := call.text("RoleName"):
        path = next((role.path for role in account.iam.roles.values() if role.name == name), call.text("Path") or "/")
        return f"{base}:role{path}{name}"
    if name := call.text("UserName"):
        path = next((user.path for user in account.iam.users.values() if user.name == name), "/")
        return f"{base}:user{path}{name}"
    if call.action == "CreateSAMLProvider":
        return f"{base}:saml-provider/{call.text('Name')}"
    return call.text("SAMLProviderArn") or call.text("PolicyArn") or "*"
