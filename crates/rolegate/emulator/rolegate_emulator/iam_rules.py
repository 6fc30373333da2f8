"""IAM's rules that moto does not enforce, checked before moto sees a call."""

import json
import re

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from . import conditions
from .callers import Caller
from .cloud import Cloud
from .conditions import as_list
from .constraints import length_problem, missing, number_between, pattern_problem
from .saml_metadata import LEAST_CHARS, MOST_CHARS, BadMetadata, read_metadata
from .wire import AwsError, Call, validation_error

ROLE_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
PROVIDER_NAME = re.compile(r"[\w._-]+", re.ASCII)
PATH = re.compile(r"/|/[\u0021-\u007E]+/")
DESCRIPTION = re.compile(r"[\t\n\r\u0020-\u007E\u00A1-\u00FF]*")
ALIAS = re.compile(r"[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]")
MOST_PROVIDERS = 100
MOST_TRUST_CHARS = 2048
PRINCIPAL_KINDS = {"AWS", "Federated", "Service", "CanonicalUser"}
STS_ACTION = re.compile(r"(sts:.+|\*)", re.IGNORECASE)


def require_text(call: Call, name: str, pattern: re.Pattern, shown: str, least: int, most: int) -> str:
    """A required parameter of the right length and characters."""
    value, field = call.text(name), name[0].lower() + name[1:]
    if value is None:
        raise validation_error(missing(field))
    if problem := length_problem(field, value, least, most):
        raise validation_error(problem)
    if not pattern.fullmatch(value):
        raise AwsError(
            "ValidationError",
            f"The specified value for {field} is invalid. "
            f"It must contain only alphanumeric characters and/or the following: {shown}",
        )
    return value


def check_create_role(cloud: Cloud, call: Call, caller: Caller) -> None:
    """CreateRole: name, path, description, duration, trust policy, and no second role of that name in any case."""
    name = require_text(call, "RoleName", ROLE_NAME, "+=,.@_-", 1, 64)
    path = call.text("Path")
    if path is not None and (len(path) > 512 or not PATH.fullmatch(path)):
        raise AwsError(
            "ValidationError",
            "The specified value for path is invalid. "
            "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        )
    check_description(call)
    check_max_duration(call)
    check_trust_policy(cloud, call.text("AssumeRolePolicyDocument") or "", caller.partition)
    roles = list(cloud.accounts[caller.account].iam.roles.values())
    if any(role.name.lower() == name.lower() for role in roles):
        raise AwsError("EntityAlreadyExists", f"Role with name {name} already exists.", 409)


def check_update_role(_cloud: Cloud, call: Call, _caller: Caller) -> None:
    """UpdateRole: description and duration."""
    check_description(call)
    check_max_duration(call)


def check_update_trust(cloud: Cloud, call: Call, caller: Caller) -> None:
    """UpdateAssumeRolePolicy."""
    check_trust_policy(cloud, call.text("PolicyDocument") or "", caller.partition)


def check_description(call: Call) -> None:
    """At most 1000 characters of Latin-1."""
    text = call.text("Description") or ""
    if problem := length_problem("description", text, 0, 1000):
        raise validation_error(problem)
    if not DESCRIPTION.fullmatch(text):
        raise validation_error(
            pattern_problem("description", text, "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*")
        )


def check_max_duration(call: Call) -> None:
    """`MaxSessionDuration`, 3600 to 43200."""
    text = call.text("MaxSessionDuration")
    if text is not None:
        number_between("maxSessionDuration", text, 3600, 43200)


def check_trust_policy(cloud: Cloud, text: str, partition: str) -> None:
    """A trust policy that IAM would store."""
    if len(re.sub(r"\s", "", text)) > MOST_TRUST_CHARS:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {MOST_TRUST_CHARS}", 409)
    try:
        document = json.loads(text)
    except ValueError:
        raise malformed("This policy contains invalid Json") from None
    statements = as_list(document.get("Statement")) if isinstance(document, dict) else []
    if not statements or not all(isinstance(one, dict) for one in statements):
        raise malformed("Syntax errors in policy.")
    for statement in statements:
        check_statement(cloud, statement, partition)
    try:
        IAMTrustPolicyDocumentValidator(text).validate()
    except MalformedPolicyDocument as error:
        raise malformed(error.message) from None


def check_statement(cloud: Cloud, statement: dict, partition: str) -> None:
    """One statement of a trust policy."""
    if "Resource" in statement or "NotResource" in statement:
        raise malformed("Has prohibited field Resource")
    if "NotPrincipal" in statement:
        raise malformed("AssumeRole policy must not contain NotPrincipal field.")
    if "Principal" not in statement:
        raise malformed("Missing required field Principal")
    if not all(isinstance(one, str) and STS_ACTION.fullmatch(one) for one in as_list(statement.get("Action", []))):
        raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    for operator, keys in (statement.get("Condition") or {}).items():
        if operator.rpartition(":")[2].removesuffix("IfExists") not in conditions.KNOWN or not isinstance(keys, dict):
            raise malformed(f"Invalid Condition type : {operator}")
    principal = statement["Principal"]
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or not set(principal) <= PRINCIPAL_KINDS:
        raise malformed("Syntax errors in policy.")
    for kind, values in principal.items():
        for value in as_list(values):
            if not principal_exists(cloud, kind, value, partition):
                raise malformed(f'Invalid principal in policy: "{kind}":"{value}"')


def principal_exists(cloud: Cloud, kind: str, value: str, partition: str) -> bool:
    """Whether IAM would know a principal; of accounts outside this world only the form is known."""
    if not isinstance(value, str):
        return False
    if kind != "AWS" or value == "*":
        return kind != "Federated" or not value.startswith("arn:") or value.startswith(f"arn:{partition}:iam::")
    if re.fullmatch(r"\d{12}", value):
        return True
    fields = value.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn" or fields[1] != partition or fields[2] not in ("iam", "sts"):
        return False
    account = cloud.accounts.get(fields[4])
    if not account or not fields[5].startswith(("user/", "role/")):
        return bool(re.fullmatch(r"\d{12}", fields[4]))
    holders = account.iam.users if fields[5].startswith("user/") else account.iam.roles
    return any(holder.arn == value for holder in list(holders.values()))


def check_create_provider(cloud: Cloud, call: Call, caller: Caller) -> None:
    """CreateSAMLProvider: name, metadata, quota, and no second provider of that name."""
    name = require_text(call, "Name", PROVIDER_NAME, "._-", 1, 128)
    check_metadata(call.text("SAMLMetadataDocument"))
    providers = cloud.accounts[caller.account].iam.saml_providers
    if name in providers:
        raise AwsError("EntityAlreadyExists", f"Provider with name {name} already exists.", 409)
    if len(providers) >= MOST_PROVIDERS:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for SAMLProvidersPerAccount: {MOST_PROVIDERS}", 409)


def check_update_provider(_cloud: Cloud, call: Call, _caller: Caller) -> None:
    """UpdateSAMLProvider."""
    check_metadata(call.text("SAMLMetadataDocument"))


def check_metadata(document: str | None) -> None:
    """The metadata's length and contents."""
    if document is None:
        raise validation_error(missing("sAMLMetadataDocument"))
    if problem := length_problem("sAMLMetadataDocument", document, LEAST_CHARS, MOST_CHARS):
        raise validation_error(problem)
    try:
        read_metadata(document)
    except BadMetadata as error:
        raise AwsError("InvalidInput", str(error)) from None


def check_create_alias(cloud: Cloud, call: Call, caller: Caller) -> None:
    """CreateAccountAlias: syntax, and nobody else in the partition has it."""
    alias = call.text("AccountAlias") or ""
    if not ALIAS.fullmatch(alias) or re.fullmatch(r"\d{12}", alias):
        raise validation_error(pattern_problem("accountAlias", alias, "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"))
    for account in cloud.accounts.values():
        if account.partition == caller.partition and alias in account.iam.account_aliases:
            raise AwsError("EntityAlreadyExists", f"The account alias {alias} already exists.", 409)


def malformed(message: str) -> AwsError:
    """`MalformedPolicyDocument`, 400."""
    return AwsError("MalformedPolicyDocument", message)


CHECKS = {
    "CreateRole": check_create_role,
    "UpdateRole": check_update_role,
    "UpdateAssumeRolePolicy": check_update_trust,
    "CreateSAMLProvider": check_create_provider,
    "UpdateSAMLProvider": check_update_provider,
    "CreateAccountAlias": check_create_alias,
}
