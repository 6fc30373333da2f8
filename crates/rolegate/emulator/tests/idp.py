"""A small identity provider for the tests: signs, with signxml, what a test asks for, right or wrong."""

import base64
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner, methods

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
AUDIENCE = "urn:amazon:webservices"
RECIPIENT = "https://signin.aws.amazon.com/saml"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SAML_NS = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP_NS = "urn:oasis:names:tc:SAML:2.0:protocol"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Key:
    """A key pair with its self-signed certificate."""

    private: bytes
    certificate: str

    @classmethod
    def make(cls, bits: int = 2048, days: int = 3650, began_days_ago: int = 1) -> "Key":
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test identity provider")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=began_days_ago))
            .not_valid_after(now + timedelta(days=days))
            .sign(private, hashes.SHA256())
        )
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(pem, certificate.public_bytes(serialization.Encoding.PEM).decode())

    @property
    def base64(self) -> str:
        return "".join(self.certificate.split("\n")[1:-2])


@dataclass
class Spec:
    """What an assertion says. A field set to None leaves its part out."""

    roles: list[str]
    session_name: list[str] | None = field(default_factory=lambda: ["alice@example.com"])
    issuer: str | None = None
    response_issuer: str | None = None
    subject: str | None = "alice@example.com"
    name_format: str = PERSISTENT
    recipients: list[str | None] = field(default_factory=lambda: [RECIPIENT])
    method: str = BEARER
    confirmation_end: bool = True
    audiences: list[str] | None = field(default_factory=lambda: [AUDIENCE])
    issued: timedelta = timedelta()
    not_before: timedelta = timedelta(seconds=-30)
    not_on_or_after: timedelta = timedelta(minutes=5)
    session_end: timedelta | None = None
    attributes: dict[str, list[str]] = field(default_factory=dict)
    role_attribute: str = ATTRIBUTES + "Role"
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    sign_assertion: bool = True
    sign_response: bool = False
    algorithm: str = "rsa-sha256"
    digest: str = "sha256"
    assertion_id: str = "_assertion1"
    response_id: str = "_response1"


class AnyAlgorithmSigner(XMLSigner):
    """Signs with SHA-1 as well, which signxml warns against, to see it refused."""

    def check_deprecated_methods(self) -> None:
        pass


class Idp:
    """An identity provider with a signing key."""

    def __init__(self, entity_id: str, key: Key) -> None:
        self.entity_id, self.key = entity_id, key

    def metadata(self, *more_keys: Key) -> str:
        keys = "".join(
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{key.base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for key in (self.key, *more_keys)
        )
        return (
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}">'
            f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP_NS}">{keys}'
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def assertion(self, spec: Spec) -> etree._Element:
        """The assertion, not signed."""
        now = datetime.now(UTC)
        end = stamp(now + spec.not_on_or_after)
        attributes = {spec.role_attribute: spec.roles, **spec.attributes}
        if spec.session_name is not None:
            attributes[ATTRIBUTES + "RoleSessionName"] = spec.session_name
        statement = "".join(
            f'<saml2:Attribute Name="{escape(name)}">'
            + "".join(f"<saml2:AttributeValue>{escape(value)}</saml2:AttributeValue>" for value in values)
            + "</saml2:Attribute>"
            for name, values in attributes.items()
        )
        confirmation_end = f' NotOnOrAfter="{end}"' if spec.confirmation_end else ""
        confirmations = "".join(
            f'<saml2:SubjectConfirmation Method="{spec.method}"><saml2:SubjectConfirmationData{confirmation_end}'
            + (f' Recipient="{escape(recipient)}"' if recipient is not None else "")
            + "/></saml2:SubjectConfirmation>"
            for recipient in spec.recipients
        )
        name = (
            f'<saml2:NameID Format="{spec.name_format}">{spec.subject}</saml2:NameID>'
            if spec.subject is not None
            else ""
        )
        audiences = (
            "<saml2:AudienceRestriction>"
            + "".join(f"<saml2:Audience>{one}</saml2:Audience>" for one in spec.audiences)
            + "</saml2:AudienceRestriction>"
            if spec.audiences is not None
            else ""
        )
        session_end = f' SessionNotOnOrAfter="{stamp(now + spec.session_end)}"' if spec.session_end is not None else ""
        return etree.fromstring(
            f'<saml2:Assertion xmlns:saml2="{SAML_NS}" ID="{spec.assertion_id}" Version="2.0" IssueInstant="{stamp(now + spec.issued)}">'
            f"<saml2:Issuer>{spec.issuer or self.entity_id}</saml2:Issuer>"
            f"<saml2:Subject>{name}{confirmations}</saml2:Subject>"
            f'<saml2:Conditions NotBefore="{stamp(now + spec.not_before)}" NotOnOrAfter="{end}">{audiences}</saml2:Conditions>'
            f'<saml2:AuthnStatement AuthnInstant="{stamp(now)}"{session_end}><saml2:AuthnContext><saml2:AuthnContextClassRef>'
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
            "</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>"
            f"<saml2:AttributeStatement>{statement}</saml2:AttributeStatement></saml2:Assertion>"
        )

    def document(self, spec: Spec) -> etree._Element:
        """The whole response, signed as the spec says."""
        assertion = self.assertion(spec)
        if spec.sign_assertion:
            assertion = self.sign(assertion, spec.assertion_id, spec)
        response = etree.fromstring(
            f'<saml2p:Response xmlns:saml2p="{SAMLP_NS}" ID="{spec.response_id}" Version="2.0" '
            f'IssueInstant="{stamp(datetime.now(UTC))}" Destination="{escape(spec.recipients[0] or "") if spec.recipients else ""}">'
            f'<saml2:Issuer xmlns:saml2="{SAML_NS}">{spec.response_issuer or spec.issuer or self.entity_id}</saml2:Issuer>'
            f'<saml2p:Status><saml2p:StatusCode Value="{spec.status}"/></saml2p:Status></saml2p:Response>'
        )
        response.append(assertion)
        return self.sign(response, spec.response_id, spec) if spec.sign_response else response

    def sign(self, element: etree._Element, reference: str, spec: Spec) -> etree._Element:
        """An enveloped signature by this provider's key, after the issuer."""
        signer = AnyAlgorithmSigner(
            method=methods.enveloped,
            signature_algorithm=spec.algorithm,
            digest_algorithm=spec.digest,
            c14n_algorithm=C14N,
        )
        signed = signer.sign(element, key=self.key.private, cert=self.key.certificate, reference_uri=reference)
        signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
        signed.remove(signature)
        signed.insert(1, signature)
        return signed

    def response(self, spec: Spec, **changes) -> str:
        """The response as it is posted."""
        return encode(self.document(replace(spec, **changes)))


def encode(document: etree._Element | bytes) -> str:
    """Base64 of a document."""
    data = document if isinstance(document, bytes) else etree.tostring(document)
    return base64.b64encode(data).decode()


def evil_copy(assertion: etree._Element, subject: str, new_id: str) -> etree._Element:
    """An unsigned copy of an assertion with another id and subject, for wrapping."""
    copy = deepcopy(assertion)
    copy.set("ID", new_id)
    copy.remove(copy.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    copy.find(f".//{{{SAML_NS}}}NameID").text = subject
    return copy
