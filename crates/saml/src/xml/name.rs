//! The four namespaces of our messages and the names in them.
//!
//! Prefixes are fixed and part of the interface: command-line clients of Okta look for an element literally named
//! `saml2:Attribute`.

/// A namespace that we write, with its one prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// `saml2p`: SAML 2.0 protocol.
    Protocol,
    /// `saml2`: SAML 2.0 assertion.
    Assertion,
    /// `ds`: XML signature.
    Signature,
    /// `md`: SAML 2.0 metadata.
    Metadata,
}

impl Namespace {
    /// The prefix, without colon.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Protocol => "saml2p",
            Self::Assertion => "saml2",
            Self::Signature => "ds",
            Self::Metadata => "md",
        }
    }

    /// The namespace itself.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Protocol => "urn:oasis:names:tc:SAML:2.0:protocol",
            Self::Assertion => "urn:oasis:names:tc:SAML:2.0:assertion",
            Self::Signature => "http://www.w3.org/2000/09/xmldsig#",
            Self::Metadata => "urn:oasis:names:tc:SAML:2.0:metadata",
        }
    }

    /// One bit per namespace, for the set of those in scope.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The name of an element: its namespace and its local part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: Namespace,
    /// The part after the colon.
    pub local: &'static str,
}

/// `saml2p:{local}`.
pub(crate) const fn saml2p(local: &'static str) -> Name {
    Name { namespace: Namespace::Protocol, local }
}

/// `saml2:{local}`.
pub(crate) const fn saml2(local: &'static str) -> Name {
    Name { namespace: Namespace::Assertion, local }
}

/// `ds:{local}`.
pub(crate) const fn ds(local: &'static str) -> Name {
    Name { namespace: Namespace::Signature, local }
}

/// `md:{local}`.
pub(crate) const fn md(local: &'static str) -> Name {
    Name { namespace: Namespace::Metadata, local }
}
