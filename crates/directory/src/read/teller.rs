//! Turns entries into what the port tells, sends them, and remembers where they were.

use std::collections::HashSet;

use domain::directory::{
    DirectoryEntry, DirectoryError, DirectoryStep, Dn, EntryKey, EntryProblem, ExternalId, ServerUrl,
};
use ports::directory::DirectoryResult;
use tokio::sync::mpsc;

use super::{
    containers::Places,
    scopes::{Scope, What},
};
use crate::{
    connection::{LdapConnection, Search},
    entry::RawEntry,
    failure,
    paged::{PageSize, Take},
    schema::{active_directory, group::unreadable_members, members},
    session::LdapSession,
};

pub(super) struct Teller<'session> {
    session: &'session LdapSession,
    /// The server that is read.
    url: ServerUrl,
    entries: mpsc::Sender<DirectoryEntry>,
    what: What,
    size: PageSize,
    places: Places,
    /// What follows the first comma in the name of the last entry.
    last_tail: Option<String>,
    /// What was told and what may be gone, by id, in an incremental reading; a full one needs neither.
    told: Option<HashSet<ExternalId>>,
    maybe_gone: HashSet<ExternalId>,
    /// Names of what got them after this point in Active Directory's history.
    named_since: Option<(i64, Vec<String>)>,
    /// For the rest of large groups, while the search goes on.
    beside: Option<LdapConnection>,
}

impl<'session> Teller<'session> {
    pub(super) fn new(session: &'session LdapSession, url: &ServerUrl, entries: mpsc::Sender<DirectoryEntry>) -> Self {
        Self {
            session,
            url: url.clone(),
            entries,
            what: What::People,
            size: session.page_size(),
            places: Places::new(),
            last_tail: None,
            told: None,
            maybe_gone: HashSet::new(),
            named_since: None,
            beside: None,
        }
    }

    /// From now on entries are of this scope.
    pub(super) fn begin(&mut self, scope: &Scope) {
        self.what = scope.what;
    }

    /// From now on changes are told.
    pub(super) fn remember(&mut self) {
        self.told = Some(HashSet::new());
    }

    pub(super) const fn page_size(&self) -> PageSize {
        self.size
    }

    /// The pages that the server allows.
    pub(super) fn learn(&mut self, size: PageSize) {
        self.size = size;
    }

    /// Where everything was that was told.
    pub(super) fn places(self) -> Places {
        self.places
    }

    /// The attributes that `id` reads.
    pub(super) const fn id_attributes(&self) -> &'static [&'static str] {
        self.session.schema.id_attributes()
    }

    /// From now on names that entries got after this are remembered.
    pub(super) fn remember_names_since(&mut self, usn: i64) {
        self.named_since = Some((usn, Vec::new()));
    }

    /// The names that were remembered.
    pub(super) fn take_new_names(&mut self) -> Vec<String> {
        self.named_since.take().map(|(_, names)| names).unwrap_or_default()
    }

    /// This may have left what is wanted, or never have been in it.
    pub(super) fn may_be_gone(&mut self, entry: &RawEntry) {
        if let Some(id) = self.session.schema.id(entry) {
            self.may_be_gone_by_id(id);
        }
    }

    /// The same by id.
    pub(super) fn may_be_gone_by_id(&mut self, id: ExternalId) {
        self.maybe_gone.insert(id);
    }

    /// What may be gone and was not told as it is now.
    pub(super) fn take_maybe_gone(&mut self) -> Vec<ExternalId> {
        let candidates = std::mem::take(&mut self.maybe_gone);
        candidates.into_iter().filter(|id| !self.has_told(id)).collect()
    }

    /// Whether this was told as it is now.
    pub(super) fn has_told(&self, id: &ExternalId) -> bool {
        self.told.as_ref().is_some_and(|told| told.contains(id))
    }

    /// The same of an entry.
    pub(super) fn has_told_entry(&self, entry: &RawEntry) -> bool {
        self.session.schema.id(entry).is_some_and(|id| self.has_told(&id))
    }

    /// Tells an entry as person or group, or why it is none.
    pub(super) async fn tell(&mut self, mut entry: RawEntry) -> DirectoryResult<()> {
        self.note(&entry);
        let told = match self.what {
            What::People => self
                .session
                .schema
                .person(&entry, self.session.now())
                .map(|person| DirectoryEntry::Person(Box::new(person))),
            What::Groups => {
                let (members, unreadable) = self.members(&mut entry).await?;
                if unreadable > 0 {
                    self.problem(unreadable_members(&entry, unreadable)).await?;
                }
                self.session.schema.group(&entry, members).map(|group| DirectoryEntry::Group(Box::new(group)))
            }
        };
        self.send(told.unwrap_or_else(DirectoryEntry::Problem)).await
    }

    /// All members; what Active Directory holds back is fetched.
    async fn members(&mut self, entry: &mut RawEntry) -> DirectoryResult<(Vec<EntryKey>, usize)> {
        let range = entry.take_range("member");
        let (mut keys, mut unreadable) = members::take(entry, self.session.schema.member_attributes());
        let Some((first, mut next)) = range else { return Ok((keys, unreadable)) };
        members::add(&mut keys, &mut unreadable, "member", first);
        while let Some(from) = next {
            let dn = entry.shown_dn();
            let attribute = format!("member;range={from}-*");
            let connection = self.beside().await?;
            let found = connection.find(DirectoryStep::Read, &Search::of(&dn, &[&attribute])).await?;
            let rest = found.into_iter().next().and_then(|mut entry| entry.take_range("member"));
            let leads_on = |then: &Option<u32>| then.is_none_or(|then| then > from);
            let (values, then) =
                rest.filter(|(values, then)| !values.is_empty() && leads_on(then)).ok_or_else(|| {
                    let what = format!("the members of `{dn}` from number {from} on did not come");
                    failure::changed_meanwhile(&what)
                })?;
            members::add(&mut keys, &mut unreadable, "member", values);
            next = then;
        }
        Ok((keys, unreadable))
    }

    async fn beside(&mut self) -> DirectoryResult<&mut LdapConnection> {
        if self.beside.is_none() {
            let mut connection = self.session.open_again(&self.url).await?;
            self.session.bind(&mut connection).await?;
            self.beside = Some(connection);
        }
        self.beside.as_mut().ok_or_else(failure::abandoned)
    }

    fn note(&mut self, entry: &RawEntry) {
        if let Some(told) = &mut self.told
            && let Some(id) = self.session.schema.id(entry)
        {
            told.insert(id);
        }
        if let Some((since, names)) = &mut self.named_since
            && active_directory::named_at(entry).is_some_and(|usn| usn > *since)
        {
            names.push(entry.shown_dn());
        }
        if let Ok(dn) = entry.dn() {
            self.note_place(dn);
        }
    }

    /// Names that go on alike after the first comma lie in one place, unless a backslash makes it part of a value.
    fn note_place(&mut self, dn: &str) {
        let tail = dn.split_once(',').filter(|_| !dn.contains('\\')).map(|(_, tail)| tail);
        if tail.is_some_and(|tail| self.last_tail.as_deref() == Some(tail)) {
            return;
        }
        if let Some(parent) = Dn::parse(dn).ok().and_then(|dn| dn.parent()) {
            self.places.entry(parent.to_string()).or_insert_with(|| dn.to_owned());
            self.last_tail = tail.map(str::to_owned);
        }
    }

    /// Tells that something is there no more.
    pub(super) async fn gone(&mut self, id: ExternalId) -> DirectoryResult<()> {
        self.send(DirectoryEntry::Gone { id }).await
    }

    /// Tells that something was left out.
    pub(super) async fn problem(&mut self, problem: EntryProblem) -> DirectoryResult<()> {
        self.send(DirectoryEntry::Problem(problem)).await
    }

    async fn send(&mut self, entry: DirectoryEntry) -> DirectoryResult<()> {
        self.entries.send(entry).await.map_err(|_| failure::abandoned())
    }
}

impl Take for Teller<'_> {
    async fn take(&mut self, entry: RawEntry) -> Result<(), DirectoryError> {
        self.tell(entry).await
    }
}
