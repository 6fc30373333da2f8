"""Filling the pretended AWS from a world file, straight into the stores: thousands of roles in a second.

Seeding adds and replaces: what a second seed names wins, what it does not name stays.
"""

import json
import re

from moto.iam.models import AccessKey, Role, SAMLProvider, User
from moto.iam.utils import random_role_id

from .cloud import Account, Cloud, Organization
from .partitions import PARTITIONS
from .saml_metadata import BadMetadata, read_metadata

STATES = {"PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"}
PLACEHOLDER = re.compile(r"\$\{(emulator|account|partition|signin|source|organization)\}")


class BadSeed(Exception):
    """The seed says something that cannot be."""


class Seeder:
    """Keeps which providers each account wants and the metadata known so far, so that they may come apart."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.wanted: dict[str, list[str]] = {}
        self.metadata: dict[str, str] = {}

    def reset(self) -> None:
        """Forgets what was seeded."""
        self.wanted.clear()
        self.metadata.clear()

    def seed(self, body: dict) -> None:
        """Applies `{"world": …, "metadata": {provider name: xml}}`; both may be missing."""
        world, metadata = body.get("world") or {}, body.get("metadata") or {}
        for name, document in metadata.items():
            try:
                read_metadata(document)
            except BadMetadata as error:
                raise BadSeed(f"metadata of provider `{name}`: {error}") from None
        with self.cloud.lock:
            self.metadata.update(metadata)
            self.organization(world)
            for entry in world.get("accounts", []):
                self.account(entry, world)
            self.providers()

    def waiting(self) -> dict[str, list[str]]:
        """Providers that accounts want but for which no metadata came yet."""
        return {
            account: missing
            for account, names in self.wanted.items()
            if (missing := [name for name in names if name not in self.metadata])
        }

    def organization(self, world: dict) -> None:
        """The organization, if the world has one."""
        if entry := world.get("organization"):
            delegated = frozenset(entry.get("delegated_administrators", []))
            self.cloud.organizations[entry["id"]] = Organization(entry["id"], entry["management"], delegated)

    def account(self, entry: dict, world: dict) -> None:
        """One account with everything in it."""
        account = self.account_itself(entry, world)
        values = {
            "emulator": self.cloud.url,
            "account": account.id,
            "partition": account.partition,
            "signin": f"https://{PARTITIONS[account.partition].signin_host}/saml",
            "source": self.source_of(world, account.partition),
            "organization": account.organization or "",
        }
        iam = account.iam
        if entry.get("alias"):
            iam.account_aliases = [entry["alias"]]
        for user in entry.get("users", []):
            self.user(account, user, values)
        by_name = {role.name: role for role in iam.roles.values()}
        trusts = {name: fill(json.dumps(document), values) for name, document in world.get("trusts", {}).items()}
        for role in self.roles_of(entry):
            old = by_name.get(role["name"])
            if old:
                del iam.roles[old.id]
            self.role(account, role, trusts, values, old.id if old else random_role_id(account.id))
        self.wanted.setdefault(account.id, []).extend(
            name for name in entry.get("saml_providers", []) if name not in self.wanted.get(account.id, [])
        )

    def source_of(self, world: dict, partition: str) -> str:
        """The account whose credentials read the others of a partition, from the world's `discovery`."""
        sources = (world.get("discovery") or {}).get("sources", [])
        return next((one["account"] for one in sources if one["partition"] == partition), "")

    def account_itself(self, entry: dict, world: dict) -> Account:
        """The account's own facts; those that a later seed leaves out stay."""
        old = self.cloud.accounts.get(entry.get("id"))
        partition = entry.get("partition", old.partition if old else "aws")
        state = entry.get("state", old.state if old else "ACTIVE")
        if not re.fullmatch(r"\d{12}", str(entry.get("id"))) or partition not in PARTITIONS or state not in STATES:
            raise BadSeed(f"account `{entry.get('id')}` (partition `{partition}`, state `{state}`) is not an account")
        if old and old.partition != partition:
            raise BadSeed(f"account `{old.id}` is in partition `{old.partition}` already")
        organization = (old and old.organization) or (world.get("organization") or {}).get("id")
        if entry.get("organization") is False or partition != self.partition_of(organization, world, entry):
            organization = None
        name = entry.get("name", old.name if old else entry["id"])
        email = entry.get("email", old.email if old else f"aws+{entry['id']}@example.com")
        account = Account(entry["id"], partition, name, email, state, organization)
        self.cloud.accounts[account.id] = account
        return account

    def partition_of(self, organization: str | None, world: dict, entry: dict) -> str | None:
        """The partition of an organization, that of its management account."""
        known = self.cloud.organizations.get(organization or "")
        if not known:
            return None
        if known.management in self.cloud.accounts:
            return self.cloud.accounts[known.management].partition
        of_world = {one["id"]: one.get("partition", "aws") for one in world.get("accounts", [])}
        return of_world.get(known.management, entry.get("partition", "aws"))

    def user(self, account: Account, entry: dict, values: dict) -> None:
        """An IAM user with keys and inline policies."""
        user = User(account.id, PARTITIONS[account.partition].home_region, entry["name"], entry.get("path"))
        user.policies = {
            name: fill(json.dumps(document), values) for name, document in entry.get("policies", {}).items()
        }
        for key in entry.get("access_keys", []):
            made = AccessKey(entry["name"], "AKIA", account.id)
            made.access_key_id, made.secret_access_key = key["id"], key["secret"]
            user.access_keys.append(made)
            account.iam.access_keys[made.access_key_id] = made
        account.iam.users[entry["name"]] = user

    def roles_of(self, entry: dict):
        """The roles of an account: those listed, and `role_batches` counted out (`{n}` in a name is the number)."""
        yield from entry.get("roles", [])
        for batch in entry.get("role_batches", []):
            for number in range(batch["count"]):
                yield {**batch, "name": batch["name"].replace("{n}", f"{number:04}")}

    def role(self, account: Account, entry: dict, trusts: dict[str, str], values: dict, role_id: str) -> None:
        """A role; `trust` is a document, the name of one of the world's `trusts`, or raw text under `raw_trust`."""
        trust = entry.get("trust", {})
        if isinstance(trust, str) and trust not in trusts:
            raise BadSeed(
                f"role `{entry['name']}` of account `{account.id}` uses trust `{trust}`, which the world does not have"
            )
        document = trusts[trust] if isinstance(trust, str) else fill(json.dumps(trust), values)
        role = Role(
            account_id=account.id,
            partition=account.partition,
            role_id=role_id,
            name=entry["name"],
            assume_role_policy_document=entry.get("raw_trust", document),
            path=entry.get("path", "/"),
            permissions_boundary=None,
            description=entry.get("description", ""),
            tags=[],
            max_session_duration=entry.get("max_session_duration", 3600),
        )
        role.policies = {name: fill(json.dumps(inline), values) for name, inline in entry.get("policies", {}).items()}
        account.iam.roles[role_id] = role

    def providers(self) -> None:
        """Creates or updates every wanted provider whose metadata is known."""
        for account_id, names in self.wanted.items():
            account = self.cloud.accounts[account_id]
            for name in names:
                if name not in self.metadata:
                    continue
                known = account.iam.saml_providers.get(name)
                if known:
                    known.saml_metadata_document = self.metadata[name]
                else:
                    region = PARTITIONS[account.partition].home_region
                    account.iam.saml_providers[name] = SAMLProvider(account.id, region, name, self.metadata[name])


def fill(text: str, values: dict[str, str]) -> str:
    """Puts the account's values into `${…}`; policy variables such as `${saml:sub}` stay."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
