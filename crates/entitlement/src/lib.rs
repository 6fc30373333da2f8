//! Who may enter which AWS role, for how long, and why. Pure: values in, values out; nothing here reads a store or a clock.
//!
//! - [`trust`]: does a role's trust policy let our SAML provider in, and if not, what to write into it;
//! - [`assigned`]: the roles that assignments of users and groups give, each with its reasons and its usability;
//! - [`mapping`]: the roles that the names of a person's groups give instead, and why a name gives none;
//! - [`explain`]: the same decision for one role, step by step, granted or not;
//! - [`rule`]: the expressions of group rules, and for whom they hold;
//! - [`value`]: role values as people and scripts write them, resolved to ARNs;
//! - [`duration`]: how long a session may last.
//!
//! A refusal always names the step that refused and what to do about it.

pub mod assigned;
mod catalogue;
mod check;
pub mod duration;
mod entitlement;
pub mod explain;
mod finding;
#[cfg(test)]
mod fixture;
mod grant;
pub mod mapping;
pub mod rule;
pub mod trust;
pub mod value;

pub use assigned::{assigned, roles_named};
pub use catalogue::{Catalogue, KnownAws, KnownRoles};
pub use entitlement::{AccountFacts, Entitlement, Usability};
pub use explain::{Explanation, MappedBy, Step, StepOutcome, explain, explain_mapping};
pub use finding::{Finding, Refusal};
pub use grant::{AssignedTo, Reason, RoleField};
