//! `NameID`: who the assertion is about, as AWS sees it (`saml:sub`, `CloudTrail`).

use std::str::FromStr;

/// The formats that AWS's own service-provider metadata lists (IAM user guide, "Configure SAML assertions").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NameIdFormat {
    /// An identifier that stays; what AWS recommends.
    Persistent,
    /// A new identifier each time.
    Transient,
    /// An e-mail address.
    EmailAddress,
    /// Says nothing of itself; what Okta sends when nothing else is chosen.
    #[default]
    Unspecified,
    /// A distinguished name.
    X509SubjectName,
    /// `DOMAIN\user`.
    WindowsDomainQualifiedName,
    /// A Kerberos principal.
    Kerberos,
    /// An entity id.
    Entity,
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a NameID format that AWS takes; write it as in `{persistent}`", persistent = NameIdFormat::Persistent.uri())]
pub struct NameIdFormatError(String);

impl NameIdFormat {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Persistent,
        Self::Transient,
        Self::EmailAddress,
        Self::Unspecified,
        Self::X509SubjectName,
        Self::WindowsDomainQualifiedName,
        Self::Kerberos,
        Self::Entity,
    ];

    /// The URI (SAML core §8.3).
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::X509SubjectName => "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
            Self::WindowsDomainQualifiedName => "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
            Self::Kerberos => "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
            Self::Entity => "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
        }
    }
}

impl FromStr for NameIdFormat {
    type Err = NameIdFormatError;
    fn from_str(value: &str) -> Result<Self, NameIdFormatError> {
        Self::ALL
            .into_iter()
            .find(|format| format.uri() == value)
            .ok_or_else(|| NameIdFormatError(value.chars().take(100).collect()))
    }
}

/// The subject of an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    /// What kind of name it is.
    pub format: NameIdFormat,
    /// The name; AWS writes it to `CloudTrail`.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_its_own_uri_and_nothing_else() {
        for format in NameIdFormat::ALL {
            assert_eq!(format.uri().parse(), Ok(format));
        }
        assert!("persistent".parse::<NameIdFormat>().unwrap_err().to_string().contains("`persistent`"));
    }
}
