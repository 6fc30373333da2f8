//! What the product does, one file each. A use case takes [`Services`] and a [`Caller`], decides, writes its effect and
//! its log entry in one transaction, and answers with values; it knows nothing of HTTP, SQL or the AWS SDK.

pub mod audit;
mod caches;
pub mod caller;
pub mod error;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod tokens;

pub use audit::EventDraft;
pub use caller::{Caller, Rights};
pub use error::{Error, Result};
pub use ports::{Page, PageRequest};
pub use services::{Adapters, Services};
pub use settings::{PublicUrl, Settings};
