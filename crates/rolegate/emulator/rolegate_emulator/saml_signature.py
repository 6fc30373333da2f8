"""The signature of an assertion, and the one element that it covers.

Only what `verified_assertion` returns is ever read for a decision: the bytes that the signature covers,
parsed again. Wrapping a signed assertion in something else therefore gains nothing.
"""

from datetime import timedelta
from functools import lru_cache

from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

from .saml_metadata import DS, IdentityProvider
from .xml_input import BadXml, parse_xml

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
METHODS = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512})
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


class NotAResponse(Exception):
    """The document is no SAML response with one assertion."""


class BadSignature(Exception):
    """The assertion is not signed by the provider."""


def only_assertion(response: etree._Element) -> etree._Element:
    """The single assertion, a child of a successful response; any other one in the document is refused."""
    assertions = list(response.iter(f"{SAML}Assertion"))
    status = response.find(f"{SAMLP}Status/{SAMLP}StatusCode")
    if (
        response.tag != f"{SAMLP}Response"
        or len(assertions) != 1
        or assertions[0].getparent() is not response
        or status is None
        or status.get("Value") != "urn:oasis:names:tc:SAML:2.0:status:Success"
    ):
        raise NotAResponse
    return assertions[0]


@lru_cache(maxsize=64)
def verified_assertion(document: bytes, provider: IdentityProvider) -> bytes:
    """The canonical bytes of the assertion, signed by one of the provider's keys; a signed response must verify too."""
    response = parse_xml(document)
    assertion = only_assertion(response)
    ids = response.xpath("//@ID | //@Id | //@id")
    if len(set(ids)) != len(ids):
        raise BadSignature
    if response.find(f"{DS}Signature") is not None:
        signed = signed_element(document, "./", provider)
        if signed.get("ID") != response.get("ID") or signed.tag != response.tag:
            raise BadSignature
    signed = signed_element(document, f"./{SAML}Assertion/", provider)
    if signed.tag != assertion.tag or signed.get("ID") != assertion.get("ID") or not signed.get("ID"):
        raise BadSignature
    return etree.tostring(signed, method="c14n", exclusive=True, with_comments=False)


def signed_element(document: bytes, location: str, provider: IdentityProvider) -> etree._Element:
    """The element that the signature at a place covers, verified with whichever certificate fits."""
    for certificate in provider.certificates:
        config = SignatureConfiguration(
            location=location,
            signature_methods=METHODS,
            digest_algorithms=DIGESTS,
            # AWS documents no check of the certificate's own dates.
            verification_time=certificate.not_valid_before_utc + timedelta(seconds=1),
        )
        try:
            result = XMLVerifier().verify(
                parse_xml(document), x509_cert=certificate, id_attribute="ID", expect_config=config
            )
        except BadXml:
            raise
        except Exception:  # signxml, lxml and cryptography each have their own
            continue
        if result.signed_xml is not None:
            return result.signed_xml
    raise BadSignature
