"""sts:AssumeRoleWithSAML: the unsigned call that turns an assertion into credentials."""

from dataclasses import dataclass

from . import saml
from .callers import Session
from .cloud import Cloud
from .constraints import length_problem, missing
from .saml_claims import Claims
from .session_rules import duration_of, packed_percent, require_within_role, session_policies
from .wire import AwsError, Call, validation_error

MOST_ASSERTION_CHARS = 100_000
DEFAULT_SECONDS = 3600


@dataclass(frozen=True)
class Grant:
    """What the call gives."""

    claims: Claims
    session: Session
    name_qualifier: str
    packed_percent: int | None


def assume_role_with_saml(cloud: Cloud, call: Call) -> Grant:
    """Checks everything and issues credentials."""
    check_parameters(call)
    requested = duration_of(call)
    document = saml.decode(call.text("SAMLAssertion"))
    admission = saml.admit(cloud, document, call.text("RoleArn"), call.text("PrincipalArn"))
    claims = admission.claims
    if requested is not None:
        require_within_role(requested, admission.role)
    # The attribute and SessionNotOnOrAfter can only shorten what the call asks for.
    limits = [requested or DEFAULT_SECONDS, claims.session_duration(), claims.seconds_left(cloud.clock.now())]
    session = cloud.issue(
        admission.account,
        admission.role,
        claims.session_name(),
        min(limit for limit in limits if limit is not None),
        source_identity=claims.source_identity(),
        tags=claims.tags,
        transitive_tags=frozenset(claims.transitive_tags),
        policies=session_policies(call),
        federated=True,
    )
    return Grant(claims, session, admission.name_qualifier, packed_percent(call, claims.tags) or 0)


def check_parameters(call: Call) -> None:
    """The API model's own limits."""
    problems = []
    for name, least, most in (
        ("RoleArn", 20, 2048),
        ("PrincipalArn", 20, 2048),
        ("SAMLAssertion", 4, MOST_ASSERTION_CHARS),
    ):
        value, shown = call.text(name), {"SAMLAssertion": "sAMLAssertion"}.get(name, name[0].lower() + name[1:])
        if value is None:
            problems.append(missing(shown))
        elif problem := length_problem(shown, value, least, most):
            problems.append(problem)
    if problems:
        raise validation_error(*problems)
    for name in ("RoleArn", "PrincipalArn"):
        if not call.text(name).startswith("arn:"):
            raise AwsError("ValidationError", f"{call.text(name)} is invalid")
