"""The state of the pretended AWS: its accounts, moto's IAM store for each, and the sessions issued here."""

import secrets
import string
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from moto.iam.models import IAMBackend, Role, SAMLProvider, User, iam_backends

from . import policies
from .callers import Caller, Session
from .clock import Clock
from .wire import AwsError

ALPHABET = string.ascii_uppercase + "234567"


@dataclass
class Account:
    """One AWS account."""

    id: str
    partition: str
    name: str
    email: str
    state: str = "ACTIVE"
    organization: str | None = None
    joined: datetime = datetime(2024, 1, 15, 9, 30, tzinfo=UTC)

    @property
    def is_active(self) -> bool:
        """Whether AWS serves calls of this account."""
        return self.state == "ACTIVE"

    @property
    def iam(self) -> IAMBackend:
        """moto's IAM of this account."""
        return iam_backends[self.id][self.partition]


@dataclass
class Organization:
    """An organization: its management account, and who else may list accounts."""

    id: str
    management: str
    delegated: frozenset[str] = frozenset()


class Cloud:
    """Everything the services share. `lock` guards moto, which is not made for threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = Clock()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.organizations: dict[str, Organization] = {}
        self.sessions: dict[str, Session] = {}
        self.key_owners: dict[str, tuple[str, str]] = {}

    def reset(self) -> None:
        """Forgets everything."""
        with self.lock:
            self.accounts.clear()
            self.organizations.clear()
            self.sessions.clear()
            self.key_owners.clear()
            self.clock.offset_seconds = 0.0
            iam_backends.reset()

    def account(self, account_id: str, partition: str) -> Account | None:
        """The account, if it exists in that partition."""
        account = self.accounts.get(account_id)
        return account if account and account.partition == partition else None

    def role(self, arn: str) -> tuple[Account, Role] | None:
        """The account and the role of an exact role ARN (path and case count)."""
        fields = arn.split(":", 5)
        if len(fields) != 6 or fields[0] != "arn" or fields[2:4] != ["iam", ""] or not fields[5].startswith("role/"):
            return None
        account = self.account(fields[4], fields[1])
        if not account:
            return None
        role = next((role for role in list(account.iam.roles.values()) if role.arn == arn), None)
        return (account, role) if role else None

    def provider(self, arn: str) -> tuple[Account, SAMLProvider] | None:
        """The account and the SAML provider of an ARN."""
        fields = arn.split(":", 5)
        if (
            len(fields) != 6
            or fields[0] != "arn"
            or fields[2:4] != ["iam", ""]
            or not fields[5].startswith("saml-provider/")
        ):
            return None
        account = self.account(fields[4], fields[1])
        provider = account.iam.saml_providers.get(fields[5].removeprefix("saml-provider/")) if account else None
        return (account, provider) if provider else None

    def key(self, access_key: str) -> tuple[Account, User, str] | None:
        """The account, user and secret of an active long-lived access key."""
        account_id, user_name = self.key_owners.get(access_key, ("", ""))
        account = self.accounts.get(account_id)
        users = [account.iam.users.get(user_name)] if account else []
        return self.key_among(access_key, [(account, user) for user in users if user]) or self.key_among(
            access_key,
            [(account, user) for account in list(self.accounts.values()) for user in list(account.iam.users.values())],
        )

    def key_among(self, access_key: str, owners: list[tuple[Account, User]]) -> tuple[Account, User, str] | None:
        """Searches users for a key, and remembers where it was."""
        for account, user in owners:
            for key in user.access_keys:
                if key.access_key_id == access_key and key.status == "Active":
                    self.key_owners[access_key] = (account.id, user.name)
                    return account, user, key.secret_access_key
        return None

    def account_of_key(self, access_key: str | None) -> str | None:
        """The account that a key belongs to, without any check (for faults)."""
        if access_key in self.sessions:
            return self.sessions[access_key].account
        found = self.key(access_key) if access_key else None
        return found[0].id if found else None

    def user_caller(self, account: Account, user: User) -> Caller:
        """The caller behind a user's key, with the policies of its groups."""
        groups = [group for group in account.iam.groups.values() if user in group.users]
        documents = [document for holder in (user, *groups) for document in documents_of(holder)]
        return Caller(account.partition, account.id, user.arn, user.id, user.arn, documents, None, account.organization)

    def session_caller(self, session: Session) -> Caller:
        """The caller behind a session, with the rights that its role has now."""
        account = self.accounts.get(session.account)
        role = account.iam.roles.get(session.role_id) if account else None
        if not role:
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        return Caller(
            session.partition,
            session.account,
            session.arn,
            session.id,
            session.role_arn,
            documents_of(role),
            session,
            account.organization,
        )

    def issue(self, account: Account, role: Role, name: str, seconds: int, **details) -> Session:
        """Opens a role session and gives it credentials."""
        session = Session(
            access_key="ASIA" + "".join(secrets.choice(ALPHABET) for _ in range(16)),
            secret=secrets.token_urlsafe(30),
            token="FwoGZXIvYXdzE" + secrets.token_urlsafe(240),
            expires=self.clock.now() + timedelta(seconds=seconds),
            partition=account.partition,
            account=account.id,
            role_id=role.id,
            role_name=role.name,
            role_arn=role.arn,
            name=name,
            **details,
        )
        self.sessions[session.access_key] = session
        return session


def documents_of(holder) -> list[dict]:
    """The inline and attached policies of a user, group or role, as moto stores them."""
    inline = holder.policies.values() if isinstance(holder.policies, dict) else []
    managed = (policy.document for policy in holder.managed_policies.values())
    return [policies.parse(text) for text in (*inline, *managed)]
