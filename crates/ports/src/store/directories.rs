//! Directory integrations and their sealed bind passwords.

use async_trait::async_trait;
use domain::{Directory, DirectoryId, Timestamp, key::Sealed};

use super::StoreResult;

/// What a directory brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryHoldings {
    /// Users that it owns and that are not deactivated.
    pub people: u64,
    /// Its groups.
    pub groups: u64,
    /// Those of them that are assigned to apps.
    pub assigned_groups: u64,
}

/// Reads directories.
#[async_trait]
pub trait DirectoryReader: Send + Sync {
    /// By id.
    async fn directory(&self, id: &DirectoryId) -> StoreResult<Option<Directory>>;
    /// By name, without regard to case.
    async fn directory_by_name(&self, name: &str) -> StoreResult<Option<Directory>>;
    /// All, by name.
    async fn directories(&self) -> StoreResult<Vec<Directory>>;
    /// The sealed bind password, if one is kept here.
    async fn bind_secret(&self, id: &DirectoryId) -> StoreResult<Option<Sealed>>;
    /// What would go with it.
    async fn directory_holdings(&self, id: &DirectoryId) -> StoreResult<DirectoryHoldings>;
}

/// Writes directories.
#[async_trait]
pub trait DirectoryWriter: Send {
    /// Adds one. `Conflict{directory, name}` when the name is taken in any case.
    async fn insert_directory(&mut self, directory: &Directory) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_directory(&mut self, directory: &Directory) -> StoreResult<()>;
    /// Removes it with its secret and everything that was imported but the people: they are left without a directory.
    /// `Missing`.
    async fn delete_directory(&mut self, id: &DirectoryId) -> StoreResult<()>;
    /// Makes everybody whom it owns a user without a way to sign in: `Deprovisioned`, without administrator role, password,
    /// lock, sessions, one-time and API tokens. Answers how many were not deactivated before.
    async fn release_people(&mut self, id: &DirectoryId, now: Timestamp) -> StoreResult<u64>;
    /// Sets or clears the sealed bind password. `Missing`.
    async fn set_bind_secret(&mut self, id: &DirectoryId, secret: Option<&Sealed>) -> StoreResult<()>;
}
