"""Organizations and Account: finding accounts and their names."""

import pytest
from conftest import GOV, HUB, LONELY, PROD


def test_the_management_account_lists_accounts_with_state_and_status(cloud):
    accounts = {one["Id"]: one for one in cloud.client("organizations", HUB).list_accounts()["Accounts"]}
    assert set(accounts) == {HUB, PROD}
    assert accounts[PROD]["Name"] == "Production"
    assert (accounts[PROD]["State"], accounts[PROD]["Status"]) == ("ACTIVE", "ACTIVE")
    assert accounts[PROD]["Arn"] == f"arn:aws:organizations::{HUB}:account/o-testorg0001/{PROD}"


def test_a_member_is_refused(cloud, refused):
    assert refused(cloud.client("organizations", PROD).list_accounts) == (
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
        400,
    )


def test_a_delegated_administrator_may_list(cloud):
    cloud.seed({"organization": {"id": "o-testorg0001", "management": HUB, "delegated_administrators": [PROD]}})
    assert cloud.client("organizations", PROD).list_accounts()["Accounts"]


@pytest.mark.parametrize("account", [LONELY, GOV])
def test_an_account_without_organization_is_told_so(cloud, refused, account):
    code, message, _ = refused(cloud.client("organizations", account).list_accounts)
    assert (code, message) == ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


def test_a_page_has_twenty_accounts_at_most(cloud, refused):
    cloud.seed(
        {
            "organization": {"id": "o-testorg0001", "management": HUB},
            "accounts": [{"id": f"5{n:011}", "name": f"Account {n}"} for n in range(43)],
        }
    )
    client = cloud.client("organizations", HUB)
    pages = list(client.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 5]
    assert len({one["Id"] for page in pages for one in page["Accounts"]}) == 45
    for size in (0, 21):
        assert refused(client.list_accounts, MaxResults=size)[0] == "InvalidInputException"
    assert refused(client.list_accounts, NextToken="?")[0] == "InvalidInputException"


def test_suspended_and_closed_accounts_say_so(cloud):
    cloud.seed({"accounts": [{"id": PROD, "state": "CLOSED"}]})
    account = cloud.client("organizations", HUB).describe_account(AccountId=PROD)["Account"]
    assert account["State"] == "CLOSED"


def test_every_member_may_describe_the_organization(cloud):
    for account in (HUB, PROD):
        organization = cloud.client("organizations", account).describe_organization()["Organization"]
        assert (organization["Id"], organization["MasterAccountId"]) == ("o-testorg0001", HUB)


@pytest.mark.parametrize(("account", "name"), [(HUB, "Hub"), (GOV, "Government")])
def test_an_account_knows_its_own_name(cloud, account, name):
    answer = cloud.client("account", account).get_account_information()
    assert (answer["AccountId"], answer["AccountName"], answer["AccountState"]) == (account, name, "ACTIVE")


def test_the_name_of_another_account_is_refused(cloud, refused):
    assert refused(cloud.client("account", PROD).get_account_information, AccountId=HUB)[::2] == (
        "AccessDeniedException",
        403,
    )


def test_a_role_without_the_permission_may_not_ask_for_the_name(cloud, refused):
    sts = cloud.client("sts", HUB)
    role = sts.assume_role(RoleArn=cloud.role("Crossing"), RoleSessionName="names", ExternalId="right-id")[
        "Credentials"
    ]
    code, message, status = refused(cloud.client("account", credentials=role).get_account_information)
    assert (code, status) == ("AccessDeniedException", 403)
    assert "is not authorized to perform: account:GetAccountInformation" in message
