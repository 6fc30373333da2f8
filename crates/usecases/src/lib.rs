//! What the product does, one file each. A use case takes [`Services`] and a [`Caller`], decides, writes its effect and
//! its log entry in one transaction, and answers with values; it knows nothing of HTTP, SQL or the AWS SDK.

pub mod accept_request;
mod assertion;
pub mod assign_groups;
pub mod assign_users;
pub mod audit;
mod caches;
pub mod caller;
pub mod discover_roles;
pub mod discovery_schedule;
pub mod entitlements;
pub mod error;
pub mod explain_role;
pub mod finding;
mod known_app;
pub mod launch_role;
pub mod list_roles;
pub mod manage_apps;
pub mod manage_groups;
pub mod manage_integration;
pub mod manage_users;
pub mod metadata;
mod password_check;
pub mod preview_launch;
pub mod read_log;
pub mod rejudge_trust;
pub mod role_values;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod sift;
pub mod sign_in;
mod signing;
pub mod signing_keys;
pub mod state_token;
pub mod template;
pub mod test_integration;
pub mod tokens;
pub mod user_lifecycle;

pub use audit::EventDraft;
pub use caller::{Caller, Rights};
pub use error::{Error, Result};
pub use finding::{Finding, Severity};
pub use ports::{Page, PageRequest};
pub use services::{Adapters, Services};
pub use settings::{PublicUrl, Settings};
