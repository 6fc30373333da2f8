//! What a certificate says of its key, for those who want a JSON Web Key instead of X.509 (RFC 7517, RFC 7518 §6.3.1).
//!
//! Reads the few DER elements on the way to the key (RFC 5280 §4.1, RFC 8017 §A.1.1) and nothing else: the certificates
//! are our own, and a whole X.509 parser belongs where keys are made.

use aws_lc_rs::digest::{SHA256, digest};

use crate::certificate::Certificate;

/// `rsaEncryption`, 1.2.840.113549.1.1.1, as a DER object identifier.
const RSA_ENCRYPTION: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// `[0]`, the version of a certificate.
const VERSION: u8 = 0xa0;

/// An RSA public key: both numbers big-endian, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// `n`.
    pub modulus: Vec<u8>,
    /// `e`.
    pub exponent: Vec<u8>,
}

impl Certificate {
    /// The key that the certificate is for; `None` when it is not RSA or not a certificate after all.
    pub fn rsa_public_key(&self) -> Option<RsaPublicKey> {
        let mut certificate = Der(Der(self.der()).expect(SEQUENCE)?);
        let mut to_be_signed = Der(certificate.expect(SEQUENCE)?);
        to_be_signed.skip(VERSION);
        to_be_signed.expect(INTEGER)?;
        // Signature algorithm, issuer, validity, subject.
        for _ in 0..4 {
            to_be_signed.expect(SEQUENCE)?;
        }
        let mut info = Der(to_be_signed.expect(SEQUENCE)?);
        if !info.expect(SEQUENCE)?.starts_with(&RSA_ENCRYPTION) {
            return None;
        }
        let (unused_bits, key) = info.expect(BIT_STRING)?.split_first()?;
        if *unused_bits != 0 {
            return None;
        }
        let mut numbers = Der(Der(key).expect(SEQUENCE)?);
        Some(RsaPublicKey { modulus: numbers.natural()?, exponent: numbers.natural()? })
    }

    /// SHA-256 of the DER: the certificate's fingerprint, `x5t#S256`.
    pub fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, self.der()).as_ref().to_vec()
    }
}

/// The rest of some DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element: its tag, its content, what follows.
    fn split(&self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let count = usize::from(first & 0x7f);
            if !(1..=3).contains(&count) {
                return None;
            }
            let (bytes, rest) = rest.split_at_checked(count)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        Some((tag, content, rest))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (tag, content, rest) = self.split()?;
        self.0 = rest;
        (tag == wanted).then_some(content)
    }

    fn skip(&mut self, unwanted: u8) {
        if let Some((tag, _, rest)) = self.split()
            && tag == unwanted
        {
            self.0 = rest;
        }
    }

    /// A positive integer without the zero byte that keeps it positive.
    fn natural(&mut self) -> Option<Vec<u8>> {
        let content = self.expect(INTEGER)?;
        let digits: Vec<u8> = content.iter().copied().skip_while(|byte| *byte == 0).collect();
        (!digits.is_empty()).then_some(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        out.extend(content);
        out
    }

    fn certificate(algorithm: &[u8]) -> Certificate {
        let mut modulus = vec![0x00, 0xc1];
        modulus.extend([7; 255]);
        let numbers = [element(INTEGER, &modulus), element(INTEGER, &[1, 0, 1])].concat();
        let key = [vec![0], element(SEQUENCE, &numbers)].concat();
        let info = [element(SEQUENCE, algorithm), element(BIT_STRING, &key)].concat();
        let mut parts = vec![element(VERSION, &element(INTEGER, &[2])), element(INTEGER, &[9])];
        parts.extend((0..4).map(|_| element(SEQUENCE, &[5, 0])));
        parts.push(element(SEQUENCE, &info));
        Certificate::from_der(element(SEQUENCE, &element(SEQUENCE, &parts.concat()))).unwrap()
    }

    #[test]
    fn the_key_is_read_without_the_zero_in_front() {
        let certificate = certificate(&RSA_ENCRYPTION);
        let key = certificate.rsa_public_key().unwrap();
        assert_eq!((key.modulus.len(), key.modulus[0], key.exponent), (256, 0xc1, vec![1, 0, 1]));
        assert_eq!(certificate.sha256().len(), 32);
    }

    #[test]
    fn another_algorithm_or_a_cut_key_is_no_rsa_key() {
        assert_eq!(certificate(&[0x06, 0x01, 0x2a]).rsa_public_key(), None);
        let hollow = Certificate::from_der(element(SEQUENCE, &element(SEQUENCE, &[0; 300]))).unwrap();
        assert_eq!(hollow.rsa_public_key(), None);
    }
}
