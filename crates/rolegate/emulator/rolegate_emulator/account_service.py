"""account:GetAccountInformation for the caller's own account."""

from .callers import Caller
from .cloud import Cloud
from .conditions import Context
from .policies import require
from .wire import AwsError, Call, Response, access_denied, answer, timestamp


def serve(cloud: Cloud, call: Call, caller: Caller, context: Context) -> Response:
    """Answers one call of the Account Management API."""
    if call.action != "GetAccountInformation":
        raise AwsError("InvalidAction", f"The emulator does not serve account:{call.action}.")
    own = f"arn:{caller.partition}:account::{caller.account}:account"
    require(caller, "account:GetAccountInformation", own, context)
    if call.params.get("AccountId") not in (None, caller.account):
        raise access_denied(
            f"User: {caller.arn} is not authorized to perform: account:GetAccountInformation"
            " (The management account or a delegated administrator must call this operation for another account.)"
        )
    account = cloud.accounts[caller.account]
    return answer(
        call,
        {
            "AccountId": account.id,
            "AccountName": account.name,
            "AccountCreatedDate": timestamp(account.joined),
            "AccountState": account.state,
        },
    )
