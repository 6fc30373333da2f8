//! Imports: everything, or what changed since a cursor.
//!
//! The cursor is taken before the first entry is read, so that what changes meanwhile is told again by the next reading.
//! It knows the settings it was taken under, how this server tells changes, and the containers of everything that was told:
//! a container that was renamed changed the names of all in it without a change of their own, and nothing but a full
//! reading helps.

mod changes;
mod containers;
mod content_sync;
mod cursor;
mod root_dse;
pub(crate) mod scopes;
mod teller;

use domain::directory::{DirectoryEntry, DirectoryError, DirectoryStep, ExternalId};
use ports::directory::{DirectoryResult, ImportCursor, ReadingEnd};
use tokio::sync::mpsc;

pub(crate) use self::scopes::{Scope, What};
use self::{
    containers::Containers,
    cursor::{Cursor, Mark},
    root_dse::RootDse,
    teller::Teller,
};
use crate::{
    bases,
    connection::{LdapConnection, Search},
    paged::Pages,
    session::LdapSession,
};

/// Reads into `entries`.
pub(crate) async fn read(
    session: &LdapSession,
    since: Option<&ImportCursor>,
    entries: mpsc::Sender<DirectoryEntry>,
) -> DirectoryResult<ReadingEnd> {
    let scopes = scopes::of(session)?;
    let since = since.map(|cursor| Cursor::parse(cursor, session)).transpose()?;
    let mut connection = session.connect().await?;
    for scope in &scopes {
        bases::check(&mut connection, &scope.base).await?;
    }
    let root = RootDse::read(&mut connection).await?;
    let mark = Mark::take(session, &mut connection, &root, &scopes).await?;
    let mut teller = Teller::new(session, connection.url(), entries);
    let containers = match since {
        None => {
            everything(&mut connection, &scopes, &mut teller).await?;
            Containers::default()
        }
        Some(cursor) => {
            cursor.containers.check(session, &mut connection, &root, &scopes).await?;
            teller.remember();
            changed(session, &mut connection, &root, &scopes, &cursor.mark, &mark, &mut teller).await?;
            settle(session, &mut connection, &scopes, &mut teller).await?;
            cursor.containers
        }
    };
    let containers = containers.with(session, &mut connection, teller.places()).await?;
    Ok(ReadingEnd { cursor: containers.and_then(|containers| Cursor::new(session, mark, containers).write()) })
}

async fn everything(connection: &mut LdapConnection, scopes: &[Scope], teller: &mut Teller<'_>) -> DirectoryResult<()> {
    for scope in scopes {
        tell_all(connection, scope, &scope.search(&scope.filter), teller).await?;
    }
    Ok(())
}

/// Tells every entry of a search in pages.
async fn tell_all(
    connection: &mut LdapConnection,
    scope: &Scope,
    search: &Search,
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    teller.begin(scope);
    let mut size = teller.page_size();
    let mut pages = Pages::new(DirectoryStep::Read, search);
    while pages.next(connection, &mut size, teller).await? {}
    teller.learn(size);
    Ok(())
}

/// Tells what changed between the cursor's mark and now.
async fn changed(
    session: &LdapSession,
    connection: &mut LdapConnection,
    root: &RootDse,
    scopes: &[Scope],
    since: &Mark,
    now: &Mark,
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    match (since, now) {
        (Mark::Sync { cookies }, Mark::Sync { .. }) => {
            content_sync::tell(connection, root, scopes, cookies, teller).await
        }
        (Mark::Timestamp { since }, Mark::Timestamp { .. }) => {
            let filter = changes::modified_since(*since);
            changes::tell(connection, root, scopes, &filter, teller).await?;
            teller.problem(changes::deletions_unseen(session)).await
        }
        (Mark::Usn { server, usn, at }, Mark::Usn { server: now, .. }) if server == now => {
            let filter = changes::since_usn(*usn, *at, session.now());
            teller.remember_names_since(*usn);
            changes::tell(connection, root, scopes, &filter, teller).await?;
            changes::tell_groups_of_renamed(connection, scopes, teller).await?;
            changes::tell_deleted(session, connection, root, *usn, teller).await
        }
        _ => Err(DirectoryError::full_import_needed(
            "another server answers than at the last import, or it tells changes in another way",
        )),
    }
}

/// How many ids are asked for at once.
const BATCH: usize = 100;

/// Looks up everything that may be gone once more: what is there and wanted is told as it is now (it changed while other
/// scopes were read), the rest is gone.
async fn settle(
    session: &LdapSession,
    connection: &mut LdapConnection,
    scopes: &[Scope],
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    let candidates: Vec<ExternalId> = teller.take_maybe_gone();
    for batch in candidates.chunks(BATCH) {
        let these = session.schema.with_ids(batch);
        for scope in scopes {
            tell_all(connection, scope, &scope.search(&format!("(&{}{these})", scope.filter)), teller).await?;
        }
        for id in batch {
            if !teller.has_told(id) {
                teller.gone(id.clone()).await?;
            }
        }
    }
    Ok(())
}
