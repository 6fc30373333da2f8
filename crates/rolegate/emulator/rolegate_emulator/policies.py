"""Identity policies: may this caller do this? With AWS's words where it may not."""

import json

from .callers import Caller
from .conditions import Context, as_list, holds, wildcard
from .wire import access_denied

ALLOW, DENY = "Allow", "Deny"


def verdict(documents: list[dict], action: str, resource: str, context: Context) -> str | None:
    """`Deny`, `Allow`, or None where no statement speaks; a deny wins."""
    found = None
    for document in documents:
        for statement in as_list(document.get("Statement", [])):
            if statement_matches(statement, action, resource, context):
                if statement.get("Effect") == DENY:
                    return DENY
                found = ALLOW
    return found


def statement_matches(statement: dict, action: str, resource: str, context: Context) -> bool:
    """Whether a statement speaks about this action on this resource now."""
    return (
        action_matches(statement, action)
        and element_matches(statement, "Resource", resource, ignore_case=False)
        and holds(statement.get("Condition", {}), context)
    )


def action_matches(statement: dict, action: str) -> bool:
    """`Action` or `NotAction`; actions ignore case."""
    return element_matches(statement, "Action", action, ignore_case=True)


def element_matches(statement: dict, element: str, value: str, ignore_case: bool) -> bool:
    """An element or its `Not…` form."""
    if element in statement:
        return any(wildcard(str(one), value, ignore_case) for one in as_list(statement[element]))
    if f"Not{element}" in statement:
        return not any(wildcard(str(one), value, ignore_case) for one in as_list(statement[f"Not{element}"]))
    return False


def parse(text: str | dict) -> dict:
    """A stored policy; one that does not parse grants nothing."""
    if isinstance(text, dict):
        return text
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def allowed(caller: Caller, action: str, resource: str, context: Context) -> str | None:
    """The verdict of the caller's identity policies, narrowed by its session policy."""
    found = verdict(caller.policies, action, resource, context)
    if found == ALLOW and caller.session_policies is not None:
        return verdict(caller.session_policies, action, resource, context)
    return found


def require(caller: Caller, action: str, resource: str, context: Context) -> None:
    """Raises AWS's `AccessDenied` unless the caller's policies allow the action."""
    found = allowed(caller, action, resource, context)
    if found == ALLOW:
        return
    if found == DENY:
        reason = "with an explicit deny in an identity-based policy"
    else:
        reason = f"because no identity-based policy allows the {action} action"
    raise access_denied(f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {reason}")
