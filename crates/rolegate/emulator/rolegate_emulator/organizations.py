"""AWS Organizations, as far as finding accounts needs it: ListAccounts, DescribeAccount, DescribeOrganization.

Kept here and not in moto: moto invents account ids and neither pages by twenty nor refuses member accounts.
"""

import base64

from .callers import Caller
from .cloud import Account, Cloud, Organization
from .conditions import Context
from .policies import require
from .wire import AwsError, Call, Response, access_denied, answer

MOST_A_PAGE = 20
RETIRED_STATUS = {
    "ACTIVE": "ACTIVE",
    "SUSPENDED": "SUSPENDED",
    "PENDING_CLOSURE": "PENDING_CLOSURE",
    "CLOSED": "SUSPENDED",
}


def serve(cloud: Cloud, call: Call, caller: Caller, context: Context) -> Response:
    """Answers one Organizations call."""
    actions = {
        "ListAccounts": list_accounts,
        "DescribeAccount": describe_account,
        "DescribeOrganization": describe_organization,
    }
    if call.action not in actions:
        raise AwsError("InvalidAction", f"The emulator does not serve organizations:{call.action}.")
    require(caller, f"organizations:{call.action}", "*", context)
    organization = cloud.organizations.get(caller.organization or "")
    if not organization:
        raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return answer(call, actions[call.action](cloud, call, caller, organization))


def list_accounts(cloud: Cloud, call: Call, caller: Caller, organization: Organization) -> dict:
    """A page of at most twenty accounts, by id."""
    require_administrator(caller, organization)
    size = call.params.get("MaxResults", MOST_A_PAGE)
    if not isinstance(size, int) or not 1 <= size <= MOST_A_PAGE:
        raise AwsError("InvalidInputException", "You provided a value for MaxResults that is not between 1 and 20.")
    after = read_token(call.params.get("NextToken"))
    accounts = sorted(
        (one for one in cloud.accounts.values() if one.organization == organization.id), key=lambda one: one.id
    )
    rest = [one for one in accounts if one.id > after]
    page = {"Accounts": [shape(one, organization) for one in rest[:size]]}
    if len(rest) > size:
        page["NextToken"] = base64.b64encode(rest[size - 1].id.encode()).decode()
    return page


def describe_account(cloud: Cloud, call: Call, caller: Caller, organization: Organization) -> dict:
    """One account of the organization."""
    require_administrator(caller, organization)
    account = cloud.accounts.get(call.params.get("AccountId", ""))
    if not account or account.organization != organization.id:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return {"Account": shape(account, organization)}


def describe_organization(cloud: Cloud, _call: Call, _caller: Caller, organization: Organization) -> dict:
    """The organization; every member may ask."""
    management = cloud.accounts[organization.management]
    arn = f"arn:{management.partition}:organizations::{management.id}"
    return {
        "Organization": {
            "Id": organization.id,
            "Arn": f"{arn}:organization/{organization.id}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"{arn}:account/{organization.id}/{management.id}",
            "MasterAccountId": management.id,
            "MasterAccountEmail": management.email,
        }
    }


def require_administrator(caller: Caller, organization: Organization) -> None:
    """Only the management account and delegated administrators may read the accounts."""
    if caller.account != organization.management and caller.account not in organization.delegated:
        raise access_denied("You don't have permissions to access this resource.")


def read_token(token: str | None) -> str:
    """The last account id of the page before."""
    if token is None:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise AwsError("InvalidInputException", "You specified an invalid NextToken.") from None


def shape(account: Account, organization: Organization) -> dict:
    """An account as the API shows it, with `State` and the retired `Status`."""
    root = f"arn:{account.partition}:organizations::{organization.management}:account/{organization.id}/{account.id}"
    shown = {
        "Id": account.id,
        "Arn": root,
        "Email": account.email,
        "Name": account.name,
        "State": account.state,
        "JoinedMethod": "INVITED" if account.id == organization.management else "CREATED",
        "JoinedTimestamp": account.joined.timestamp(),
    }
    if account.state in RETIRED_STATUS:
        shown["Status"] = RETIRED_STATUS[account.state]
    return shown
