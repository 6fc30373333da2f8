//! A strict reader for small messages of strangers: one pass, no recursion, every size bounded.
//!
//! Refused are document types (entity bombs, external entities), comments and processing instructions (they cut a text
//! in two for some readers and not for others), CDATA, character sets other than UTF-8, and everything beyond the
//! [limits](LIMITS). Names come back with their namespace, never with a prefix that somebody else chose.

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};

use super::write::is_legal;

/// Bounds of a document.
pub struct Limits {
    /// Of the text.
    pub bytes: usize,
    /// Elements inside one another.
    pub depth: usize,
    /// Of one element.
    pub attributes: usize,
    /// Declared on one element.
    pub namespaces: usize,
    /// In all.
    pub elements: usize,
}

/// What [`Document::parse`] takes.
pub const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 64, attributes: 64, namespaces: 32, elements: 20_000 };

/// Why a document is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Too large in one way.
    #[error("the document has more than {most} {of}")]
    Limit {
        /// The limit.
        most: usize,
        /// Of what.
        of: &'static str,
    },
    /// Something that no SAML message needs.
    #[error("the document holds {0}, which is refused")]
    Forbidden(&'static str),
    /// Not UTF-8.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// Not XML, or not one document.
    #[error("the document is not well-formed XML: {0}")]
    Malformed(String),
}

/// An attribute with its namespace (empty where it has none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAttribute {
    /// Empty where it has none.
    pub namespace: String,
    /// Without prefix.
    pub local: String,
    /// Unescaped.
    pub value: String,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Empty where it has none.
    pub namespace: String,
    /// Without prefix.
    pub local: String,
    /// As they came; declarations of namespaces are not among them.
    pub attributes: Vec<ReadAttribute>,
    /// All text directly inside, unescaped.
    pub text: String,
    /// The place of the element around it in [`Document::elements`]; `None` for the root.
    pub parent: Option<usize>,
}

impl Element {
    /// The value of an attribute without namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.namespace.is_empty() && attribute.local == local)
            .map(|attribute| attribute.value.as_str())
    }

    /// Whether it is this element.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

/// A document: its elements in order, the root first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    elements: Vec<Element>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is not plain, well-formed, and within the [limits](LIMITS).
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        limit(bytes.len(), LIMITS.bytes, "bytes")?;
        let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.chars().all(is_legal) {
            return Err(ReadError::Forbidden("a character that XML cannot hold"));
        }
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut building = Building { elements: Vec::new(), open: Vec::new(), at_start: true };
        loop {
            let event = reader.read_event().map_err(malformed)?;
            match event {
                Event::Eof => return building.finish(),
                Event::Start(start) => building.start(&reader, &start)?,
                Event::End(_) => building.end(),
                Event::Text(text) => building.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => building.text(&resolve(&reference)?)?,
                Event::Decl(declaration) => building.declaration(&declaration)?,
                Event::Empty(_) => return Err(ReadError::Malformed("an empty element was not expanded".to_owned())),
                Event::DocType(_) => return Err(ReadError::Forbidden("a document type")),
                Event::Comment(_) => return Err(ReadError::Forbidden("a comment")),
                Event::PI(_) => return Err(ReadError::Forbidden("a processing instruction")),
                Event::CData(_) => return Err(ReadError::Forbidden("a CDATA section")),
            }
            building.at_start = false;
        }
    }

    /// All elements in document order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The outermost element; a document without one does not exist.
    pub fn root(&self) -> Option<&Element> {
        self.elements.first()
    }

    /// The first child of the root with this name.
    pub fn child_of_root(&self, namespace: &str, local: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.parent == Some(0) && element.is(namespace, local))
    }
}

struct Building {
    elements: Vec<Element>,
    open: Vec<usize>,
    at_start: bool,
}

impl Building {
    fn start(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), ReadError> {
        limit(self.open.len() + 1, LIMITS.depth, "levels of elements")?;
        limit(self.elements.len() + 1, LIMITS.elements, "elements")?;
        if self.open.is_empty() && !self.elements.is_empty() {
            return Err(ReadError::Malformed("there is a second root element".to_owned()));
        }
        let (resolved, local) = reader.resolver().resolve_element(start.name());
        let element = Element {
            namespace: namespace(&resolved)?,
            local: local.as_ref().to_owned(),
            attributes: attributes(reader, start)?,
            text: String::new(),
            parent: self.open.last().copied(),
        };
        self.open.push(self.elements.len());
        self.elements.push(element);
        Ok(())
    }

    fn end(&mut self) {
        self.open.pop();
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match self.open.last().and_then(|open| self.elements.get_mut(*open)) {
            Some(element) => element.text.push_str(text),
            None if text.chars().all(|each| matches!(each, ' ' | '\t' | '\r' | '\n')) => {}
            None => return Err(ReadError::Malformed("there is text outside the root element".to_owned())),
        }
        Ok(())
    }

    fn declaration(&self, declaration: &quick_xml::events::BytesDecl<'_>) -> Result<(), ReadError> {
        if !self.at_start {
            return Err(ReadError::Malformed("the XML declaration is not at the beginning".to_owned()));
        }
        if declaration.version().map_err(malformed)? != "1.0" {
            return Err(ReadError::Forbidden("another XML version than 1.0"));
        }
        match declaration.encoding().transpose().map_err(|error| ReadError::Malformed(error.to_string()))? {
            Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => Err(ReadError::NotUtf8),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Document, ReadError> {
        if !self.open.is_empty() {
            return Err(ReadError::Malformed("an element is not closed".to_owned()));
        }
        if self.elements.is_empty() {
            return Err(ReadError::Malformed("there is no element".to_owned()));
        }
        Ok(Document { elements: self.elements })
    }
}

fn attributes(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Vec<ReadAttribute>, ReadError> {
    let mut read = Vec::new();
    let mut namespaces = 0;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| ReadError::Malformed(error.to_string()))?;
        if attribute.key.as_namespace_binding().is_some() {
            namespaces += 1;
            limit(namespaces, LIMITS.namespaces, "namespaces on one element")?;
            continue;
        }
        limit(read.len() + 1, LIMITS.attributes, "attributes on one element")?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|error| ReadError::Malformed(error.to_string()))?;
        if !value.chars().all(is_legal) {
            return Err(ReadError::Forbidden("a character that XML cannot hold"));
        }
        let (resolved, local) = reader.resolver().resolve_attribute(attribute.key);
        let attribute = ReadAttribute {
            namespace: namespace(&resolved)?,
            local: local.as_ref().to_owned(),
            value: value.into_owned(),
        };
        if read
            .iter()
            .any(|other: &ReadAttribute| (&other.namespace, &other.local) == (&attribute.namespace, &attribute.local))
        {
            return Err(ReadError::Malformed(format!("the attribute `{}` is there twice", attribute.local)));
        }
        read.push(attribute);
    }
    Ok(read)
}

fn namespace(resolved: &ResolveResult<'_>) -> Result<String, ReadError> {
    match resolved {
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(_) => Err(ReadError::Malformed("a prefix is not declared".to_owned())),
    }
}

/// A numeric reference or one of the five that every document has.
fn resolve(reference: &BytesRef<'_>) -> Result<String, ReadError> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return if is_legal(character) {
            Ok(character.to_string())
        } else {
            Err(ReadError::Forbidden("a character that XML cannot hold"))
        };
    }
    quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
        .map(str::to_owned)
        .ok_or(ReadError::Forbidden("an entity of its own"))
}

fn limit(count: usize, most: usize, of: &'static str) -> Result<(), ReadError> {
    if count > most { Err(ReadError::Limit { most, of }) } else { Ok(()) }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
fn malformed(error: quick_xml::Error) -> ReadError {
    ReadError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::xml::{
        name::{saml2, saml2p},
        write::Writer,
    };

    fn error(text: &str) -> ReadError {
        Document::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn names_come_with_their_namespace_whatever_the_prefix() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a:r xmlns:a='u:1' xmlns='u:2' x='1' a:x='2'> <i/>t&amp;&#x41;</a:r> ";
        let document = Document::parse(text.as_bytes()).unwrap();
        let root = document.root().unwrap();
        assert!(root.is("u:1", "r"));
        assert_eq!((root.attribute("x"), root.text.as_str()), (Some("1"), " t&A"));
        assert_eq!(root.attributes[1].namespace, "u:1");
        assert!(document.child_of_root("u:2", "i").is_some());
    }

    #[test]
    fn what_no_saml_message_needs_is_refused() {
        for (text, what) in [
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a document type"),
            ("<a>evil<!-- -->example</a>", "a comment"),
            ("<a><?php ?></a>", "a processing instruction"),
            ("<a><![CDATA[b]]></a>", "a CDATA section"),
            ("<a>&nbsp;</a>", "an entity of its own"),
            ("<a>&#1;</a>", "a character that XML cannot hold"),
            ("<a b='&#1;'/>", "a character that XML cannot hold"),
            ("<a>\u{1}</a>", "a character that XML cannot hold"),
            ("<?xml version='1.1'?><a/>", "another XML version than 1.0"),
        ] {
            assert_eq!(error(text), ReadError::Forbidden(what), "{text}");
        }
        assert_eq!(error("<?xml version='1.0' encoding='UTF-16'?><a/>"), ReadError::NotUtf8);
        assert_eq!(Document::parse(b"<a>\xff</a>"), Err(ReadError::NotUtf8));
    }

    #[test]
    fn broken_documents_are_refused() {
        for text in [
            "",
            "a",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>b",
            "<p:a/>",
            "<a p:b='1'/>",
            "<a b='1' b='2'/>",
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "<a b=1/>",
            "<a b/>",
            "<a b='&c;'/>",
            " <?xml version='1.0'?><a/>",
        ] {
            assert!(matches!(error(text), ReadError::Malformed(_)), "{text}: {:?}", error(text));
        }
    }

    #[test]
    fn every_size_is_bounded() {
        let many = |count: usize, text: fn(usize) -> String| (0..count).map(text).collect::<String>();
        let cases = [
            ("bytes", " ".repeat(LIMITS.bytes + 1)),
            ("levels of elements", many(65, |_| "<a>".to_owned())),
            ("attributes on one element", format!("<a{}/>", many(65, |number| format!(" a{number}=''")))),
            ("namespaces on one element", format!("<a{}/>", many(33, |number| format!(" xmlns:a{number}='u'")))),
            ("elements", format!("<a>{}</a>", many(20_000, |_| "<b/>".to_owned()))),
        ];
        for (of, text) in cases {
            assert!(matches!(error(&text), ReadError::Limit { of: found, .. } if found == of), "{of}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = Document::parse(&bytes);
        }

        #[test]
        fn arbitrary_pieces_of_xml_never_panic(pieces in prop::collection::vec(
            prop::sample::select(vec!["<", ">", "/", "a", "b:", " ", "=", "'", "\"", "&", ";", "#x", "9", "xmlns", ":", "<a", "</a>",
                "<?xml", "?>", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE", "[", "]", "é", "\0", "\r\n"]), 0..60)
        ) {
            let _ = Document::parse(pieces.concat().as_bytes());
        }

        #[test]
        fn what_is_written_is_read_back(text in any::<String>(), value in any::<String>()) {
            let mut writer = Writer::with_capacity(0);
            writer.open(saml2p("Response"), &mut [("ID", &value)]);
            writer.leaf(saml2("Issuer"), &mut [("Format", &text)], &text);
            let legal = text.chars().chain(value.chars()).all(is_legal);
            let written = writer.finish();
            prop_assert_eq!(written.is_ok(), legal);
            let Ok(written) = written else { return Ok(()) };
            let document = Document::parse(written.as_bytes()).unwrap();
            let [response, issuer] = document.elements() else { panic!("two elements") };
            prop_assert_eq!(response.attribute("ID"), Some(value.as_str()));
            prop_assert_eq!(issuer.attribute("Format"), Some(text.as_str()));
            prop_assert_eq!(&issuer.text, &text);
        }
    }
}
