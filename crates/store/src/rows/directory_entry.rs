//! Entries of directories, and people who wait for a word.

use domain::{
    DirectoryId, GroupId, User, UserId,
    directory::{DirectoryPerson, EntryKey, ExternalId, PersonState},
};
use ports::{
    EntryOwner, GroupEntry, LinkedEntry, MatchDecision, MatchDoubt, PendingMatch, PersonEntry, StoreError, StoreResult,
};

use super::{GroupRow, UserRow, aws::from_word, corrupt, from_json, id, time};

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

/// A person's entry with the user.
#[derive(sqlx::FromRow)]
pub(crate) struct KnownPersonRow {
    #[sqlx(flatten)]
    entry: PersonEntryRow,
    #[sqlx(flatten)]
    user: UserRow,
}

impl KnownPersonRow {
    /// The entry and the user.
    pub(crate) fn read(self) -> StoreResult<(PersonEntry, User)> {
        Ok((self.entry.read()?.1, self.user.try_into()?))
    }
}

/// A group's entry with the group.
#[derive(sqlx::FromRow)]
pub(crate) struct KnownGroupRow {
    external_id: String,
    dn: String,
    own_keys: String,
    #[sqlx(flatten)]
    group: GroupRow,
}

impl KnownGroupRow {
    /// The entry and the group.
    pub(crate) fn read(self) -> StoreResult<(GroupEntry, domain::Group)> {
        let group: domain::Group = self.group.try_into()?;
        let entry = GroupEntry {
            external: external(&self.external_id)?,
            group: group.id.clone(),
            dn: self.dn,
            keys: keys(&self.own_keys)?,
        };
        Ok((entry, group))
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

/// What was said of somebody.
#[derive(sqlx::FromRow)]
pub(crate) struct DecisionRow {
    external_id: String,
    decision: String,
    user_id: Option<String>,
}

/// The word of a decision, and the user of `IS`.
pub(crate) fn decision_words(decision: &MatchDecision) -> (&'static str, Option<&str>) {
    match decision {
        MatchDecision::Is(user) => ("IS", Some(user.as_str())),
        MatchDecision::New => ("NEW", None),
        MatchDecision::Ignore => ("IGNORE", None),
    }
}

impl TryFrom<DecisionRow> for (ExternalId, MatchDecision) {
    type Error = StoreError;
    fn try_from(row: DecisionRow) -> StoreResult<Self> {
        let decision = match (row.decision.as_str(), row.user_id) {
            ("IS", Some(user)) => MatchDecision::Is(id("match_decisions.user_id", user)?),
            ("NEW", None) => MatchDecision::New,
            ("IGNORE", None) => MatchDecision::Ignore,
            (other, _) => return Err(corrupt("match_decisions.decision", format!("`{other}` is no decision"))),
        };
        Ok((external(&row.external_id)?, decision))
    }
}
