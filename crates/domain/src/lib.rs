//! What the words of Rolegate mean: identifiers, people, groups, apps, AWS accounts and roles, sessions, log events.
//!
//! Ring 0: no I/O, no async, no clock of its own. Every type is parsed at the edge and is valid wherever it is held,
//! so that nothing further in has to ask again whether an account id has twelve digits.

pub mod app;
pub mod arn;
pub mod assignment;
pub mod aws;
pub mod directory;
pub mod event;
pub mod group;
pub mod group_rule;
pub mod id;
pub mod key;
pub mod login;
pub mod partition;
pub mod secret;
pub mod session;
pub mod time;
pub mod token;
pub mod user;

pub use app::{App, AppStatus, AwsAppSettings};
pub use arn::{AccountId, ArnError, ProviderArn, RoleArn, RoleName};
pub use assignment::{GroupAssignment, RoleAssignment, UserAssignment};
pub use directory::{Directory, DirectoryKind};
pub use event::Event;
pub use group::{Group, GroupSource, UserGroups};
pub use group_rule::{GroupRule, GroupRuleStatus};
pub use id::{
    AgentId, AppId, DirectoryId, Entropy, GroupId, GroupRuleId, ImportRunId, KeyId, RunId, SessionId, TokenId, UserId,
};
pub use login::{Email, Login};
pub use partition::Partition;
pub use secret::Secret;
pub use session::Session;
pub use time::{Clock, Seconds, Timestamp};
pub use token::ApiToken;
pub use user::{User, UserProfile, UserStatus};
