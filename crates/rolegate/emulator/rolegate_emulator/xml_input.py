"""XML from strangers: no document type, no entities, no network."""

from lxml import etree


class BadXml(Exception):
    """Not XML, or XML with a document type."""


def parse_xml(data: bytes) -> etree._Element:
    """The root element; comments and processing instructions stay, so that signatures see what was sent."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadXml("a document type is not allowed")
    return root


def text_of(element: etree._Element | None) -> str | None:
    """All text of an element without its comments, None for no element."""
    return None if element is None else "".join(element.xpath(".//text()"))
