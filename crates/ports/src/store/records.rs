//! Apps, signing keys, sessions and one-time tokens, API tokens, the system log.

use async_trait::async_trait;
use domain::{
    ApiToken, App, AppId, Event, KeyId, Session, SessionId, Timestamp, TokenId, User, UserId,
    key::{KeyState, Sealed, SigningKey},
    session::{OneTimePurpose, OneTimeToken, SecretHash},
};

use super::{Page, PageRequest, StoreResult};

/// Reads apps.
#[async_trait]
pub trait AppReader: Send + Sync {
    /// By id.
    async fn app(&self, id: &AppId) -> StoreResult<Option<App>>;
    /// A page of apps by id; `q` is a prefix of the label without regard to case.
    async fn apps(&self, q: Option<&str>, page: &PageRequest) -> StoreResult<Page<App>>;
}

/// Writes apps.
#[async_trait]
pub trait AppWriter: Send {
    /// Adds an app. `Conflict{app, label}` when an app has the label: clients tell tiles apart by it.
    async fn insert_app(&mut self, app: &App) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_app(&mut self, app: &App) -> StoreResult<()>;
    /// Removes it with assignments, keys, AWS data. `Missing`.
    async fn delete_app(&mut self, id: &AppId) -> StoreResult<()>;
}

/// Reads signing keys.
#[async_trait]
pub trait KeyReader: Send + Sync {
    /// By id.
    async fn signing_key(&self, id: &KeyId) -> StoreResult<Option<SigningKey>>;
    /// All of an app, oldest first.
    async fn signing_keys(&self, app: &AppId) -> StoreResult<Vec<SigningKey>>;
    /// Everything sealed, for a change of the master key: what it is for (the seal's context) and the sealed bytes.
    async fn all_sealed(&self) -> StoreResult<Vec<(String, Sealed)>>;
}

/// Writes signing keys.
#[async_trait]
pub trait KeyWriter: Send {
    /// Adds a key.
    async fn insert_signing_key(&mut self, key: &SigningKey) -> StoreResult<()>;
    /// Moves a key to another state. `Missing`.
    async fn set_signing_key_state(&mut self, id: &KeyId, state: KeyState) -> StoreResult<()>;
    /// Replaces what is sealed under this context (see [`KeyReader::all_sealed`]). `Missing`.
    async fn reseal(&mut self, context: &str, sealed: &Sealed) -> StoreResult<()>;
}

/// A session with its user and the entitlement revision, read at once: what every signed-in request needs.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// See [`super::Store::entitlement_revision`].
    pub revision: i64,
}

/// Reads sessions.
#[async_trait]
pub trait SessionReader: Send + Sync {
    /// By the hash of the cookie's secret. Expired ones too: the caller decides.
    async fn session_by_hash(&self, hash: &SecretHash) -> StoreResult<Option<SessionView>>;
    /// A user's sessions that have not ended, newest first.
    async fn sessions_of_user(&self, user: &UserId, now: Timestamp) -> StoreResult<Vec<Session>>;
}

/// Writes sessions and one-time tokens.
#[async_trait]
pub trait SessionWriter: Send {
    /// Adds a session.
    async fn insert_session(&mut self, session: &Session, hash: &SecretHash) -> StoreResult<()>;
    /// Moves the idle limit. Does nothing for a session that is gone.
    async fn touch_session(&mut self, id: &SessionId, last_used: Timestamp, idle_expires: Timestamp)
    -> StoreResult<()>;
    /// Ends one session of this user; answers whether there was one.
    async fn delete_session(&mut self, user: &UserId, id: &SessionId) -> StoreResult<bool>;
    /// Ends all sessions of a user and drops the one-time tokens; answers how many sessions.
    async fn delete_sessions_of_user(&mut self, user: &UserId) -> StoreResult<u32>;
    /// Adds a one-time token.
    async fn insert_one_time_token(&mut self, token: &OneTimeToken) -> StoreResult<()>;
    /// Takes a one-time token out: `Some` for the first caller only. Expired ones are `None`.
    async fn take_one_time_token(
        &mut self,
        hash: &SecretHash,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> StoreResult<Option<OneTimeToken>>;
    /// Removes sessions and tokens that ended before this time; answers how many.
    async fn delete_expired(&mut self, before: Timestamp) -> StoreResult<u32>;
}

/// Reads API tokens.
#[async_trait]
pub trait TokenReader: Send + Sync {
    /// By the hash of the secret.
    async fn token_by_hash(&self, hash: &SecretHash) -> StoreResult<Option<ApiToken>>;
    /// By id.
    async fn token(&self, id: &TokenId) -> StoreResult<Option<ApiToken>>;
    /// All, newest first.
    async fn tokens(&self) -> StoreResult<Vec<ApiToken>>;
}

/// Writes API tokens.
#[async_trait]
pub trait TokenWriter: Send {
    /// Adds a token. `Conflict{token, name}` when the name is taken.
    async fn insert_token(&mut self, token: &ApiToken, hash: &SecretHash) -> StoreResult<()>;
    /// Notes a use.
    async fn touch_token(&mut self, id: &TokenId, now: Timestamp) -> StoreResult<()>;
    /// Revokes; answers whether there was one.
    async fn delete_token(&mut self, id: &TokenId) -> StoreResult<bool>;
}

/// The order of a list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// Which events a list holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventFilter {
    /// Published at or after.
    pub since: Option<Timestamp>,
    /// Published before.
    pub until: Option<Timestamp>,
    /// Exactly one of these types; all when empty.
    pub event_types: Vec<String>,
    /// The actor's or a target's id.
    pub concerns: Option<String>,
    /// Words that must occur in message, type, actor or targets (`q=`), without regard to case.
    pub q: Option<String>,
    /// In which order.
    pub order: SortOrder,
}

impl EventFilter {
    /// Whether the list is done once its last page was read: it has an end in time, or begins with the newest.
    pub fn has_an_end(&self) -> bool {
        self.until.is_some() || self.order == SortOrder::Descending
    }
}

/// Reads the system log.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// A page of events. Unlike other lists `next` is always given: it also serves to wait for newer events.
    ///
    /// A list that has an end is ordered by time of publication, and within a millisecond by uuid. One without is
    /// ordered as its entries were committed, and `next` leads to every entry that is committed later, at whatever time
    /// it was published: who follows it misses none.
    async fn events(&self, filter: &EventFilter, page: &PageRequest) -> StoreResult<Page<Event>>;
}

/// Writes the system log.
#[async_trait]
pub trait EventWriter: Send {
    /// Appends one event to the transaction of its effect.
    async fn append_event(&mut self, event: &Event) -> StoreResult<()>;
}
