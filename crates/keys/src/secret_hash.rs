//! What is stored instead of a cookie or a token.

use aws_lc_rs::digest;
use domain::session::SecretHash;

/// SHA-256 of a secret that has at least 128 bits of entropy (session cookies, API tokens, one-time tokens).
/// Never for passwords: those are guessable and go through [`crate::Argon2Passwords`].
pub fn secret_hash(secret: &str) -> SecretHash {
    let mut hash = [0; 32];
    for (byte, digest_byte) in hash.iter_mut().zip(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref()) {
        *byte = *digest_byte;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256() {
        assert_eq!(
            hex::encode(secret_hash("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "FIPS 180-2, example B.1"
        );
    }
}
