//! Reads AWS over the AWS SDK for Rust: who the source credentials are, the accounts of an organization, and the
//! roles and alias of one account. Implements [`ports::aws::AwsAccounts`]; no type of the SDK leaves this crate.
//!
//! An account costs three requests: `AssumeRole`, then `ListRoles` and `ListAccountAliases` side by side (and
//! `GetAccountInformation` beside them while its name is unknown). The clients, the connection pool and the TLS roots
//! are shared; what differs for an account (credentials, retry quota) is an override of the single call, so that the
//! cost of the thousandth account is that of the first.
//!
//! Retries are the SDK's *standard* mode: exponential with full jitter, and a retry quota of its own for each reading
//! of an account. Its *adaptive* mode was rejected: it replaces the jittered wait by one for ten tokens of a bucket
//! that a fresh partition refills at half a token a second, so that one throttled answer costs 10 s (measured; the
//! longest backoff), and a partition that accounts share lets one throttled account hold back the others.

mod account_details;
mod accounts;
mod assume;
mod failure;
mod hints;
mod http;
mod identity;
mod last_word;
mod limits;
mod options;
mod organization;
mod pages;
mod region;
mod roles;
mod session;
mod trust_text;
mod whole;

pub use accounts::SdkAccounts;
pub use options::AwsOptions;
