"""The identity provider's metadata as IAM takes it: one entity, signing certificates of at least 1024 bits."""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from lxml import etree

from .xml_input import BadXml, parse_xml

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
LEAST_CHARS, MOST_CHARS = 1_000, 10_000_000
LEAST_KEY_BITS = 1024
MOST_KEYS = 10


class BadMetadata(Exception):
    """IAM would answer `InvalidInput`."""


@dataclass(frozen=True)
class IdentityProvider:
    """What AWS keeps of the metadata."""

    entity_id: str
    certificates: tuple[x509.Certificate, ...]


@lru_cache(maxsize=256)
def read_metadata(document: str) -> IdentityProvider:
    """Parses and checks a metadata document."""
    if document.startswith("\ufeff"):
        raise BadMetadata("Could not parse metadata")
    try:
        root = parse_xml(document.encode())
    except BadXml as error:
        raise BadMetadata("Could not parse metadata") from error
    descriptors = [root] if root.tag == f"{MD}EntityDescriptor" else root.findall(f"{MD}EntityDescriptor")
    idps = [(entity, idp) for entity in descriptors for idp in entity.findall(f"{MD}IDPSSODescriptor")]
    if len(idps) != 1:
        raise BadMetadata("Could not parse metadata")
    entity, idp = idps[0]
    keys = [key for key in idp.findall(f"{MD}KeyDescriptor") if key.get("use", "signing") == "signing"]
    certificates = tuple(read_certificate(one.text or "") for key in keys for one in key.iter(f"{DS}X509Certificate"))
    sign_on = idp.findall(f"{MD}SingleSignOnService")
    if (
        not entity.get("entityID")
        or not 1 <= len(certificates) <= MOST_KEYS
        or not any(one.get("Location") for one in sign_on)
    ):
        raise BadMetadata("Could not parse metadata")
    return IdentityProvider(entity.get("entityID"), certificates)


def read_certificate(text: str) -> x509.Certificate:
    """A certificate with a key that AWS takes."""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(re.sub(r"\s", "", text), validate=True))
        bits = certificate.public_key().key_size
        list(certificate.extensions)
    except (ValueError, x509.DuplicateExtension, AttributeError, TypeError) as error:
        raise BadMetadata("Unable to parse metadata") from error
    if bits < LEAST_KEY_BITS:
        raise BadMetadata("Unable to parse metadata")
    return certificate


def valid_until(document: str) -> str | None:
    """The `validUntil` of the entity, None without one."""
    return etree.fromstring(document.encode()).get("validUntil")
