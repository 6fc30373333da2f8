//! SAML 2.0 identity provider: metadata, `AuthnRequest`, the response that AWS accepts, and its signature.
//!
//! Ring 1: bytes and values in, values out. No I/O, no clock, no async; times, random bytes and the private-key
//! operation are parameters. An identity provider *writes* nearly all the XML it signs, so the writer emits exclusive
//! canonical form by construction and signing needs neither a document tree nor a canonicaliser ([`xml::write`]).
//! What is read from outside goes through one strict reader ([`xml::read`]): two parsers that disagree are how
//! signatures are forged elsewhere.
//!
//! | step | where |
//! |---|---|
//! | say what is to be sent | [`AwsResponse`] |
//! | hold AWS's rules against it | [`preflight::check`], [`relay_state::RelayState`] |
//! | write it, sign it, encode it | [`Unsigned`] → [`AssertionSigned`] → [`SignedResponse`] |
//! | tell AWS who we are | [`Metadata`] |
//! | answer a service provider's request | [`AuthnRequest`] |

mod assertion;
pub mod authn_request;
pub mod certificate;
pub mod key;
pub mod metadata;
pub mod name_id;
pub mod preflight;
pub mod public_key;
pub mod relay_state;
pub mod response;
pub mod session_name;
mod signature;
pub mod signing;
pub mod web_address;
pub mod xml;

pub use authn_request::{AcceptedRequest, AuthnRequest, AuthnRequestError};
pub use certificate::{Certificate, CertificateError};
pub use key::{KeyError, RsaSigner};
pub use metadata::{Metadata, MetadataError};
pub use name_id::{NameId, NameIdFormat};
pub use preflight::{Finding, Severity};
pub use public_key::RsaPublicKey;
pub use relay_state::{RelayState, RelayStateError};
pub use response::{AwsResponse, ResponseIds, SentRole, Tag, Validity};
pub use session_name::RoleSessionName;
pub use signing::{AssertionSigned, BuildError, ResponseToSign, SignedResponse, Unsigned};
pub use xml::write::IllegalCharacter;
