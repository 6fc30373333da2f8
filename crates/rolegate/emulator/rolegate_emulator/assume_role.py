"""sts:AssumeRole across accounts: the role's trust policy and the caller's own policies must both agree."""

import re

from moto.iam.models import Role

from . import policies, trust
from .callers import Caller, Session
from .cloud import Account, Cloud
from .conditions import Context, context_of
from .constraints import length_problem, missing, pattern_problem
from .session_rules import (
    SESSION_NAME,
    checked_tags,
    duration_of,
    packed_percent,
    require_within_role,
    session_policies,
)
from .wire import AwsError, Call, access_denied, validation_error

EXTERNAL_ID = re.compile(r"[\w+=,.@:\/-]*", re.ASCII)
CHAINED_LIMIT_SECONDS = 3600


def assume_role(cloud: Cloud, call: Call, caller: Caller) -> tuple[Session, int | None]:
    """Gives the caller a session of the role; also the packed size in per cent."""
    check_parameters(call)
    arn, name = call.text("RoleArn"), call.text("RoleSessionName")
    seconds = duration_of(call) or 3600
    tags = checked_tags(call.tags(), call.members("TransitiveTagKeys"))
    source_identity = call.text("SourceIdentity")
    refused = access_denied(f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}")

    found = cloud.role(arn)
    if not found or found[0].partition != caller.partition or not found[0].is_active:
        raise refused
    account, role = found
    inherited = inherited_tags(caller)
    fixed_identity = caller.session.source_identity if caller.session else None
    if fixed_identity and source_identity not in (None, fixed_identity):
        raise refused
    actions = [
        "sts:AssumeRole",
        *(["sts:TagSession"] if tags else []),
        *(["sts:SetSourceIdentity"] if source_identity else []),
    ]
    context = request_context(cloud, call, caller, tags)
    if not all(may(caller, account, role, action, context) for action in actions):
        raise refused

    if caller.session and seconds > CHAINED_LIMIT_SECONDS:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    require_within_role(seconds, role)
    session = cloud.issue(
        account,
        role,
        name,
        seconds,
        source_identity=source_identity or fixed_identity,
        tags={**inherited, **tags},
        transitive_tags=frozenset(inherited) | frozenset(call.members("TransitiveTagKeys")),
        policies=session_policies(call),
    )
    return session, packed_percent(call, tags)


def check_parameters(call: Call) -> None:
    """The API model's own limits."""
    problems = []
    for name, shown, least, most in (("RoleArn", "roleArn", 20, 2048), ("RoleSessionName", "roleSessionName", 2, 64)):
        value = call.text(name)
        if value is None:
            problems.append(missing(shown))
        elif problem := length_problem(shown, value, least, most):
            problems.append(problem)
    session_name = call.text("RoleSessionName") or ""
    if 2 <= len(session_name) <= 64 and not SESSION_NAME.fullmatch(session_name):
        problems.append(pattern_problem("roleSessionName", session_name, r"[\w+=,.@-]*"))
    external_id = call.text("ExternalId")
    if external_id is not None:
        if problem := length_problem("externalId", external_id, 2, 1224):
            problems.append(problem)
        elif not EXTERNAL_ID.fullmatch(external_id):
            problems.append(pattern_problem("externalId", external_id, r"[\w+=,.@:\/-]*"))
    if problems:
        raise validation_error(*problems)
    if not call.text("RoleArn").startswith("arn:"):
        raise AwsError("ValidationError", f"{call.text('RoleArn')} is invalid")


def inherited_tags(caller: Caller) -> dict[str, str]:
    """Transitive tags go on to a chained session."""
    if not caller.session:
        return {}
    transitive = {key.lower() for key in caller.session.transitive_tags}
    return {key: value for key, value in caller.session.tags.items() if key.lower() in transitive}


def request_context(cloud: Cloud, call: Call, caller: Caller, tags: dict[str, str]) -> Context:
    """The condition keys of this request; a missing external id is a missing key."""
    return caller.context(cloud.clock.now(), call.http.client) | context_of(
        {
            "sts:ExternalId": call.text("ExternalId"),
            "sts:RoleSessionName": call.text("RoleSessionName"),
            "sts:SourceIdentity": call.text("SourceIdentity")
            or (caller.session.source_identity if caller.session else None),
            "aws:TagKeys": list(tags) or None,
            "sts:TransitiveTagKeys": call.members("TransitiveTagKeys") or None,
            **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        }
    )


def may(caller: Caller, account: Account, role: Role, action: str, context: Context) -> bool:
    """Trust must match; the caller's policies must allow too, unless the role's own account names the caller itself."""
    principal = trust.AwsPrincipal(caller.partition, caller.account, frozenset({caller.arn, caller.principal_arn}))
    matched = trust.match(policies.parse(role.assume_role_policy_document), principal, action, context)
    if matched is trust.Match.NONE:
        return False
    own = policies.allowed(caller, action, role.arn, context)
    if caller.account == account.id and matched is trust.Match.DIRECT:
        return own != policies.DENY
    return own == policies.ALLOW
