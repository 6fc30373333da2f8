"""The SAML form that a browser would post, and what is in it. Read with lxml, judged elsewhere."""

import base64
import dataclasses
import html
import re

from lxml import etree

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
INPUT = re.compile(r'<input[^>]*name="(SAMLResponse|RelayState)"[^>]*value="([^"]*)"')
ACTION = re.compile(r'<form[^>]*action="([^"]*)"')


@dataclasses.dataclass
class Form:
    """A launch: where it goes and what it carries."""

    action: str
    response: str
    relay_state: str | None

    @staticmethod
    def of(answer):
        """From the page that posts itself."""
        page = answer.expect(200).text
        fields = {name: html.unescape(value) for name, value in INPUT.findall(page)}
        assert "SAMLResponse" in fields, page
        return Form(html.unescape(ACTION.search(page).group(1)), fields["SAMLResponse"], fields.get("RelayState"))

    @property
    def xml(self):
        """The response."""
        return etree.fromstring(base64.b64decode(self.response, validate=True))

    def values(self, name):
        """The values of one of AWS's attributes."""
        found = self.xml.findall(f".//{ASSERTION}Attribute[@Name='{ATTRIBUTES}{name}']/{ASSERTION}AttributeValue")
        return [value.text for value in found]

    def pairs(self):
        """(provider ARN, role ARN) of every role. A role's name may hold a comma, a provider's may not."""
        return [tuple(value.split(",", 1)) for value in self.values("Role")]
