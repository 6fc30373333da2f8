"""The rules by which AWS lets an assertion open a role, in one place for the STS call and the sign-in page."""

import base64
import hashlib
import re
from dataclasses import dataclass

from lxml import etree
from moto.iam.models import Role

from . import policies, trust
from .cloud import Account, Cloud
from .conditions import Context, context_of
from .partitions import PARTITIONS
from .saml_claims import NOT_AUTHORIZED, Claims, check_audience, check_times, invalid, read_claims
from .saml_metadata import BadMetadata, read_metadata
from .saml_signature import SAML, BadSignature, NotAResponse, only_assertion, verified_assertion
from .wire import access_denied
from .xml_input import BadXml, parse_xml, text_of

EDU_PERSON = {
    "1": "Affiliation", "2": "Nickname", "3": "OrgDN", "4": "OrgUnitDN", "5": "PrimaryAffiliation", "6": "PrincipalName",
    "7": "Entitlement", "8": "PrimaryOrgUnitDN", "9": "ScopedAffiliation", "10": "TargetedID", "11": "Assurance",
}  # fmt: skip


@dataclass(frozen=True)
class Admission:
    """An assertion that opens a role: whose, and where."""

    claims: Claims
    account: Account
    role: Role
    provider_arn: str

    @property
    def name_qualifier(self) -> str:
        """`BASE64(SHA1(issuer + account + "/" + provider))`."""
        return name_qualifier(self.claims, self.account.id, self.provider_arn)


def decode(text: str) -> bytes:
    """The response document out of its base64."""
    try:
        document = base64.b64decode(re.sub(r"\s", "", text), validate=True)
        only_assertion(parse_xml(document))
    except (ValueError, BadXml, NotAResponse):
        raise invalid("Invalid base64 SAMLResponse") from None
    return document


def recognise(cloud: Cloud, document: bytes, provider_arn: str) -> Claims:
    """Checks that the provider of that ARN made the assertion for AWS just now; reads it."""
    found = cloud.provider(provider_arn)
    if not found:
        raise invalid("Specified provider doesn't exist")
    account, stored = found
    try:
        provider = read_metadata(stored.saml_metadata_document)
    except BadMetadata:
        raise invalid("Response signature invalid") from None
    response = parse_xml(document)
    issuers = [response.find(f"{SAML}Issuer"), only_assertion(response).find(f"{SAML}Issuer")]
    if issuers[1] is None or any(
        one is not None and (text_of(one) or "").strip() != provider.entity_id for one in issuers
    ):
        raise invalid("Issuer not present in specified provider")
    try:
        assertion = etree.fromstring(verified_assertion(document, provider))
    except (BadSignature, BadXml):
        raise invalid("Response signature invalid") from None
    check_times(assertion, cloud.clock.now())
    check_audience(assertion, PARTITIONS[account.partition])
    return read_claims(assertion)


def admit(cloud: Cloud, document: bytes, role_arn: str, provider_arn: str) -> Admission:
    """Every rule for one role: the pair is in the assertion, its values are well formed, and the role trusts it."""
    claims = recognise(cloud, document, provider_arn)
    if not {f"{role_arn},{provider_arn}", f"{provider_arn},{role_arn}"} & set(claims.roles):
        raise invalid("SAML Assertion doesn't contain the requested Role and Metadata in the attributes")
    claims.session_name()
    claims.session_duration()
    source_identity = claims.source_identity()
    refused = access_denied(NOT_AUTHORIZED)
    provider_account, provider = cloud.provider(provider_arn)
    partition = PARTITIONS[provider_account.partition]
    if claims.recipient != f"{cloud.url}/saml" and not partition.is_sign_in_url(
        claims.recipient, provider_uuid(provider_arn)
    ):
        raise refused
    found = cloud.role(role_arn)
    if not found or found[0] is not provider_account or not found[0].is_active:
        raise refused
    account, role = found
    if role.name.startswith("AWSReservedSSO_") or role.path.startswith(("/aws-reserved/", "/aws-service-role/")):
        raise refused
    actions = ["sts:AssumeRoleWithSAML"]
    actions += ["sts:TagSession"] if claims.tags else []
    actions += ["sts:SetSourceIdentity"] if source_identity else []
    document_ = policies.parse(role.assume_role_policy_document)
    context = trust_context(cloud, claims, account.id, provider_arn)
    if trust.weakest(document_, trust.SamlPrincipal(provider_arn), actions, context) is trust.Match.NONE:
        raise refused
    return Admission(claims, account, role, provider_arn)


def name_qualifier(claims: Claims, account_id: str, provider_arn: str) -> str:
    """What makes a subject unique together with its name."""
    provider_name = provider_arn.rpartition("/")[2]
    return base64.b64encode(hashlib.sha1(f"{claims.issuer}{account_id}/{provider_name}".encode()).digest()).decode()


def provider_uuid(provider_arn: str) -> str:
    """A stable `SAMLProviderUUID` for a provider."""
    return "SAMLSP" + base64.b32encode(hashlib.sha256(provider_arn.encode()).digest()).decode()[:22]


def trust_context(cloud: Cloud, claims: Claims, account_id: str, provider_arn: str) -> Context:
    """The condition keys that a federated sign-in brings."""
    edu = {
        f"saml:eduPerson{name}": claims.attributes.get(f"urn:oid:1.3.6.1.4.1.5923.1.1.1.{number}")
        for number, name in EDU_PERSON.items()
    }
    now = cloud.clock.now()
    return context_of(
        {
            "saml:aud": claims.recipient,
            "saml:iss": claims.issuer,
            "saml:sub": claims.subject,
            "saml:sub_type": claims.subject_type,
            "saml:doc": f"{account_id}/{provider_arn.rpartition('/')[2]}",
            "saml:namequalifier": name_qualifier(claims, account_id, provider_arn),
            "saml:cn": claims.attributes.get("urn:oid:2.5.4.3"),
            **edu,
            "sts:RoleSessionName": claims.session_name(),
            "sts:SourceIdentity": claims.source_identity(),
            "sts:TransitiveTagKeys": claims.transitive_tags or None,
            "aws:TagKeys": list(claims.tags) or None,
            **{f"aws:RequestTag/{key}": value for key, value in claims.tags.items()},
            "aws:SourceIp": "127.0.0.1",
            "aws:SecureTransport": "true",
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
        }
    )
