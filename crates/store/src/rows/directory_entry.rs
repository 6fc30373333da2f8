//! Entries of directories, and people who wait for a word.

use domain::{
    DirectoryId, Group, GroupId, User, UserId,
    directory::{DirectoryPerson, EntryKey, ExternalId, PersonState},
};
use ports::{
    EntryOwner, GroupEntry, LinkedEntry, MatchDecision, MatchDoubt, PendingMatch, PersonEntry, StoreError, StoreResult,
};

use super::{Columns, FromColumns, aws::from_word, corrupt, from_json, id, time};

/// The word of a state; no state means that the entry is there no more.
pub(crate) fn state_word(state: Option<PersonState>) -> &'static str {
    state.map_or("GONE", PersonState::as_str)
}

fn state(word: String) -> StoreResult<Option<PersonState>> {
    if word == "GONE" { Ok(None) } else { from_word("directory_entries.state", word).map(Some) }
}

fn external(text: &str) -> StoreResult<ExternalId> {
    ExternalId::parse(text).map_err(|error| corrupt("directory_entries.external_id", error))
}

fn user_id(text: String) -> StoreResult<UserId> {
    id("directory_entries.user_id", text)
}

fn group_id(text: String) -> StoreResult<GroupId> {
    id("directory_entries.group_id", text)
}

/// A person's entry.
#[derive(sqlx::FromRow)]
pub(crate) struct PersonEntryRow {
    entry_directory: String,
    external_id: String,
    user_id: String,
    dn: String,
    state: String,
    suspended: bool,
    attributes: String,
    own_keys: String,
    also_in: String,
    refreshed: Option<i64>,
}

/// Keys from their JSON.
fn keys(text: &str) -> StoreResult<Vec<EntryKey>> {
    from_json("directory_entries.own_keys", text)
}

impl PersonEntryRow {
    /// The entry and its directory.
    pub(crate) fn read(self) -> StoreResult<(DirectoryId, PersonEntry)> {
        let entry = PersonEntry {
            external: external(&self.external_id)?,
            user: user_id(self.user_id)?,
            dn: self.dn,
            state: state(self.state)?,
            suspended: self.suspended,
            attributes: from_json("directory_entries.attributes", &self.attributes)?,
            keys: keys(&self.own_keys)?,
            also_in: keys(&self.also_in)?,
            refreshed: self.refreshed.map(time),
        };
        Ok((id("directory_entries.directory_id", self.entry_directory)?, entry))
    }
}

/// In the order of `person_entry_columns`.
impl FromColumns for PersonEntry {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let mut text = || columns.text().map(str::to_owned);
        let row = PersonEntryRow {
            entry_directory: text()?,
            external_id: text()?,
            user_id: text()?,
            dn: text()?,
            state: text()?,
            suspended: columns.number()? != 0,
            attributes: columns.text()?.to_owned(),
            own_keys: columns.text()?.to_owned(),
            also_in: columns.text()?.to_owned(),
            refreshed: columns.optional_number()?,
        };
        Ok(row.read()?.1)
    }
}

/// A person's entry with the user.
pub(crate) struct KnownPerson {
    pub(crate) entry: PersonEntry,
    pub(crate) user: User,
}

impl FromColumns for KnownPerson {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        Ok(Self { entry: PersonEntry::read(columns)?, user: User::read(columns)? })
    }
}

/// A group's entry with the group.
pub(crate) struct KnownGroup {
    pub(crate) entry: GroupEntry,
    pub(crate) group: Group,
}

impl FromColumns for KnownGroup {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let (external, dn) = (external(columns.text()?)?, columns.text()?.to_owned());
        let keys = keys(columns.text()?)?;
        let group = Group::read(columns)?;
        Ok(Self { entry: GroupEntry { external, group: group.id.clone(), dn, keys }, group })
    }
}

/// The keys of an entry.
#[derive(sqlx::FromRow)]
pub(crate) struct KeysRow {
    external_id: String,
    own_keys: String,
    also_in: String,
}

impl KeysRow {
    /// The entry, its own keys, and those of groups that it says it is in.
    pub(crate) fn read(self) -> StoreResult<(String, Vec<EntryKey>, Vec<EntryKey>)> {
        Ok((self.external_id, keys(&self.own_keys)?, keys(&self.also_in)?))
    }
}

/// Whom a key may lead to: the entry itself has the last word.
#[derive(sqlx::FromRow)]
pub(crate) struct OwnerRow {
    entry_key: String,
    external_id: String,
    user_id: Option<String>,
    group_id: Option<String>,
    keys: String,
}

impl OwnerRow {
    /// The owner, if the entry still has the key.
    pub(crate) fn read(self) -> StoreResult<Option<(EntryKey, EntryOwner)>> {
        let key = EntryKey(self.entry_key);
        if keys(&self.keys)?.contains(&key) {
            Ok(Some((key, owner(&self.external_id, self.user_id, self.group_id)?)))
        } else {
            Ok(None)
        }
    }
}

fn owner(external_id: &str, user: Option<String>, group: Option<String>) -> StoreResult<EntryOwner> {
    let external = external(external_id)?;
    match (user, group) {
        (Some(user), _) => Ok(EntryOwner::Person(external, user_id(user)?)),
        (None, Some(group)) => Ok(EntryOwner::Group(external, group_id(group)?)),
        (None, None) => Err(corrupt("directory_entries", "an entry is neither a user nor a group")),
    }
}

/// A known entry as a full import looks through them.
#[derive(sqlx::FromRow)]
pub(crate) struct LinkedRow {
    external_id: String,
    user_id: Option<String>,
    group_id: Option<String>,
    login: Option<String>,
    name: Option<String>,
    dn: String,
    state: String,
}

impl TryFrom<LinkedRow> for LinkedEntry {
    type Error = StoreError;
    fn try_from(row: LinkedRow) -> StoreResult<Self> {
        Ok(Self {
            external: external(&row.external_id)?,
            owner: owner(&row.external_id, row.user_id, row.group_id)?,
            name: row.login.or(row.name).unwrap_or_default(),
            dn: row.dn,
            gone: state(row.state)?.is_none(),
        })
    }
}

/// Somebody who waits.
#[derive(sqlx::FromRow)]
pub(crate) struct PendingRow {
    person: String,
    candidates: String,
    why: String,
    seen: i64,
}

impl TryFrom<PendingRow> for PendingMatch {
    type Error = StoreError;
    fn try_from(row: PendingRow) -> StoreResult<Self> {
        let person: DirectoryPerson = from_json("pending_matches.person", &row.person)?;
        let why = MatchDoubt::ALL.into_iter().find(|doubt| doubt.as_str() == row.why);
        Ok(Self {
            person,
            candidates: from_json("pending_matches.candidates", &row.candidates)?,
            why: why.ok_or_else(|| corrupt("pending_matches.why", format!("`{}` is no doubt", row.why)))?,
            seen: time(row.seen),
        })
    }
}

/// The word of a decision, and the user of `IS`.
pub(crate) fn decision_words(decision: &MatchDecision) -> (&'static str, Option<&str>) {
    match decision {
        MatchDecision::Is(user) => ("IS", Some(user.as_str())),
        MatchDecision::New => ("NEW", None),
        MatchDecision::Ignore => ("IGNORE", None),
    }
}

/// What was said of somebody.
pub(crate) struct Decided {
    pub(crate) entry: ExternalId,
    pub(crate) decision: MatchDecision,
}

/// Entry, word and user.
impl FromColumns for Decided {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let (entry, word) = (external(columns.text()?)?, columns.text()?);
        let decision = match (word, columns.optional_text()?) {
            ("IS", Some(user)) => MatchDecision::Is(id("match_decisions.user_id", user.to_owned())?),
            ("NEW", None) => MatchDecision::New,
            ("IGNORE", None) => MatchDecision::Ignore,
            (other, _) => return Err(corrupt("match_decisions.decision", format!("`{other}` is no decision"))),
        };
        Ok(Self { entry, decision })
    }
}
