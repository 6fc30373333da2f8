//! Keys and passwords: the master key, sealing, signing keys with their certificates, password hashing, randomness.
//!
//! The only crate beside `saml` that touches cryptography, and all of it is aws-lc-rs and argon2: nothing here is our
//! own invention except which bytes are bound to which purpose. [`KeyRing`] and [`Argon2Passwords`] are what the
//! binary hands to the use cases, as [`ports::Keys`] and [`ports::Passwords`].

mod agent_key;
mod entropy;
mod key_ring;
mod master_key;
mod password;
mod password_slots;
mod password_strength;
mod sealer;
mod secret_hash;
mod signing_key;

pub use agent_key::{AgentKey, is_signed_by};
pub use entropy::OsEntropy;
pub use key_ring::KeyRing;
pub use master_key::{MasterKey, MasterKeyError};
pub use password::{Argon2Passwords, HashCost};
pub use password_strength::{MAX_LENGTH, MIN_LENGTH, WeakPassword, check_strength};
pub use sealer::Sealer;
pub use secret_hash::secret_hash;
pub use signing_key::{GeneratedKey, RsaSigner, generate_signing_key};
