//! Randomness from the operating system, through aws-lc's generator.

use aws_lc_rs::rand;
use domain::Entropy;

/// The operating system's generator; what the binary uses everywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// Ends the process when the system has no randomness to give: every id, token and key would be guessable, and no
    /// caller could do better.
    fn fill(&self, bytes: &mut [u8]) {
        if rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fills_differ_and_neither_is_zero() {
        let (mut one, mut two) = ([0_u8; 32], [0_u8; 32]);
        OsEntropy.fill(&mut one);
        OsEntropy.fill(&mut two);
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }
}
