//! Which users and groups the entries of a directory are, and how entries are referred to.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use domain::{
    DirectoryId, Group, GroupId, User, UserId,
    directory::{EntryKey, ExternalId},
};
use ports::{
    DirectoryTotals, EntryOwner, EntryReader, EntryWriter, GroupEntry, LinkedEntry, Members, PersonEntry, StoreResult,
};
use sqlx::QueryBuilder;

use super::{
    Connection, Db, HAS_DIRECTORY, HAS_GROUP, HAS_USER, Store, Unit,
    groups::{group_columns, group_tables},
    lists::{AT_ONCE, push_list},
    require,
    users::user_columns,
};
use crate::{
    error::failed,
    rows::{
        KeysRow, KnownGroup, KnownPerson, LinkedRow, OwnerRow, PersonEntryRow, all, id as parsed_id, millis,
        state_word, to_json,
    },
    text::fold,
};

macro_rules! person_entry_columns {
    () => {
        "e.directory_id AS entry_directory, e.external_id, e.user_id, e.dn, e.state, e.suspended, e.attributes, \
         e.own_keys, e.also_in, e.refreshed"
    };
}

const KNOWN_PEOPLE: &str = concat!(
    "SELECT ",
    person_entry_columns!(),
    ", ",
    user_columns!(),
    " FROM directory_entries e JOIN users u ON u.id = e.user_id WHERE e.directory_id = $1 AND e.external_id = $2"
);
const KNOWN_GROUPS: &str = concat!(
    "SELECT e.external_id, e.dn, e.own_keys, ",
    group_columns!(),
    " FROM directory_entries e JOIN ",
    group_tables!("g.id = e.group_id"),
    " WHERE e.directory_id = $1 AND e.external_id = $2"
);
const ENTRIES_OF_USERS: &str = concat!(
    "SELECT ",
    person_entry_columns!(),
    " FROM directory_entries e JOIN users u ON u.id = e.user_id WHERE e.user_id IN "
);
const LINKED: &str = "SELECT e.external_id, e.user_id, e.group_id, u.login, g.name, e.dn, e.state \
    FROM directory_entries e LEFT JOIN users u ON u.id = e.user_id LEFT JOIN user_groups g ON g.id = e.group_id \
    WHERE e.directory_id = $1 AND e.external_id > $2 AND (u.id IS NOT NULL OR g.id IS NOT NULL) \
    ORDER BY e.external_id LIMIT $3";
const TOTALS: &str = "SELECT (SELECT count(*) FROM directory_entries e JOIN users u ON u.id = e.user_id \
    WHERE e.directory_id = $1 AND e.state = 'ACTIVE'), \
    (SELECT count(*) FROM user_groups g CROSS JOIN memberships m WHERE m.group_id = g.id AND g.directory_id = $1) \
    + (SELECT count(*) FROM user_groups g CROSS JOIN group_nesting n WHERE n.parent_id = g.id AND g.directory_id = $1)";
const CALLED: [&str; 2] = [
    concat!("SELECT ", user_columns!(), " FROM users u WHERE u.login_folded = $1"),
    concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email_folded = $1"),
];

/// The `relation` of a key: the entry's own, or that of a group which the entry says it is in.
pub(crate) const IS: &str = "IS";
pub(crate) const IN: &str = "IN";

/// By external id: the entry's own keys, and those of groups that it says it is in.
pub(super) type Keys = HashMap<String, (Vec<EntryKey>, Vec<EntryKey>)>;

/// The keys of those of these entries that are known.
pub(super) async fn keys_of(
    connection: &mut Connection,
    directory: &DirectoryId,
    ids: &[&ExternalId],
) -> StoreResult<Keys> {
    let mut keys = Keys::new();
    for some in ids.chunks(AT_ONCE) {
        let mut query =
            QueryBuilder::new("SELECT external_id, own_keys, also_in FROM directory_entries WHERE directory_id = ");
        query.push_bind(directory.as_str().to_owned()).push(" AND external_id IN ");
        push_list(&mut query, some.iter().map(|id| id.as_str()));
        for row in query.build_query_as::<KeysRow>().fetch_all(&mut *connection).await.map_err(failed)? {
            let (external, own, groups) = row.read()?;
            keys.insert(external, (own, groups));
        }
    }
    Ok(keys)
}

/// Keys with their relation, as the index holds them.
pub(super) fn related_keys<'key>(
    own: &'key [EntryKey],
    groups: &'key [EntryKey],
) -> BTreeSet<(&'static str, &'key str)> {
    let own = own.iter().map(|key| (IS, key.0.as_str()));
    own.chain(groups.iter().map(|key| (IN, key.0.as_str()))).collect()
}

#[async_trait]
impl EntryReader for Store {
    async fn known_people(&self, directory: &DirectoryId, ids: &[ExternalId]) -> StoreResult<Vec<(PersonEntry, User)>> {
        let rows = self.rows_by_many_keys::<KnownPerson, 2>(KNOWN_PEOPLE, entry_keys(directory, ids)).await?;
        Ok(rows.into_iter().map(|KnownPerson { entry, user }| (entry, user)).collect())
    }

    async fn known_groups(&self, directory: &DirectoryId, ids: &[ExternalId]) -> StoreResult<Vec<(GroupEntry, Group)>> {
        let rows = self.rows_by_many_keys::<KnownGroup, 2>(KNOWN_GROUPS, entry_keys(directory, ids)).await?;
        Ok(rows.into_iter().map(|KnownGroup { entry, group }| (entry, group)).collect())
    }

    async fn entries_of_users(&self, users: &[UserId]) -> StoreResult<Vec<(DirectoryId, PersonEntry)>> {
        let mut reader = self.reader().await?;
        let mut entries = Vec::new();
        for some in users.chunks(AT_ONCE) {
            let mut query = QueryBuilder::new(ENTRIES_OF_USERS);
            push_list(&mut query, some.iter().map(UserId::as_str));
            let rows = query.build_query_as::<PersonEntryRow>().fetch_all(&mut *reader).await.map_err(failed)?;
            for row in rows {
                entries.push(row.read()?);
            }
        }
        Ok(entries)
    }

    async fn owners_of_keys(
        &self,
        directory: &DirectoryId,
        keys: &[EntryKey],
    ) -> StoreResult<Vec<(EntryKey, EntryOwner)>> {
        owners(&mut *self.reader().await?, directory, keys, IS).await
    }

    async fn people_also_in(&self, directory: &DirectoryId, keys: &[EntryKey]) -> StoreResult<Vec<(EntryKey, UserId)>> {
        let found = owners(&mut *self.reader().await?, directory, keys, IN).await?;
        let people = found.into_iter().filter_map(|(key, owner)| match owner {
            EntryOwner::Person(_, user) => Some((key, user)),
            EntryOwner::Group(..) => None,
        });
        Ok(people.collect())
    }

    async fn linked_entries(
        &self,
        directory: &DirectoryId,
        after: Option<&ExternalId>,
        limit: u32,
    ) -> StoreResult<Vec<LinkedEntry>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, LinkedRow>(LINKED)
            .bind(directory.as_str())
            .bind(after.map_or("", ExternalId::as_str))
            .bind(i64::from(limit));
        all(query.fetch_all(&mut *reader).await.map_err(failed)?)
    }

    async fn direct_members_of(&self, groups: &[GroupId]) -> StoreResult<Members> {
        let mut reader = self.reader().await?;
        let mut found = Members::default();
        for some in groups.chunks(AT_ONCE) {
            let people =
                pairs(&mut reader, "SELECT group_id, user_id FROM memberships WHERE group_id IN ", some).await?;
            for (group, user) in people {
                found.people.push((member_group(group)?, parsed_id("memberships.user_id", user)?));
            }
            let nested =
                pairs(&mut reader, "SELECT parent_id, child_id FROM group_nesting WHERE parent_id IN ", some).await?;
            for (parent, child) in nested {
                found.groups.push((member_group(parent)?, member_group(child)?));
            }
            let unresolved =
                pairs(&mut reader, "SELECT group_id, entry_key FROM unresolved_members WHERE group_id IN ", some)
                    .await?;
            for (group, key) in unresolved {
                found.unresolved.push((member_group(group)?, EntryKey(key)));
            }
        }
        Ok(found)
    }

    async fn parents_in(&self, directory: &DirectoryId, groups: &[GroupId]) -> StoreResult<Vec<(GroupId, GroupId)>> {
        let mut reader = self.reader().await?;
        let mut found = Vec::new();
        for some in groups.chunks(AT_ONCE) {
            let mut query = QueryBuilder::<Db>::new(
                "SELECT n.child_id, n.parent_id FROM group_nesting n JOIN user_groups g ON g.id = n.parent_id \
                 WHERE g.directory_id = ",
            );
            query.push_bind(directory.as_str().to_owned()).push(" AND n.child_id IN ");
            push_list(&mut query, some.iter().map(GroupId::as_str));
            let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *reader).await.map_err(failed)?;
            for (child, parent) in rows {
                found.push((member_group(child)?, member_group(parent)?));
            }
        }
        Ok(found)
    }

    async fn directory_totals(&self, directory: &DirectoryId) -> StoreResult<DirectoryTotals> {
        let mut reader = self.reader().await?;
        let (people, memberships): (i64, i64) =
            sqlx::query_as(TOTALS).bind(directory.as_str()).fetch_one(&mut *reader).await.map_err(failed)?;
        let count = |number| u64::try_from(number).unwrap_or(0);
        Ok(DirectoryTotals { people: count(people), memberships: count(memberships) })
    }

    async fn users_called(&self, logins: &[String], emails: &[String]) -> StoreResult<Vec<User>> {
        let mut found: HashMap<UserId, User> = HashMap::new();
        for (select, names) in CALLED.into_iter().zip([logins, emails]) {
            let names = names.iter().map(|name| [fold(name)]).collect();
            let users: Vec<User> = self.rows_by_many_keys(select, names).await?;
            found.extend(users.into_iter().map(|user| (user.id.clone(), user)));
        }
        Ok(found.into_values().collect())
    }
}

/// Entries by what identifies them in the whole store.
pub(super) fn entry_keys(directory: &DirectoryId, ids: &[ExternalId]) -> Vec<[String; 2]> {
    ids.iter().map(|id| [directory.to_string(), id.as_str().to_owned()]).collect()
}

fn member_group(text: String) -> StoreResult<GroupId> {
    parsed_id("memberships.group_id", text)
}

async fn pairs(
    connection: &mut Connection,
    select: &'static str,
    groups: &[GroupId],
) -> StoreResult<Vec<(String, String)>> {
    let mut query = QueryBuilder::<Db>::new(select);
    push_list(&mut query, groups.iter().map(GroupId::as_str));
    query.build_query_as().fetch_all(connection).await.map_err(failed)
}

async fn owners(
    connection: &mut Connection,
    directory: &DirectoryId,
    keys: &[EntryKey],
    relation: &'static str,
) -> StoreResult<Vec<(EntryKey, EntryOwner)>> {
    let mut found = Vec::new();
    for some in keys.chunks(AT_ONCE) {
        let mut query = QueryBuilder::new(
            "SELECT k.entry_key, e.external_id, u.id AS user_id, g.id AS group_id, \
             CASE WHEN k.relation = 'IS' THEN e.own_keys ELSE e.also_in END AS keys FROM directory_keys k \
             JOIN directory_entries e ON e.directory_id = k.directory_id AND e.external_id = k.external_id \
             LEFT JOIN users u ON u.id = e.user_id LEFT JOIN user_groups g ON g.id = e.group_id \
             WHERE (u.id IS NOT NULL OR g.id IS NOT NULL) AND k.directory_id = ",
        );
        query.push_bind(directory.as_str().to_owned()).push(" AND k.relation = ").push_bind(relation);
        query.push(" AND k.entry_key IN ");
        push_list(&mut query, some.iter().map(|key| key.0.as_str()));
        let rows = query.build_query_as::<OwnerRow>().fetch_all(&mut *connection).await.map_err(failed)?;
        for row in rows {
            found.extend(row.read()?);
        }
    }
    Ok(found)
}

#[async_trait]
impl EntryWriter for Unit {
    async fn put_person_entry(&mut self, directory: &DirectoryId, entry: &PersonEntry) -> StoreResult<()> {
        let connection = self.connection();
        require(connection, HAS_DIRECTORY, "directory", directory.as_str()).await?;
        require(connection, HAS_USER, "user", entry.user.as_str()).await?;
        put_keys(connection, directory, &entry.external, &entry.keys, &entry.also_in).await?;
        let forget = "DELETE FROM directory_entries WHERE directory_id = $1 AND external_id <> $2 AND user_id = $3";
        sqlx::query(forget)
            .bind(directory.as_str())
            .bind(entry.external.as_str())
            .bind(entry.user.as_str())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        sqlx::query(
            "INSERT INTO directory_entries (directory_id, external_id, user_id, dn, state, suspended, attributes, \
             own_keys, also_in, refreshed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (directory_id, external_id) DO UPDATE SET user_id = excluded.user_id, dn = excluded.dn, \
             state = excluded.state, suspended = excluded.suspended, attributes = excluded.attributes, \
             own_keys = excluded.own_keys, also_in = excluded.also_in, refreshed = excluded.refreshed",
        )
        .bind(directory.as_str())
        .bind(entry.external.as_str())
        .bind(entry.user.as_str())
        .bind(entry.dn.as_str())
        .bind(state_word(entry.state))
        .bind(entry.suspended)
        .bind(to_json(&entry.attributes)?)
        .bind(to_json(&entry.keys)?)
        .bind(to_json(&entry.also_in)?)
        .bind(millis(entry.refreshed))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn put_group_entry(&mut self, directory: &DirectoryId, entry: &GroupEntry) -> StoreResult<()> {
        let connection = self.connection();
        require(connection, HAS_DIRECTORY, "directory", directory.as_str()).await?;
        require(connection, HAS_GROUP, "group", entry.group.as_str()).await?;
        put_keys(connection, directory, &entry.external, &entry.keys, &[]).await?;
        sqlx::query(
            "INSERT INTO directory_entries (directory_id, external_id, group_id, dn, state, suspended, attributes, \
             own_keys, also_in) VALUES ($1, $2, $3, $4, 'ACTIVE', $5, '{}', $6, '[]') \
             ON CONFLICT (directory_id, external_id) DO UPDATE SET group_id = excluded.group_id, dn = excluded.dn, \
             own_keys = excluded.own_keys",
        )
        .bind(directory.as_str())
        .bind(entry.external.as_str())
        .bind(entry.group.as_str())
        .bind(entry.dn.as_str())
        .bind(false)
        .bind(to_json(&entry.keys)?)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

/// Brings the index to the keys that an entry will have.
async fn put_keys(
    connection: &mut Connection,
    directory: &DirectoryId,
    entry: &ExternalId,
    own: &[EntryKey],
    groups: &[EntryKey],
) -> StoreResult<()> {
    let (former_own, former_groups) =
        keys_of(connection, directory, &[entry]).await?.remove(entry.as_str()).unwrap_or_default();
    let (former, wanted) = (related_keys(&former_own, &former_groups), related_keys(own, groups));
    let delete = "DELETE FROM directory_keys WHERE directory_id = $1 AND external_id = $2 AND relation = $3 \
        AND entry_key = $4";
    let insert = "INSERT INTO directory_keys (directory_id, external_id, relation, entry_key) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    for (statement, keys) in [(delete, former.difference(&wanted)), (insert, wanted.difference(&former))] {
        for (relation, key) in keys {
            let query = sqlx::query(statement).bind(directory.as_str()).bind(entry.as_str()).bind(*relation).bind(*key);
            query.execute(&mut *connection).await.map_err(failed)?;
        }
    }
    Ok(())
}
