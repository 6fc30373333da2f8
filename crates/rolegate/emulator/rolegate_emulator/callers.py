"""Who makes a call: a user by a long-lived key, or a role session by keys that this emulator issued."""

from dataclasses import dataclass, field
from datetime import datetime

from .conditions import Context, context_of


@dataclass
class Session:
    """A role session and its temporary credentials."""

    access_key: str
    secret: str
    token: str
    expires: datetime
    partition: str
    account: str
    role_id: str
    role_name: str
    role_arn: str
    name: str
    source_identity: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    transitive_tags: frozenset[str] = frozenset()
    policies: list[dict] | None = None
    federated: bool = False

    @property
    def arn(self) -> str:
        """`arn:…:sts::ACCOUNT:assumed-role/NAME/SESSION`."""
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.role_name}/{self.name}"

    @property
    def id(self) -> str:
        """`AROA…:SESSION`."""
        return f"{self.role_id}:{self.name}"


@dataclass
class Caller:
    """The authenticated caller."""

    partition: str
    account: str
    arn: str
    user_id: str
    principal_arn: str
    policies: list[dict]
    session: Session | None = None
    organization: str | None = None

    @property
    def session_policies(self) -> list[dict] | None:
        """The session's own policies, None where the session has the role's full rights."""
        return self.session.policies if self.session else None

    def context(self, now: datetime, client: str) -> Context:
        """The global condition keys that a call by this caller carries."""
        tags = self.session.tags if self.session else {}
        return context_of(
            {
                "aws:PrincipalArn": self.principal_arn,
                "aws:PrincipalAccount": self.account,
                "aws:PrincipalOrgID": self.organization,
                "aws:PrincipalType": "AssumedRole" if self.session else "User",
                "aws:userid": self.user_id,
                "aws:username": None if self.session else self.arn.rpartition("/")[2],
                "aws:SourceIp": client,
                "aws:SecureTransport": "true",
                "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "aws:EpochTime": str(int(now.timestamp())),
                "sts:SourceIdentity": self.session.source_identity if self.session else None,
                **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
            }
        )
