//! The containers of everything that was told, by id, with a hash of their names: how a rename is noticed that changed
//! the names of entries and not the entries.

use std::collections::{BTreeMap, HashMap};

use domain::directory::{DirectoryError, DirectoryStep, EntryKey, ExternalId};
use ports::directory::DirectoryResult;
use serde::{Deserialize, Serialize};

use super::{root_dse::RootDse, scopes::Scope};
use crate::{
    connection::{LdapConnection, Search},
    failure,
    session::LdapSession,
};

/// More containers than this are not kept: the directory is then read as a whole every time.
const MOST: usize = 20_000;
/// How many are asked for at once.
const BATCH: usize = 100;

/// Id → hash of the name's key, in hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Containers(BTreeMap<ExternalId, String>);

/// Container's name → the name of an entry in it.
pub(super) type Places = HashMap<String, String>;

impl Containers {
    /// Fails with `FULL_IMPORT_NEEDED` when one is not where it was.
    pub(super) async fn check(
        &self,
        session: &LdapSession,
        connection: &mut LdapConnection,
        root: &RootDse,
        scopes: &[Scope],
    ) -> DirectoryResult<()> {
        let ids: Vec<&ExternalId> = self.0.keys().collect();
        let mut contexts: Vec<String> = scopes.iter().map(|scope| root.context_of(&scope.dn)).collect();
        contexts.sort_unstable();
        contexts.dedup();
        for batch in ids.chunks(BATCH) {
            let mut there = 0;
            let filter = session.schema.with_ids(batch.iter().copied());
            for context in &contexts {
                let search = Search::below(context, &filter, session.schema.id_attributes());
                for entry in connection.find(DirectoryStep::Read, &search).await? {
                    let id = session.schema.id(&entry);
                    let known = id.and_then(|id| self.0.get(&id));
                    there += usize::from(known == Some(&hash(&entry.shown_dn())));
                }
            }
            if there < batch.len() {
                return Err(DirectoryError::full_import_needed(
                    "a container of people or groups was renamed, moved or removed",
                ));
            }
        }
        Ok(())
    }

    /// With the containers of what was told; nothing when there are too many.
    pub(super) async fn with(
        mut self,
        session: &LdapSession,
        connection: &mut LdapConnection,
        places: Places,
    ) -> DirectoryResult<Option<Self>> {
        if places.len() > MOST || self.0.len() > MOST {
            return Ok(None);
        }
        for (container, inside) in places {
            let attributes = session.schema.id_attributes();
            let (found, end) =
                connection.find_and_end(DirectoryStep::Read, &Search::of(&container, attributes)).await?;
            if let Some(id) = found.first().and_then(|entry| session.schema.id(entry)) {
                self.0.insert(id, hash(&container));
            } else if end.rc == 32 {
                still_there(connection, &inside).await?;
            }
        }
        Ok(Some(self))
    }
}

/// A container that is not seen may be hidden from the bind account. When what was in it is there no more either, it was
/// renamed while we read, and half of what was told has names that are none any more.
async fn still_there(connection: &mut LdapConnection, inside: &str) -> DirectoryResult<()> {
    let (_, end) = connection.find_and_end(DirectoryStep::Read, &Search::of(inside, &["1.1"])).await?;
    if end.rc == 32 {
        let what = format!("`{inside}` was renamed, moved or removed while the directory was read");
        return Err(failure::changed_meanwhile(&what));
    }
    if end.rc == 0 {
        Ok(())
    } else {
        Err(failure::of_result(DirectoryStep::Read, connection.url(), &end, Some(inside)))
    }
}

/// FNV-1a of the name's key: the same for every way to write it.
fn hash(dn: &str) -> String {
    let EntryKey(key) = EntryKey::of_dn(dn);
    let hash = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
