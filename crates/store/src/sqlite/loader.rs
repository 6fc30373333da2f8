//! Takes in what an import finds new, as [`StagingLoader`] says: hidden rows in the tables where they will be seen.

use std::{collections::HashSet, hash::Hash};

use async_trait::async_trait;
use domain::{
    Group, GroupId, User, UserId,
    directory::{EntryKey, ExternalId},
};
use ports::{GroupEntry, Members, PersonEntry, Stage, StagingLoader, StoreError, StoreResult};
use rusqlite::{CachedStatement, ToSql, Transaction, params};

use super::{bulk::BulkWriter, direct::failed};
use crate::{
    rows::{millis, state_word, to_json},
    sql::{IN, IS},
    text::fold,
};

const STAGE: &str = "SELECT 1 FROM import_stages WHERE run_id = ?1";
const USER: &str = "INSERT INTO user_records (hidden, directory_id, id, status, login, login_folded, email, email_folded, \
    first_name, first_name_folded, last_name, last_name_folded, extra, admin_role, created, activated, status_changed, \
    last_login, last_updated, password_changed) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) \
    ON CONFLICT DO NOTHING";
const ENTRY: &str = "INSERT INTO directory_entries (directory_id, external_id, user_id, group_id, dn, state, suspended, \
    attributes, own_keys, also_in) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
const KEY: &str = "INSERT INTO directory_keys (directory_id, entry_key, relation, external_id) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT DO NOTHING";
const GROUP: &str = "INSERT INTO group_records (hidden, directory_id, id, name, name_folded, description, created, \
    last_updated, last_membership_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const STAGED_GROUP: &str = "INSERT INTO import_groups (run_id, external_id, group_id, change, dn, name, name_folded, \
    description, own_keys) VALUES (?1, ?2, ?3, 'NEW', ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
const MEMBERSHIP: &str = "INSERT INTO memberships (group_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const NESTING: &str = "INSERT INTO group_nesting (parent_id, child_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const UNRESOLVED: &str = "INSERT INTO unresolved_members (group_id, entry_key) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const IS_REVISION: &str = "SELECT 1 FROM revisions WHERE name = 'entitlement' AND value = ?1";
const HAS_USER: &str = "SELECT 1 FROM user_records WHERE id = ?1";
const HAS_GROUP: &str = "SELECT 1 FROM group_records WHERE id = ?1";

/// One stage's.
pub(crate) struct Loader {
    pub(super) rows: BulkWriter,
    pub(super) stage: Stage,
    /// When it began to take in. Whoever was there then still is while this is the revision: who removes a user or a group
    /// moves it, and what is hidden is swept groups first.
    pub(super) revision: i64,
}

/// The documents of a person's rows, made before others have to wait.
struct Documents {
    extra: String,
    attributes: String,
    own_keys: String,
    also_in: String,
}

impl Documents {
    fn of(user: &User, entry: &PersonEntry) -> StoreResult<Self> {
        Ok(Self {
            extra: to_json(&user.profile.extra)?,
            attributes: to_json(&entry.attributes)?,
            own_keys: to_json(&entry.keys)?,
            also_in: to_json(&entry.also_in)?,
        })
    }
}

#[async_trait]
impl StagingLoader for Loader {
    async fn people(&self, people: Vec<(User, PersonEntry)>) -> StoreResult<Vec<(User, PersonEntry)>> {
        let documents: Vec<Documents> =
            people.iter().map(|(user, entry)| Documents::of(user, entry)).collect::<StoreResult<_>>()?;
        let stage = self.stage.clone();
        self.rows.write(move |transaction| Load::begin(transaction, &stage)?.people(people, &documents)).await
    }

    async fn groups(&self, groups: Vec<(Group, GroupEntry)>) -> StoreResult<()> {
        let stage = self.stage.clone();
        self.rows.write(move |transaction| Load::begin(transaction, &stage)?.groups(&groups)).await
    }

    async fn members(&self, members: Members) -> StoreResult<()> {
        let (stage, revision) = (self.stage.clone(), self.revision);
        self.rows.write(move |transaction| Load::begin(transaction, &stage)?.members(&members, revision)).await
    }
}

/// A transaction that takes in.
struct Load<'a> {
    transaction: &'a Transaction<'a>,
    stage: &'a Stage,
}

impl<'a> Load<'a> {
    fn begin(transaction: &'a Transaction<'a>, stage: &'a Stage) -> StoreResult<Self> {
        let load = Self { transaction, stage };
        if load.statement(STAGE)?.has(stage.run.as_str())? {
            Ok(load)
        } else {
            Err(StoreError::Missing { entity: "stage", id: stage.run.to_string() })
        }
    }

    fn statement(&self, sql: &'static str) -> StoreResult<Statement<'a>> {
        Ok(Statement(self.transaction.prepare_cached(sql).map_err(failed)?))
    }

    fn people(
        &self,
        people: Vec<(User, PersonEntry)>,
        documents: &[Documents],
    ) -> StoreResult<Vec<(User, PersonEntry)>> {
        let (mut users, mut entries) = (self.statement(USER)?, self.statement(ENTRY)?);
        let (run, directory) = (self.stage.run.as_str(), self.stage.directory.as_str());
        let mut left_out = Vec::new();
        let mut taken_in = Vec::with_capacity(people.len());
        for ((user, entry), documents) in people.into_iter().zip(documents) {
            let profile = &user.profile;
            let is_free = users.run(params![
                run,
                user.directory.as_ref().map(domain::DirectoryId::as_str),
                user.id.as_str(),
                user.status.as_str(),
                profile.login.as_str(),
                profile.login.folded(),
                profile.email.as_str(),
                fold(profile.email.as_str()),
                profile.first_name,
                fold(&profile.first_name),
                profile.last_name,
                fold(&profile.last_name),
                documents.extra,
                user.admin_role.map(domain::user::AdminRole::as_str),
                user.created.millis(),
                millis(user.activated),
                millis(user.status_changed),
                millis(user.last_login),
                user.last_updated.millis(),
                millis(user.password_changed),
            ])?;
            if !is_free {
                left_out.push((user, entry));
                continue;
            }
            entries.run(params![
                directory,
                entry.external.as_str(),
                entry.user.as_str(),
                None::<&str>,
                entry.dn,
                state_word(entry.state),
                entry.suspended,
                documents.attributes,
                documents.own_keys,
                documents.also_in,
            ])?;
            taken_in.push(entry);
        }
        self.keys(taken_in.iter().map(|entry| (&entry.external, &*entry.keys, &*entry.also_in)))?;
        Ok(left_out)
    }

    fn groups(&self, groups: &[(Group, GroupEntry)]) -> StoreResult<()> {
        let mut records = self.statement(GROUP)?;
        let mut entries = self.statement(ENTRY)?;
        let mut staged = self.statement(STAGED_GROUP)?;
        let (run, directory) = (self.stage.run.as_str(), self.stage.directory.as_str());
        for (group, entry) in groups {
            let (id, name, folded, own_keys) =
                (group.id.as_str(), group.name.as_str(), fold(&group.name), to_json(&entry.keys)?);
            let external = entry.external.as_str();
            records.run(params![
                run,
                directory,
                id,
                name,
                folded,
                group.description,
                group.created.millis(),
                group.last_updated.millis(),
                group.last_membership_updated.millis(),
            ])?;
            entries.run(params![
                directory,
                external,
                None::<&str>,
                id,
                entry.dn,
                "ACTIVE",
                false,
                "{}",
                own_keys,
                "[]"
            ])?;
            staged.run(params![run, external, id, entry.dn, name, folded, group.description, own_keys])?;
        }
        self.keys(groups.iter().map(|(_, entry)| (&entry.external, &*entry.keys, &[][..])))
    }

    /// Puts keys into their index, in the index's own order: rows that lie together are written together.
    fn keys<'e>(
        &self,
        entries: impl Iterator<Item = (&'e ExternalId, &'e [EntryKey], &'e [EntryKey])>,
    ) -> StoreResult<()> {
        let mut keys: Vec<_> = entries
            .flat_map(|(entry, own, groups)| {
                let own = own.iter().map(|key| (key, IS));
                let related = own.chain(groups.iter().map(|key| (key, IN)));
                related.map(move |(key, relation)| (key.0.as_str(), relation, entry.as_str()))
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let mut index = self.statement(KEY)?;
        index.bind(1, self.stage.directory.as_str())?;
        for (key, relation, entry) in keys {
            index.bind(2, key)?;
            index.bind(3, relation)?;
            index.bind(4, entry)?;
            index.run_bound()?;
        }
        Ok(())
    }

    fn members(&self, members: &Members, revision: i64) -> StoreResult<()> {
        let Members { people, groups, unresolved } = members;
        let removed_users = if self.statement(IS_REVISION)?.has(revision)? {
            HashSet::new()
        } else {
            self.statement(HAS_USER)?.missing(people.iter().map(|(_, user)| user), UserId::as_str)?
        };
        let named = people.iter().map(|(group, _)| group).chain(unresolved.iter().map(|(group, _)| group));
        let named = named.chain(groups.iter().flat_map(|(parent, child)| [parent, child]));
        let removed_groups = self.statement(HAS_GROUP)?.missing(named, GroupId::as_str)?;
        let mut insert = self.statement(MEMBERSHIP)?;
        let mut bound = None;
        for (group, user) in people {
            if removed_groups.contains(group) || removed_users.contains(user) {
                continue;
            }
            // Members of one group come one after the other.
            if bound != Some(group) {
                insert.bind(1, group.as_str())?;
                bound = Some(group);
            }
            insert.bind(2, user.as_str())?;
            insert.run_bound()?;
        }
        let mut insert = self.statement(NESTING)?;
        for (parent, child) in groups {
            if !removed_groups.contains(parent) && !removed_groups.contains(child) {
                insert.run(params![parent.as_str(), child.as_str()])?;
            }
        }
        let mut insert = self.statement(UNRESOLVED)?;
        for (group, key) in unresolved {
            if !removed_groups.contains(group) {
                insert.run(params![group.as_str(), key.0])?;
            }
        }
        Ok(())
    }
}

/// A statement of one row.
struct Statement<'a>(CachedStatement<'a>);

impl Statement<'_> {
    /// Whether anything changed: the row may be there already.
    fn run(&mut self, values: &[&dyn ToSql]) -> StoreResult<bool> {
        Ok(self.0.execute(values).map_err(failed)? > 0)
    }

    /// What is bound stays so from one row to the next.
    fn bind(&mut self, place: usize, value: &str) -> StoreResult<()> {
        self.0.raw_bind_parameter(place, value).map_err(failed)
    }

    fn run_bound(&mut self) -> StoreResult<()> {
        self.0.raw_execute().map(drop).map_err(failed)
    }

    fn has(&mut self, key: impl ToSql) -> StoreResult<bool> {
        self.0.exists([key]).map_err(failed)
    }

    /// Those of these ids that are not there; each is asked for once.
    fn missing<'id, Id: Eq + Hash>(
        &mut self,
        ids: impl Iterator<Item = &'id Id>,
        text: impl Fn(&Id) -> &str,
    ) -> StoreResult<HashSet<&'id Id>> {
        let mut missing = HashSet::new();
        for id in ids.collect::<HashSet<_>>() {
            if !self.has(text(id))? {
                missing.insert(id);
            }
        }
        Ok(missing)
    }
}
