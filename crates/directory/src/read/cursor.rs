//! Where an incremental reading goes on.

use std::collections::BTreeMap;

use domain::{
    DirectoryKind, Timestamp,
    directory::{DirectoryError, DirectoryStep, filter},
};
use ports::directory::{DirectoryResult, ImportCursor};
use serde::{Deserialize, Serialize};

use super::{containers::Containers, content_sync, root_dse::RootDse, scopes::Scope};
use crate::{
    connection::{LdapConnection, Search},
    session::LdapSession,
};

/// Goes up when what is kept changes its meaning.
const VERSION: u32 = 1;
/// How far the clocks of this machine and of a server may differ.
const CLOCK_SKEW_SECONDS: i64 = 300;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    version: u32,
    /// The settings that decide what is told, as they were.
    settings: String,
    pub(super) mark: Mark,
    pub(super) containers: Containers,
}

/// A point in a server's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "camelCase")]
pub(super) enum Mark {
    /// RFC 4533: a cookie for each naming context.
    Sync {
        /// By context.
        cookies: BTreeMap<String, String>,
    },
    /// `modifyTimestamp`, for servers without content synchronisation.
    Timestamp {
        /// Seconds since 1970.
        since: i64,
    },
    /// `uSNChanged` of one domain controller, which alone counts so.
    Usn {
        /// Its entry and invocation id.
        server: String,
        /// The newest change that was complete.
        usn: i64,
        /// Milliseconds since 1970: accounts expire without a change.
        at: i64,
    },
}

impl Mark {
    /// The present.
    pub(super) async fn take(
        session: &LdapSession,
        connection: &mut LdapConnection,
        root: &RootDse,
        scopes: &[Scope],
    ) -> DirectoryResult<Self> {
        if session.settings.kind == DirectoryKind::ActiveDirectory
            && let (Some(usn), Some(service)) = (root.highest_usn, &root.service)
        {
            let server = format!("{service} {}", invocation(connection, service).await?);
            return Ok(Self::Usn { server, usn, at: session.now().millis() });
        }
        if let Some(cookies) = content_sync::cookies(connection, root, scopes).await? {
            return Ok(Self::Sync { cookies });
        }
        Ok(Self::Timestamp { since: session.now().seconds() - CLOCK_SKEW_SECONDS })
    }
}

/// What tells a domain controller that was restored from a backup from the one before; empty where it cannot be read.
async fn invocation(connection: &mut LdapConnection, service: &str) -> DirectoryResult<String> {
    let search = Search::of(service, &["invocationId"]);
    let (found, _) = connection.find_and_end(DirectoryStep::Read, &search).await?;
    let bytes = found.first().and_then(|entry| entry.values("invocationId").first());
    Ok(bytes.map(|bytes| filter::escape_bytes(bytes)).unwrap_or_default())
}

impl Cursor {
    pub(super) fn new(session: &LdapSession, mark: Mark, containers: Containers) -> Self {
        Self { version: VERSION, settings: settings(session), mark, containers }
    }

    /// Reads a cursor of ours that was taken under the same settings.
    pub(super) fn parse(cursor: &ImportCursor, session: &LdapSession) -> DirectoryResult<Self> {
        let refuse = DirectoryError::full_import_needed;
        let cursor: Self =
            serde_json::from_str(&cursor.0).map_err(|_| refuse("the cursor is none of this version's"))?;
        if cursor.version != VERSION {
            return Err(refuse("the cursor is of another version"));
        }
        if cursor.settings != settings(session) {
            return Err(refuse("the directory's bases, filters or attributes have changed"));
        }
        Ok(cursor)
    }

    pub(super) fn write(&self) -> Option<ImportCursor> {
        serde_json::to_string(self).ok().map(ImportCursor)
    }
}

/// What decides which entries are told, and as what.
fn settings(session: &LdapSession) -> String {
    let directory = &session.settings;
    serde_json::to_string(&(directory.kind, &directory.people, &directory.groups)).unwrap_or_default()
}

/// A moment of a mark.
pub(super) const fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
