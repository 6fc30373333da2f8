//! A signing certificate as messages carry it. Whether its key is the one that signs is known where keys are made.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these {0} bytes are not one X.509 certificate in DER; hint: a PEM file has to be decoded first")]
pub struct CertificateError(usize);

/// An X.509 certificate. Its base64 text, which is in every response and in the metadata, is made once.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    base64: String,
}

impl Certificate {
    /// Takes a certificate in DER.
    ///
    /// # Errors
    /// When the bytes are not exactly one DER sequence that begins with another one, as every certificate does
    /// (RFC 5280 §4.1).
    pub fn from_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        if sequence(&der).is_some_and(|inner| inner.first() == Some(&0x30)) {
            let base64 = STANDARD.encode(&der);
            Ok(Self { der, base64 })
        } else {
            Err(CertificateError(der.len()))
        }
    }

    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes in base64, without line breaks.
    pub fn base64(&self) -> &str {
        &self.base64
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({} bytes)", self.der.len())
    }
}

/// The content of a DER sequence with a two-byte length that fills `der` to its end. Certificates of RSA keys have
/// 256 to 65,535 bytes.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    let (header, content) = der.split_first_chunk::<4>()?;
    let [tag, form, high, low] = *header;
    let length = usize::from(u16::from_be_bytes([high, low]));
    (tag == 0x30 && form == 0x82 && length == content.len()).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_cut_or_followed_by_others_are_refused() {
        let mut der = vec![0x30, 0x82, 0x01, 0x00];
        der.extend([0x30; 256]);
        assert!(Certificate::from_der(der.clone()).is_ok());
        assert!(Certificate::from_der(der[..100].to_vec()).is_err());
        der.push(0);
        assert!(Certificate::from_der(der).is_err());
        let pem = Certificate::from_der(b"-----BEGIN CERTIFICATE-----".to_vec());
        assert!(pem.unwrap_err().to_string().contains("PEM"));
    }
}
