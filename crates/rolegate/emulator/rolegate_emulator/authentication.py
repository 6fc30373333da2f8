"""From a signed call to its caller, or AWS's refusal."""

import hmac

from . import sigv4
from .callers import Caller
from .cloud import Account, Cloud
from .partitions import partition_of_region
from .wire import AwsError, Call


def authenticate(cloud: Cloud, call: Call) -> Caller:
    """Finds the key's owner and verifies signature, session token, expiry, partition and account state."""
    authorization = sigv4.read_authorization(call.http)
    session = cloud.sessions.get(authorization.access_key)
    if session:
        if not hmac.compare_digest(call.http.headers.get("x-amz-security-token", "").encode(), session.token.encode()):
            raise invalid_token()
        sigv4.verify(call.http, authorization, session.secret)
        if cloud.clock.now() >= session.expires:
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        require_usable(cloud.accounts.get(session.account), call.region)
        return cloud.session_caller(session)
    found = cloud.key(authorization.access_key)
    if not found:
        raise invalid_token()
    account, user, secret = found
    sigv4.verify(call.http, authorization, secret)
    require_usable(account, call.region)
    return cloud.user_caller(account, user)


def require_usable(account: Account | None, region: str) -> None:
    """A key is unknown outside its partition; a suspended account's keys are refused."""
    if not account or account.partition != partition_of_region(region) or not account.is_active:
        raise invalid_token()


def invalid_token() -> AwsError:
    """The answer to a key or token that AWS does not know."""
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
