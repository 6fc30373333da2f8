"""STS: which action goes where, and the answers' shapes."""

from .assume_role import assume_role
from .assume_role_with_saml import assume_role_with_saml
from .callers import Caller, Session
from .cloud import Cloud
from .wire import AwsError, Call, Response, answer


def serve(cloud: Cloud, call: Call, caller: Caller | None) -> Response:
    """Answers one STS call; `caller` is None for the unsigned one."""
    if call.action == "AssumeRoleWithSAML":
        grant = assume_role_with_saml(cloud, call)
        claims = grant.claims
        return answer(
            call,
            {
                **credentials(grant.session),
                "PackedPolicySize": grant.packed_percent,
                "Subject": claims.subject,
                "SubjectType": claims.subject_type,
                "Issuer": claims.issuer,
                "Audience": claims.recipient,
                "NameQualifier": grant.name_qualifier,
                "SourceIdentity": grant.session.source_identity,
            },
        )
    if call.action == "GetCallerIdentity":
        return answer(call, identity(caller))
    if call.action == "AssumeRole":
        session, packed_percent = assume_role(cloud, call, caller)
        return answer(
            call,
            {**credentials(session), "PackedPolicySize": packed_percent, "SourceIdentity": session.source_identity},
        )
    raise AwsError("InvalidAction", f"Could not find operation {call.action} for version 2011-06-15")


def identity(caller: Caller) -> dict:
    """What `GetCallerIdentity` says; nobody needs a permission for it."""
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def credentials(session: Session) -> dict:
    """The part that both AssumeRole answers share."""
    return {
        "Credentials": {
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": session.id, "Arn": session.arn},
    }
