"""What a verified assertion says: read once, checked against the rules for shape and time."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml import etree

from .partitions import Partition
from .saml_signature import SAML
from .session_rules import SESSION_NAME, checked_duration, checked_tags
from .wire import AwsError, access_denied
from .xml_input import text_of

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
REDEEM_WITHIN = timedelta(minutes=5)
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"
NAMEID_PREFIX = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def invalid(message: str) -> AwsError:
    """`InvalidIdentityToken`, 400."""
    return AwsError("InvalidIdentityToken", message)


@dataclass
class Claims:
    """The parts of an assertion that AWS reads."""

    issuer: str
    subject: str
    name_format: str
    recipient: str
    attributes: dict[str, list[str]]
    session_not_on_or_after: datetime | None
    tags: dict[str, str] = field(default_factory=dict)
    transitive_tags: list[str] = field(default_factory=list)

    @property
    def subject_type(self) -> str:
        """The format without SAML 2.0's own prefix."""
        return self.name_format.removeprefix(NAMEID_PREFIX)

    @property
    def roles(self) -> list[str]:
        """The values of the `Role` attribute."""
        return self.attributes.get(f"{ATTRIBUTES}Role", [])

    def session_name(self) -> str:
        """`RoleSessionName`: exactly one valid value."""
        values = self.attributes.get(f"{ATTRIBUTES}RoleSessionName", [])
        if not values:
            raise invalid("RoleSessionName is required in AuthnResponse")
        if len(values) != 1 or not SESSION_NAME.fullmatch(values[0]):
            raise invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
        return values[0]

    def source_identity(self) -> str | None:
        """`SourceIdentity`, None without one."""
        values = self.attributes.get(f"{ATTRIBUTES}SourceIdentity")
        if values is None:
            return None
        if len(values) != 1 or not SESSION_NAME.fullmatch(values[0]) or values[0].startswith("aws:"):
            raise invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
        return values[0]

    def session_duration(self) -> int | None:
        """`SessionDuration` in seconds, None without one."""
        values = self.attributes.get(f"{ATTRIBUTES}SessionDuration")
        if values is None:
            return None
        if len(values) != 1:
            raise AwsError("ValidationError", "SessionDuration in AuthnResponse must have exactly one value")
        return checked_duration(values[0])

    def seconds_left(self, now: datetime) -> int | None:
        """Until `SessionNotOnOrAfter`, None without one."""
        if self.session_not_on_or_after is None:
            return None
        return int((self.session_not_on_or_after - now).total_seconds())


def read_claims(assertion: etree._Element) -> Claims:
    """Reads a verified assertion and checks what does not depend on a role."""
    subject = assertion.find(f"{SAML}Subject")
    name = None if subject is None else subject.find(f"{SAML}NameID")
    confirmations = [] if subject is None else subject.findall(f"{SAML}SubjectConfirmation")
    if (
        name is None
        or not (text_of(name) or "").strip()
        or len(confirmations) != 1
        or confirmations[0].get("Method") != BEARER
    ):
        raise access_denied(NOT_AUTHORIZED)
    data = confirmations[0].findall(f"{SAML}SubjectConfirmationData")
    if len(data) != 1 or not data[0].get("NotOnOrAfter") or not data[0].get("Recipient"):
        raise access_denied(NOT_AUTHORIZED)
    statements = assertion.findall(f"{SAML}AuthnStatement")
    ends = [moment(one.get("SessionNotOnOrAfter")) for one in statements if one.get("SessionNotOnOrAfter")]
    attributes = read_attributes(assertion)
    claims = Claims(
        issuer=(text_of(assertion.find(f"{SAML}Issuer")) or "").strip(),
        subject=text_of(name).strip(),
        name_format=name.get("Format", UNSPECIFIED),
        recipient=data[0].get("Recipient"),
        attributes=attributes,
        session_not_on_or_after=min(ends, default=None),
    )
    claims.tags, claims.transitive_tags = read_tags(attributes)
    return claims


def read_attributes(assertion: etree._Element) -> dict[str, list[str]]:
    """Attribute values by exact name."""
    found: dict[str, list[str]] = {}
    for attribute in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute"):
        values = [text_of(value) for value in attribute.findall(f"{SAML}AttributeValue")]
        found.setdefault(attribute.get("Name", ""), []).extend(values)
    return found


def read_tags(attributes: dict[str, list[str]]) -> tuple[dict[str, str], list[str]]:
    """Session tags and the transitive ones; a tag with several values is no tag."""
    prefix = f"{ATTRIBUTES}PrincipalTag:"
    named = [(name.removeprefix(prefix), values) for name, values in attributes.items() if name.startswith(prefix)]
    transitive = attributes.get(f"{ATTRIBUTES}TransitiveTagKeys", [])
    if any(len(values) != 1 for _, values in named):
        raise AwsError("ValidationError", "Unable to validate tags")
    return checked_tags([(key, values[0]) for key, values in named], transitive), transitive


def check_times(assertion: etree._Element, now: datetime) -> None:
    """Redeemed within five minutes of issuance and inside every window."""
    issued = moment(assertion.get("IssueInstant"))
    if now - issued > REDEEM_WITHIN:
        raise AwsError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    if issued - now > timedelta(seconds=1):
        raise invalid("Response is not yet valid")
    windows = [*assertion.iterfind(f"{SAML}Conditions"), *assertion.iter(f"{SAML}SubjectConfirmationData")]
    for window in windows:
        if window.get("NotOnOrAfter") and now >= moment(window.get("NotOnOrAfter")):
            raise AwsError("ExpiredTokenException", "Response has expired")
        if window.get("NotBefore") and now < moment(window.get("NotBefore")):
            raise invalid("Response is not yet valid")
    for statement in assertion.iterfind(f"{SAML}AuthnStatement"):
        if statement.get("SessionNotOnOrAfter") and now >= moment(statement.get("SessionNotOnOrAfter")):
            raise AwsError("ExpiredTokenException", "Response has expired")


def check_audience(assertion: etree._Element, partition: Partition) -> None:
    """Every restriction must name AWS in this partition, and there must be one."""
    restrictions = assertion.findall(f"{SAML}Conditions/{SAML}AudienceRestriction")
    named = [[(text_of(one) or "").strip() for one in each.findall(f"{SAML}Audience")] for each in restrictions]
    if not named or not all(any(map(partition.is_audience, audiences)) for audiences in named):
        raise invalid("Response does not contain the required audience.")


def moment(text: str | None) -> datetime:
    """An `xs:dateTime` with a zone."""
    if not text or not DATE_TIME.fullmatch(text):
        raise invalid("Invalid base64 SAMLResponse")
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).astimezone(UTC)
    except ValueError:
        raise invalid("Invalid base64 SAMLResponse") from None
