"""Trust policies: does this role let this principal do this? A deny wins."""

from dataclasses import dataclass
from enum import Enum

from . import policies
from .conditions import Context, as_list, holds


class Match(Enum):
    """How a statement's `Principal` names the caller."""

    NONE = 0
    ACCOUNT = 1
    DIRECT = 2


@dataclass(frozen=True)
class AwsPrincipal:
    """A caller with AWS credentials: its account, and every ARN that names it."""

    partition: str
    account: str
    arns: frozenset[str]

    def match(self, principal) -> Match:
        """How a `Principal` element covers this caller."""
        values = (
            [principal]
            if principal == "*"
            else as_list(principal.get("AWS", []))
            if isinstance(principal, dict)
            else []
        )
        whole_account = {self.account, f"arn:{self.partition}:iam::{self.account}:root"}
        if any(value == "*" or value in self.arns for value in values):
            return Match.DIRECT
        return Match.ACCOUNT if any(value in whole_account for value in values) else Match.NONE


@dataclass(frozen=True)
class SamlPrincipal:
    """A caller with an assertion: the SAML provider it came by. `*` does not cover it."""

    provider_arn: str

    def match(self, principal) -> Match:
        """Whether a `Principal` element names the provider."""
        values = as_list(principal.get("Federated", [])) if isinstance(principal, dict) else []
        return Match.DIRECT if self.provider_arn in values else Match.NONE


def match(document: dict, principal: AwsPrincipal | SamlPrincipal, action: str, context: Context) -> Match:
    """The strongest allowing match for one action; `NONE` where nothing allows it or a deny applies."""
    best = Match.NONE
    for statement in as_list(document.get("Statement", [])):
        found = principal.match(statement.get("Principal", {}))
        if (
            found is Match.NONE
            or not policies.action_matches(statement, action)
            or not holds(statement.get("Condition", {}), context)
        ):
            continue
        if statement.get("Effect") == policies.DENY:
            return Match.NONE
        if statement.get("Effect") == policies.ALLOW:
            best = max(best, found, key=lambda one: one.value)
    return best


def weakest(document: dict, principal: AwsPrincipal | SamlPrincipal, actions: list[str], context: Context) -> Match:
    """The match that all the actions have; tags and a source identity need actions of their own."""
    return min((match(document, principal, action, context) for action in actions), key=lambda one: one.value)
