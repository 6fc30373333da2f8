//! What is derived from the store and kept while its entitlement revision stays the same.
//!
//! Every cached value carries the revision it was made from; a reader that holds another revision makes it anew. So a
//! change on any node counts at the next request, without messages between nodes. Values are bounded by what they weigh
//! and leave when nobody asks for them: memory stays flat however many people come.

use std::{sync::Arc, time::Duration};

use domain::{AppId, KeyId, UserId};
use moka::future::Cache;
use tokio::sync::Mutex;

use crate::{entitlements::Access, known_app::KnownApp, settings::LockoutPolicy, signing::Signing};

/// Bytes that all kept entitlements may weigh, as [`Access::weight`] estimates them: about 50,000 roles.
const ACCESS_BYTES: u64 = 32 * 1024 * 1024;
/// Apps with their accounts that are kept: far more than anybody has.
const APPS: u64 = 64;
/// Accounts that are kept with them, over all apps, in bytes.
const APP_BYTES: u64 = 16 * 1024 * 1024;
/// Logins that are remembered: more than may be tried in the time of a lock (`RateLimits::sign_in_per_address`).
const LOGINS: u64 = 100_000;
/// A turn is over after a directory's longest time limits.
const TURN: Duration = Duration::from_mins(10);
/// Values that nobody asked for leave after so long.
const IDLE: Duration = Duration::from_mins(30);

/// The caches of one process.
pub(crate) struct Caches {
    /// What one person has in one app.
    pub(crate) access: Cache<(AppId, UserId), Arc<Access>>,
    /// An app with the accounts that discovery knows for it.
    pub(crate) apps: Cache<AppId, Arc<KnownApp>>,
    /// A signing key ready for use. What it signs with never changes, so it carries no revision.
    pub(crate) signing: Cache<KeyId, Arc<Signing>>,
    /// By login in lower case: whoever asks a directory for it holds this.
    pub(crate) turns: Cache<String, Arc<Mutex<()>>>,
    /// Logins that nobody here has and a directory knows; forgotten after the time of a lock.
    pub(crate) strangers: Cache<String, Stranger>,
}

/// What is remembered of a login that nobody here has, after a wrong password.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stranger {
    /// Wrong passwords in a row.
    pub(crate) wrong: u32,
    /// Whose it is after all, where the directory knows a user by this name too.
    pub(crate) user: Option<UserId>,
}

impl Caches {
    /// Empty ones.
    pub(crate) fn new(lockout: &LockoutPolicy) -> Self {
        Self {
            access: Cache::builder()
                .max_capacity(ACCESS_BYTES)
                .weigher(|_, access: &Arc<Access>| access.weight())
                .time_to_idle(IDLE)
                .build(),
            apps: Cache::builder()
                .max_capacity(APP_BYTES)
                .weigher(|_, app: &Arc<KnownApp>| app.weight())
                .time_to_idle(IDLE)
                .build(),
            signing: Cache::builder().max_capacity(APPS).time_to_idle(IDLE).build(),
            turns: Cache::builder().max_capacity(LOGINS).time_to_idle(TURN).build(),
            strangers: Cache::builder()
                .max_capacity(LOGINS)
                .time_to_live(Duration::from_secs(u64::from(lockout.seconds)))
                .build(),
        }
    }
}
