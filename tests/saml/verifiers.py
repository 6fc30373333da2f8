"""Three service providers that share no code with ours: xmlsec1, signxml, pysaml2. And the SAML schemas, twice.

Each `read_*` takes a response as bytes and gives what a service provider would act on, or raises. The first two are
tools, not service providers, so the two rules of SAML core 5.4.2 that make one are added here and nothing more: the
signature is a child of the element that is read, and its reference names that element.
"""

import base64
import pathlib
import subprocess
import tempfile

import saml2.data.schemas
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.xml.schema import validate as validate_with_xmlschema
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
NS = {"p": PROTOCOL, "a": ASSERTION, "ds": DS}
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SCHEMAS = pathlib.Path(saml2.data.schemas.__file__).parent


class Refused(Exception):
    """The verifier does not accept the response."""


def parse(xml):
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def run(*command, env=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=60, env=env)
    if done.returncode != 0:
        raise Refused(f"{command[0]}: {(done.stderr or done.stdout).decode(errors='replace').strip()[-300:]}")
    return done.stdout


def values(assertion):
    """What AWS would act on."""
    attributes = {
        attribute.get("Name"): [value.xpath("string()") for value in attribute.findall("a:AttributeValue", NS)]
        for attribute in assertion.findall("a:AttributeStatement/a:Attribute", NS)
    }
    return {"name_id": assertion.xpath("string(a:Subject/a:NameID)", namespaces=NS), "attributes": attributes}


def signed_elements(xml):
    """The elements whose signature counts: the assertion always, the response where it has one."""
    root = parse(xml)
    assertion = root.find("a:Assertion", NS)
    if root.tag != f"{{{PROTOCOL}}}Response" or assertion is None:
        raise Refused("no response with an assertion")
    return [assertion, root] if root.find("ds:Signature", NS) is not None else [assertion]


def is_assertion(element):
    return element.tag == f"{{{ASSERTION}}}Assertion"


RESPONSE_SIGNATURE = "/*[local-name()='Response']/*[local-name()='Signature']"
ASSERTION_SIGNATURE = "/*[local-name()='Response']/*[local-name()='Assertion'][1]/*[local-name()='Signature']"


def read_with_xmlsec1(xml, directory, key):
    elements = signed_elements(xml)
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(xml)
        file.flush()
        for element in elements:
            reference = element.xpath("string(ds:Signature/ds:SignedInfo/ds:Reference/@URI)", namespaces=NS)
            if reference != "#" + element.get("ID"):
                raise Refused(f"the signature is about `{reference}`")
            # With `x509` instead of `raw-x509-cert` it would follow the certificate in the message.
            run("xmlsec1", "--verify", "--enabled-key-data", "raw-x509-cert",
                "--pubkey-cert-pem", directory / f"{key}.pem",
                "--id-attr:ID", f"{ASSERTION}:Assertion", "--id-attr:ID", f"{PROTOCOL}:Response",
                "--node-xpath", ASSERTION_SIGNATURE if is_assertion(element) else RESPONSE_SIGNATURE, file.name)
    return values(elements[0])


def read_with_signxml(xml, directory, key):
    read = {}
    certificate = (directory / f"{key}.pem").read_text()
    for element in signed_elements(xml):
        expected = SignatureConfiguration(
            location=f"./{{{ASSERTION}}}Assertion/" if is_assertion(element) else "./",
            signature_methods=frozenset([SignatureMethod.RSA_SHA256]),
            digest_algorithms=frozenset([DigestAlgorithm.SHA256]),
        )
        signed = XMLVerifier().verify(xml, x509_cert=certificate, expect_config=expected).signed_xml
        if signed.get("ID") != element.get("ID"):
            raise Refused("the signature is about another element")
        if is_assertion(element):
            read = values(signed)
    return read


def service_provider(directory, key, destination="https://signin.aws.amazon.com/saml"):
    """pysaml2 with the metadata of the identity provider, as AWS is configured: assertions must be signed."""
    config = SPConfig()
    config.load({
        "entityid": "urn:amazon:webservices",
        "metadata": {"local": [str(directory / f"{key}-metadata.xml")]},
        "allow_unknown_attributes": True,
        "service": {"sp": {
            "endpoints": {"assertion_consumer_service": [(destination, BINDING_HTTP_POST)]},
            "want_assertions_signed": True,
            "want_response_signed": False,
            "allow_unsolicited": True,
        }},
    })
    return Saml2Client(config)


def read_with_pysaml2(xml, client):
    encoded = base64.b64encode(xml).decode()
    response = client.parse_authn_request_response(encoded, BINDING_HTTP_POST, outstanding={"_request1": "/"})
    if response is None:
        raise Refused("no answer")
    return {"name_id": response.name_id.text, "attributes": response.ava}


def catalog(directory):
    """Leads libxml2 from the addresses that the schemas import to the files that pysaml2 brings."""
    places = {
        "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
        "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd": "xenc-schema.xsd",
        "http://www.w3.org/2001/xml.xsd": "xml.xsd",
    }
    lines = [f'<system systemId="{url}" uri="{(SCHEMAS / name).as_uri()}"/>' for url, name in places.items()]
    lines += [line.replace("<system systemId", "<uri name") for line in lines]
    file = directory / "catalog.xml"
    file.write_text(f'<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">{"".join(lines)}</catalog>')
    return {"XML_CATALOG_FILES": str(file)}


def validate_with_xmllint(file, kind, env):
    run("xmllint", "--nonet", "--noout", "--schema", SCHEMAS / f"saml-schema-{kind}-2.0.xsd", file, env=env)


def metadata_as_read(client, entity_id):
    """Certificates and addresses that pysaml2 found."""
    certificates = [text for _, text in client.metadata.certs(entity_id, "idpsso", "signing")]
    addresses = {
        binding: client.metadata.single_sign_on_service(entity_id, binding)[0]["location"]
        for binding in (BINDING_HTTP_POST, BINDING_HTTP_REDIRECT)
    }
    return ["".join(text.split()) for text in certificates], addresses
