//! Changes found by a number or a time on the entries: Active Directory's `uSNChanged`, and `modifyTimestamp` where there
//! is no content synchronisation.
//!
//! What changed and is wanted is told as it is now. What changed anywhere in the naming context and is not among that may
//! have left base or filter.

use domain::{
    Timestamp,
    directory::{DirectoryError, DirectoryStep, EntryProblem, filter},
};
use ldap3::controls::RawControl;
use ports::directory::DirectoryResult;

use super::{
    cursor::moment,
    root_dse::RootDse,
    scopes::{Scope, What},
    tell_all,
    teller::Teller,
};
use crate::{
    connection::{LdapConnection, Search},
    entry::RawEntry,
    failure,
    paged::{Pages, Take},
    schema::{
        active_directory::{STAMPS, file_time},
        openldap::generalized_time,
    },
    session::LdapSession,
};

/// Shows what was deleted ([MS-ADTS] 3.1.1.3.4.1.14).
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// The container of what was deleted, by its well-known id, whatever its name.
const DELETED_OBJECTS: &str = "18E2EA80684F11D2B9AA00C04F79F805";

/// More new names than these are better read as a whole.
const MOST_RENAMED: usize = 1_000;
/// How many are asked about at once.
const BATCH: usize = 50;

/// How changes are found.
pub(super) struct Changed {
    /// Entries that changed.
    filter: String,
    /// People who changed, or whose state did, without a change of the entry.
    of_people: String,
    /// What is looked for outside of the bases.
    kinds: &'static str,
    /// What tells since when an entry has its name.
    stamps: Option<&'static str>,
}

/// By `modifyTimestamp`.
pub(super) fn modified_since(seconds: i64) -> Changed {
    let filter = format!("(modifyTimestamp>={})", generalized_time(moment(seconds.saturating_mul(1_000))));
    Changed { of_people: filter.clone(), filter, kinds: "(objectClass=*)", stamps: None }
}

/// By `uSNChanged`; accounts that expired meanwhile, or whose lock may have ended, are read again too.
pub(super) fn since_usn(usn: i64, at: i64, now: Timestamp) -> Changed {
    let filter = format!("(uSNChanged>={})", usn.saturating_add(1));
    let (from, to) = (file_time(moment(at)), file_time(now));
    let of_people = format!("(|{filter}(lockoutTime>=1)(&(accountExpires>={from})(accountExpires<={to})))");
    Changed { filter, of_people, kinds: "(|(objectClass=user)(objectClass=group))", stamps: Some(STAMPS) }
}

/// Tells changes.
pub(super) async fn tell(
    connection: &mut LdapConnection,
    root: &RootDse,
    scopes: &[Scope],
    changed: &Changed,
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    let mut contexts = Vec::new();
    for scope in scopes {
        let filter = if scope.what == What::People { &changed.of_people } else { &changed.filter };
        let search = scope.search(&format!("(&{}{filter})", scope.filter)).asking_also(changed.stamps);
        tell_all(connection, scope, &search, teller).await?;
        let context = root.context_of(&scope.dn);
        if !contexts.contains(&context) {
            contexts.push(context);
        }
    }
    for context in contexts {
        let filter = format!("(&{}{})", changed.kinds, changed.filter);
        let search = Search::below(&context, &filter, teller.id_attributes());
        note_all(connection, &search, teller).await?;
    }
    Ok(())
}

/// Tells the groups around everything that has a new name. In Active Directory a group follows its members' names
/// without a change of its own, and what it told of them before was another name.
pub(super) async fn tell_groups_of_renamed(
    connection: &mut LdapConnection,
    scopes: &[Scope],
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    let names = teller.take_new_names();
    if names.len() > MOST_RENAMED {
        return Err(DirectoryError::full_import_needed("many entries were renamed or moved"));
    }
    for batch in names.chunks(BATCH) {
        let tests: Vec<String> = batch.iter().map(|dn| format!("(member={})", filter::escape(dn))).collect();
        for scope in scopes.iter().filter(|scope| scope.what == What::Groups) {
            let search = scope.search(&format!("(&{}(|{}))", scope.filter, tests.concat()));
            teller.begin(scope);
            let mut size = teller.page_size();
            let mut untold = Untold(teller);
            let mut pages = Pages::new(DirectoryStep::Read, &search);
            while pages.next(connection, &mut size, &mut untold).await? {}
        }
    }
    Ok(())
}

/// Tells what was deleted in Active Directory. An account that may not see that learns it from the next full import alone.
pub(super) async fn tell_deleted(
    session: &LdapSession,
    connection: &mut LdapConnection,
    root: &RootDse,
    usn: i64,
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    let mut contexts: Vec<String> =
        super::scopes::of(session)?.iter().map(|scope| root.context_of(&scope.dn)).collect();
    contexts.sort_unstable();
    contexts.dedup();
    for context in contexts {
        let base = format!("<WKGUID={DELETED_OBJECTS},{context}>");
        let control = || RawControl { ctype: SHOW_DELETED.to_owned(), crit: true, val: None };
        let (found, end) =
            connection.find_and_end(DirectoryStep::Read, &Search::of(&base, &["isDeleted"]).with(control())).await?;
        // Samba shows the container itself to everybody, without its attributes.
        if found.first().is_none_or(|container| container.values("isDeleted").is_empty()) {
            if !matches!(end.rc, 0 | 32 | 50) {
                return Err(failure::of_result(DirectoryStep::Read, connection.url(), &end, Some(&base)));
            }
            teller.problem(deletions_unseen(session)).await?;
            continue;
        }
        let filter = format!("(&(isDeleted=TRUE)(uSNChanged>={}))", usn.saturating_add(1));
        let search = Search::below(&base, &filter, teller.id_attributes()).with(control());
        note_all(connection, &search, teller).await?;
    }
    Ok(())
}

/// Every entry of a search may be gone.
async fn note_all(connection: &mut LdapConnection, search: &Search, teller: &mut Teller<'_>) -> DirectoryResult<()> {
    let mut size = teller.page_size();
    let mut noting = Noting(teller);
    let mut pages = Pages::new(DirectoryStep::Read, search);
    while pages.next(connection, &mut size, &mut noting).await? {}
    Ok(())
}

/// Tells what was not told yet.
struct Untold<'teller, 'session>(&'teller mut Teller<'session>);

impl Take for Untold<'_, '_> {
    async fn take(&mut self, entry: RawEntry) -> Result<(), DirectoryError> {
        if self.0.has_told_entry(&entry) { Ok(()) } else { self.0.tell(entry).await }
    }
}

struct Noting<'teller, 'session>(&'teller mut Teller<'session>);

impl Take for Noting<'_, '_> {
    async fn take(&mut self, entry: RawEntry) -> Result<(), DirectoryError> {
        self.0.may_be_gone(&entry);
        Ok(())
    }
}

/// What an incremental import says where it cannot see deletions.
pub(super) fn deletions_unseen(session: &LdapSession) -> EntryProblem {
    let (what, fix) = match session.settings.kind {
        domain::DirectoryKind::ActiveDirectory => (
            "The bind account may not see what was deleted: who is deleted is noticed at the next full import.",
            "Give it the rights to list and read `CN=Deleted Objects` (`dsacls \"CN=Deleted Objects,DC=…\" /takeownership`, then \
             `/g account:LCRP`), or run full imports more often.",
        ),
        domain::DirectoryKind::OpenLdap => (
            "The server offers no content synchronisation: who is deleted is noticed at the next full import.",
            "Load the overlay `syncprov` with a session log (on 389 Directory Server the plug-in Content Synchronization) and let \
             the bind account read `contextCSN`, or run full imports more often.",
        ),
    };
    EntryProblem {
        dn: session.settings.people.bases.first().cloned().unwrap_or_default(),
        code: "DELETIONS_UNSEEN".to_owned(),
        what: what.to_owned(),
        fix: fix.to_owned(),
    }
}
