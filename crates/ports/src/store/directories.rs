//! Directory integrations and their sealed bind passwords.

use async_trait::async_trait;
use domain::{Directory, DirectoryId, key::Sealed};

use super::StoreResult;

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
    /// Sets or clears the sealed bind password. `Missing`.
    async fn set_bind_secret(&mut self, id: &DirectoryId, secret: Option<&Sealed>) -> StoreResult<()>;
}
