"""AWS accounts for one test: a source account whose key reads the others, and accounts with roles that trust us."""

import itertools

from outside.waiting import until

PROVIDER = "Rolegate"
EXTERNAL_ID = "test-external-id"
CROSS_ACCOUNT_ROLE = "Okta-Idp-cross-account-role"
READING = ["iam:ListRoles", "iam:ListAccountAliases", "account:GetAccountInformation"]
ADMINISTRATOR_SECRET = "secret+of+every+administrator+0000000000"
COUNT = itertools.count(1)

SAML_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Principal": {"Federated": "arn:${partition}:iam::${account}:saml-provider/" + PROVIDER},
        "Condition": {"StringEquals": {"SAML:aud": "${signin}"}},
    }],
}


def policy(*statements):
    """A policy that allows these: (actions, resource)."""
    return {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements]}


def entry_role(source, external_id=EXTERNAL_ID):
    """The cross-account role."""
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{source}:root"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }]}
    return {"name": CROSS_ACCOUNT_ROLE, "trust": trust, "policies": {"read": policy((READING, "*"))}}


class Estate:
    """A source account and accounts around it. Ids are of this estate alone, so that tests do not meet in one AWS."""

    def __init__(self, cloud, accounts=3, roles=("Admin", "ReadOnly")):
        self.cloud, self.number = cloud, next(COUNT)
        self.source = self._id(0)
        self.key = (f"AKIATEST{self.number:012d}", f"secret+of+the+test+source+key{self.number:012d}")
        self.accounts = [self._id(place) for place in range(1, accounts + 1)]
        self.organization = {"id": f"o-test{self.number:06d}", "management": self.source}
        cloud.seed({"organization": self.organization, "accounts": [self._source()]})
        for account in self.accounts:
            self.put(account, roles)

    def _id(self, place):
        return f"{self.number:06d}{place:06d}"

    def next_account(self):
        """An id that is free."""
        self.accounts.append(self._id(len(self.accounts) + 1))
        return self.accounts[-1]

    def _source(self):
        user = {"name": "source", "access_keys": [{"id": self.key[0], "secret": self.key[1]}], "policies": {"read": policy(
            ("sts:AssumeRole", f"arn:aws:iam::*:role/{CROSS_ACCOUNT_ROLE}"),
            (["organizations:ListAccounts", "organizations:DescribeOrganization", *READING], "*"))}}
        return {"id": self.source, "partition": "aws", "name": f"Source {self.number}", "users": [user],
                "saml_providers": [PROVIDER], "roles": [{"name": "SourceRole", "trust": SAML_TRUST}]}

    def put(self, account, roles=("Admin",), **more):
        """One account: made, or changed as far as it is named here."""
        self.cloud.seed({"organization": self.organization, "accounts": [{
            "id": account, "partition": "aws", "name": f"Account {account[-2:]}", "alias": f"alias-{account}",
            "saml_providers": [PROVIDER],
            "users": [{"name": "administrator", "policies": {"all": policy(("*", "*"))}, "access_keys": [
                {"id": self.administrator(account)["AccessKeyId"], "secret": ADMINISTRATOR_SECRET}]}],
            "roles": [entry_role(self.source), *({"name": name, "trust": SAML_TRUST} for name in roles)], **more,
        }]})

    @staticmethod
    def administrator(account):
        """A key that may do anything in the account."""
        return {"AccessKeyId": f"AKIAADMN{account}", "SecretAccessKey": ADMINISTRATOR_SECRET}

    def integration(self, accounts=None, **more):
        """The settings that read it: a list of accounts, or all of the organization with `accounts=None`."""
        source = {"partition": "aws", "region": "us-east-1",
                  "credentials": {"type": "ACCESS_KEY", "accessKeyId": self.key[0], "secretAccessKey": self.key[1]}}
        if accounts is None:
            source["accounts"] = "ORGANIZATION"
        else:
            source["connectedAccounts"] = accounts
        return {"enabled": False, "externalId": EXTERNAL_ID, "sources": [source], **more}

    def arn(self, account, role):
        """A role's ARN."""
        return f"arn:aws:iam::{account}:role/{role}"


class Reader:
    """One app instance that reads an estate."""

    def __init__(self, api, estate, integration=None):
        self.api, self.estate = api, estate
        app = {"name": "amazon_aws", "label": f"AWS {estate.number} {next(COUNT)}", "signOnMode": "SAML_2_0", "settings": {"app": {
            "identityProviderArn": f"arn:aws:iam::{estate.source}:saml-provider/{PROVIDER}"}}}
        self.app = api.post("/api/v1/apps", app).expect(200).json["id"]
        self.path = f"/api/v1/apps/{self.app}/aws"
        self.configure(integration or estate.integration(estate.accounts))

    def configure(self, integration):
        """Sets how AWS is read."""
        return self.api.put(f"{self.path}/integration", integration).expect(200).json

    def start(self, account=None):
        """Begins a run, and answers with it."""
        return self.api.post(f"{self.path}/refresh", {"account": account} if account else None).expect(202).json

    def run(self, number):
        """A run as it is now."""
        return self.api.get(f"{self.path}/runs/{number}").expect(200).json

    def refresh(self, seconds=300, account=None):
        """Begins a run and waits for its end."""
        started = self.start(account)
        until(lambda: self.run(started["id"])["status"] != "RUNNING", seconds, f"the run ended: {self.run(started['id'])}")
        return self.run(started["id"])

    def accounts(self):
        """What is known of each account, by id."""
        return {account["id"]: account for account in self.api.get(f"{self.path}/accounts").expect(200).json}

    def roles(self, account=None, **query):
        """The roles by ARN."""
        query = "&".join(f"{name}={value}" for name, value in {"limit": 200, **query}.items())
        path = f"{self.path}/roles?{query}" + (f"&account={account}" if account else "")
        return {role["arn"]: role for role in self.api.all(path)}
