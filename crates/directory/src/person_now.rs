//! One person and every group around them, as of this moment: what counts at a sign-in without waiting for an import.
//!
//! Only groups that an import would tell count, and only ways through such groups, so that both always come to the same.

mod token_groups;
mod walk;

use std::collections::BTreeMap;

use domain::{
    DirectoryKind,
    directory::{DirectoryError, DirectoryGroup, DirectoryStep, EntryKey, EntryProblem, ExternalId, PersonNow},
};
use ports::directory::DirectoryResult;

use crate::{
    connection::{LdapConnection, Search},
    entry::RawEntry,
    paged::{PageSize, Pages},
    read::{Scope, What, scopes},
    session::LdapSession,
};

/// The person with this id, if they are there and wanted.
pub(crate) async fn by_id(session: &LdapSession, id: &ExternalId) -> DirectoryResult<Option<PersonNow>> {
    let scopes = scopes::of(session)?;
    let mut connection = session.connect().await?;
    for scope in scopes.iter().filter(|scope| scope.what == What::People) {
        let search = scope.search(&format!("(&{}{})", scope.filter, session.schema.with_ids([id])));
        if let Some(entry) = connection.find(DirectoryStep::Read, &search).await?.into_iter().next() {
            return of(session, &mut connection, &scopes, &entry).await.map(Some);
        }
    }
    Ok(None)
}

/// The person that this entry is, and their groups.
pub(crate) async fn of(
    session: &LdapSession,
    connection: &mut LdapConnection,
    scopes: &[Scope],
    entry: &RawEntry,
) -> DirectoryResult<PersonNow> {
    let person = session.schema.person(entry, session.now()).map_err(|problem| unusable(&problem))?;
    let mut around = Around { session, connection, scopes, size: session.page_size() };
    let found = match session.settings.kind {
        DirectoryKind::OpenLdap => walk::groups(&mut around, &person).await?,
        DirectoryKind::ActiveDirectory => token_groups::groups(&mut around, &person).await?,
    };
    Ok(PersonNow { person, direct: found.direct, groups: found.groups.into_values().collect() })
}

fn unusable(problem: &EntryProblem) -> DirectoryError {
    let message = format!("`{}`: {}", problem.dn, problem.what);
    DirectoryError::new(DirectoryStep::Read, &problem.code, &message, problem.fix.clone())
}

/// Groups by the key of their names, each with the keys of the groups that it is in.
type Groups = BTreeMap<EntryKey, (DirectoryGroup, Vec<EntryKey>)>;

/// What was found around somebody.
#[derive(Debug, Default)]
struct Found {
    direct: Vec<EntryKey>,
    groups: Groups,
}

/// Asks for groups.
struct Around<'asked> {
    session: &'asked LdapSession,
    connection: &'asked mut LdapConnection,
    scopes: &'asked [Scope],
    size: PageSize,
}

impl Around<'_> {
    /// The groups that pass this test, of all bases of groups.
    async fn find(&mut self, test: &str, prepare: impl Fn(Search) -> Search) -> DirectoryResult<Vec<RawEntry>> {
        let mut found = Vec::new();
        for scope in self.scopes.iter().filter(|scope| scope.what == What::Groups) {
            let search = prepare(scope.search(&format!("(&{}{test})", scope.filter)));
            let mut pages = Pages::new(DirectoryStep::Read, &search);
            while pages.next(self.connection, &mut self.size, &mut found).await? {}
        }
        Ok(found)
    }

    /// An entry as a group; one that is none is left out, as an import does.
    fn group(&self, entry: &RawEntry) -> Option<DirectoryGroup> {
        match self.session.schema.group(entry, Vec::new()) {
            Ok(group) => Some(group),
            Err(problem) => {
                tracing::warn!(entry.dn = problem.dn, "a group is left out of a sign-in: {}", problem.what);
                None
            }
        }
    }
}

/// The key of an entry's name, which comes first.
fn own_key(keys: &[EntryKey]) -> EntryKey {
    keys.first().cloned().unwrap_or_else(|| EntryKey::of_dn(""))
}
