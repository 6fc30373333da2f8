//! Imports that are being made ready: new users and groups hidden in their own tables, changes in tables beside them.

mod apply;
mod sweep;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    DirectoryId, Group, GroupId, Timestamp, UserId,
    directory::{EntryKey, ExternalId},
};
use ports::{
    AppliedChanges, GroupEntry, ImportCursor, Members, PendingMatch, Stage, StagedPerson, StagingLoader, StagingReader,
    StagingWriter, StoreError, StoreResult,
};
use sqlx::QueryBuilder;

use super::{
    Connection, HAS_DIRECTORY, Store, Unit,
    directory_entries::{IS, keys_of, related_keys},
    groups::members_changed,
    lists::{AT_ONCE, insert_all, push_list},
    require,
};
use crate::{
    error::failed,
    rows::{id as parsed_id, state_word, to_json},
    text::fold,
};

const STAGE_KEYS: &str = "INSERT INTO import_keys (run_id, external_id, relation, entry_key, added) ";
const STAGE_PEOPLE: &str = "INSERT INTO import_people (run_id, external_id, user_id, dn, state, owned, profile, \
    forget_password, login, login_folded, email, email_folded, first_name, first_name_folded, last_name, \
    last_name_folded, extra, attributes, own_keys, also_in) ";
const REPLACE_PERSON: &str = " ON CONFLICT (run_id, external_id) DO UPDATE SET user_id = excluded.user_id, \
    dn = excluded.dn, state = excluded.state, owned = excluded.owned, profile = excluded.profile, \
    forget_password = excluded.forget_password, login = excluded.login, \
    login_folded = excluded.login_folded, email = excluded.email, email_folded = excluded.email_folded, \
    first_name = excluded.first_name, first_name_folded = excluded.first_name_folded, last_name = excluded.last_name, \
    last_name_folded = excluded.last_name_folded, extra = excluded.extra, attributes = excluded.attributes, \
    own_keys = excluded.own_keys, also_in = excluded.also_in";
const STAGE_GROUPS: &str = "INSERT INTO import_groups (run_id, external_id, group_id, change, dn, name, \
    name_folded, description, own_keys) ";
const STAGE_MEMBERS: &str = "INSERT INTO import_members (run_id, kind, added, group_id, member) ";
const NOTHING: &str = " ON CONFLICT DO NOTHING";
const WAITING: &str = "SELECT m.group_id, m.entry_key FROM unresolved_members m JOIN user_groups g ON g.id = m.group_id \
    WHERE g.directory_id = ";
const SUPER_ADMINS_AFTER: &str = "SELECT count(*) FROM users u WHERE u.admin_role = 'super_admin' \
    AND u.status = 'ACTIVE' AND NOT EXISTS (SELECT 1 FROM import_people i WHERE i.run_id = $1 AND i.user_id = u.id \
    AND i.owned = $2 AND i.state <> 'ACTIVE')";

#[async_trait]
impl StagingReader for Store {
    async fn stages(&self, directory: &DirectoryId) -> StoreResult<Vec<Stage>> {
        let runs: Vec<String> =
            sqlx::query_scalar("SELECT run_id FROM import_stages WHERE directory_id = $1 ORDER BY run_id")
                .bind(directory.as_str())
                .fetch_all(&mut *self.reader().await?)
                .await
                .map_err(failed)?;
        let stage = |run| Ok(Stage { run: parsed_id("import_stages.run_id", run)?, directory: directory.clone() });
        runs.into_iter().map(stage).collect()
    }

    async fn groups_that_wait_for(
        &self,
        directory: &DirectoryId,
        keys: &[EntryKey],
    ) -> StoreResult<Vec<(GroupId, EntryKey)>> {
        waiting(&mut *self.reader().await?, directory, keys).await
    }

    async fn super_admins_after(&self, stage: &Stage) -> StoreResult<u32> {
        let count: i64 = sqlx::query_scalar(SUPER_ADMINS_AFTER)
            .bind(stage.run.as_str())
            .bind(true)
            .fetch_one(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn loader(&self, stage: &Stage) -> StoreResult<Arc<dyn StagingLoader>> {
        Ok(Arc::new(self.staging_loader(stage).await?))
    }
}

async fn waiting(
    connection: &mut Connection,
    directory: &DirectoryId,
    keys: &[EntryKey],
) -> StoreResult<Vec<(GroupId, EntryKey)>> {
    let mut found = Vec::new();
    for some in keys.chunks(AT_ONCE) {
        let mut query = QueryBuilder::new(WAITING);
        query.push_bind(directory.as_str().to_owned()).push(" AND m.entry_key IN ");
        push_list(&mut query, some.iter().map(|key| key.0.as_str()));
        let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *connection).await.map_err(failed)?;
        for (group, key) in rows {
            found.push((parsed_id("unresolved_members.group_id", group)?, EntryKey(key)));
        }
    }
    Ok(found)
}

#[async_trait]
impl StagingWriter for Unit {
    async fn begin_stage(&mut self, stage: &Stage, whole: bool) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", stage.directory.as_str()).await?;
        self.make_room().await?;
        sqlx::query("INSERT INTO import_stages (run_id, directory_id, whole) VALUES ($1, $2, $3)")
            .bind(stage.run.as_str())
            .bind(stage.directory.as_str())
            .bind(whole)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn unstage_person(&mut self, stage: &Stage, user: &UserId) -> StoreResult<()> {
        let query = sqlx::query("DELETE FROM user_records WHERE id = $1 AND hidden = $2");
        let done = query.bind(user.as_str()).bind(stage.run.as_str()).execute(self.connection()).await;
        done.map(drop).map_err(failed)
    }

    async fn stage_people(&mut self, stage: &Stage, people: &[StagedPerson]) -> StoreResult<()> {
        let mut rows = Vec::with_capacity(people.len());
        for person in people {
            let entry = &person.entry;
            let attributes = [to_json(&entry.attributes)?, to_json(&entry.keys)?, to_json(&entry.also_in)?];
            rows.push((person, to_json(&person.user.profile.extra)?, attributes));
        }
        insert_all(self.connection(), STAGE_PEOPLE, REPLACE_PERSON, &rows, |mut row, (person, extra, documents)| {
            let (entry, profile) = (&person.entry, &person.user.profile);
            row.push_bind(stage.run.as_str())
                .push_bind(entry.external.as_str())
                .push_bind(entry.user.as_str())
                .push_bind(entry.dn.as_str())
                .push_bind(state_word(entry.state))
                .push_bind(person.user.directory.as_ref() == Some(&stage.directory))
                .push_bind(person.profile)
                .push_bind(person.forget_password)
                .push_bind(profile.login.as_str())
                .push_bind(profile.login.folded())
                .push_bind(profile.email.as_str())
                .push_bind(fold(profile.email.as_str()))
                .push_bind(profile.first_name.as_str())
                .push_bind(fold(&profile.first_name))
                .push_bind(profile.last_name.as_str())
                .push_bind(fold(&profile.last_name))
                .push_bind(extra.as_str());
            for document in documents {
                row.push_bind(document.as_str());
            }
        })
        .await?;
        let keys = people
            .iter()
            .map(|StagedPerson { entry, .. }| (&entry.external, entry.keys.as_slice(), entry.also_in.as_slice()));
        self.stage_keys(stage, keys.collect()).await
    }

    async fn stage_groups(&mut self, stage: &Stage, groups: &[(Group, GroupEntry)]) -> StoreResult<()> {
        self.put_staged_groups(stage, "CHANGED", groups).await?;
        let keys = groups.iter().map(|(_, entry)| (&entry.external, entry.keys.as_slice(), &[][..]));
        self.stage_keys(stage, keys.collect()).await
    }

    async fn stage_gone_groups(&mut self, stage: &Stage, groups: &[(ExternalId, GroupId)]) -> StoreResult<()> {
        insert_all(self.connection(), STAGE_GROUPS, NOTHING, groups, |mut row, (entry, group)| {
            row.push_bind(stage.run.as_str()).push_bind(entry.as_str()).push_bind(group.as_str()).push_bind("GONE");
            row.push_bind("").push_bind("").push_bind("").push_bind("").push_bind("[]");
        })
        .await?;
        self.stage_keys(stage, groups.iter().map(|(entry, _)| (entry, &[][..], &[][..])).collect()).await
    }

    async fn stage_members(&mut self, stage: &Stage, added: &Members, removed: &Members) -> StoreResult<()> {
        let mut rows: Vec<(&'static str, bool, &str, &str)> = Vec::with_capacity(added.len() + removed.len());
        for (members, added) in [(added, true), (removed, false)] {
            rows.extend(members.people.iter().map(|(group, user)| ("USER", added, group.as_str(), user.as_str())));
            rows.extend(members.groups.iter().map(|(group, child)| ("GROUP", added, group.as_str(), child.as_str())));
            rows.extend(members.unresolved.iter().map(|(group, key)| ("KEY", added, group.as_str(), key.0.as_str())));
        }
        insert_all(self.connection(), STAGE_MEMBERS, NOTHING, &rows, |mut row, (kind, added, group, member)| {
            row.push_bind(stage.run.as_str()).push_bind(*kind).push_bind(*added).push_bind(*group).push_bind(*member);
        })
        .await?;
        Ok(())
    }

    async fn stage_pending(&mut self, stage: &Stage, pending: &[PendingMatch]) -> StoreResult<()> {
        let mut rows = Vec::with_capacity(pending.len());
        for pending in pending {
            rows.push((pending, to_json(&pending.person)?, to_json(&pending.candidates)?));
        }
        let into = "INSERT INTO import_pending (run_id, external_id, person, candidates, why, seen) ";
        insert_all(self.connection(), into, NOTHING, &rows, |mut row, (pending, person, candidates)| {
            row.push_bind(stage.run.as_str())
                .push_bind(pending.person.id.as_str())
                .push_bind(person.as_str())
                .push_bind(candidates.as_str())
                .push_bind(pending.why.as_str())
                .push_bind(pending.seen.millis());
        })
        .await?;
        Ok(())
    }

    async fn stage_cursor(&mut self, stage: &Stage, cursor: Option<&ImportCursor>) -> StoreResult<()> {
        let query = sqlx::query("UPDATE import_stages SET cursor = $2 WHERE run_id = $1");
        let query = query.bind(stage.run.as_str()).bind(cursor.map(|cursor| cursor.0.as_str()));
        query.execute(self.connection()).await.map(drop).map_err(failed)
    }

    async fn apply_staged(
        &mut self,
        stage: &Stage,
        started: Timestamp,
        now: Timestamp,
        notes: u32,
    ) -> StoreResult<AppliedChanges> {
        apply::apply(self, stage, started, now, notes).await
    }

    async fn sweep_stage(&mut self, stage: &Stage) -> StoreResult<bool> {
        let more = sweep::sweep(self.connection(), stage).await?;
        if !more {
            self.give_room_back().await?;
        }
        Ok(more)
    }

    async fn join_waiting_groups(
        &mut self,
        directory: &DirectoryId,
        entry: &ExternalId,
        now: Timestamp,
    ) -> StoreResult<Vec<GroupId>> {
        let (user, keys) = self.keys_of_its_own(directory, entry).await?;
        let mut joined = Vec::new();
        for (group, key) in waiting(self.connection(), directory, &keys).await? {
            let forget = sqlx::query("DELETE FROM unresolved_members WHERE group_id = $1 AND entry_key = $2");
            forget.bind(group.as_str()).bind(&key.0).execute(self.connection()).await.map_err(failed)?;
            let join =
                sqlx::query("INSERT INTO memberships (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            let done = join.bind(group.as_str()).bind(&user).execute(self.connection()).await.map_err(failed)?;
            if done.rows_affected() > 0 {
                members_changed(self, &group, now).await?;
                joined.push(group);
            }
        }
        Ok(joined)
    }
}

impl Unit {
    /// Stages how the keys of known entries change.
    async fn stage_keys(
        &mut self,
        stage: &Stage,
        entries: Vec<(&ExternalId, &[EntryKey], &[EntryKey])>,
    ) -> StoreResult<()> {
        let ids: Vec<&ExternalId> = entries.iter().map(|(entry, ..)| *entry).collect();
        let former = keys_of(self.connection(), &stage.directory, &ids).await?;
        let mut changes = Vec::new();
        for (entry, own, groups) in entries {
            let wanted = related_keys(own, groups);
            let there = former.get(entry.as_str()).map(|(own, groups)| related_keys(own, groups)).unwrap_or_default();
            changes.extend(wanted.difference(&there).map(|key| (entry, *key, true)));
            changes.extend(there.difference(&wanted).map(|key| (entry, *key, false)));
        }
        insert_all(self.connection(), STAGE_KEYS, NOTHING, &changes, |mut row, (entry, (relation, key), added)| {
            row.push_bind(stage.run.as_str()).push_bind(entry.as_str()).push_bind(*relation).push_bind(*key);
            row.push_bind(*added);
        })
        .await?;
        Ok(())
    }

    async fn put_staged_groups(
        &mut self,
        stage: &Stage,
        change: &'static str,
        groups: &[(Group, GroupEntry)],
    ) -> StoreResult<()> {
        let keys = groups.iter().map(|(_, entry)| to_json(&entry.keys)).collect::<StoreResult<Vec<_>>>()?;
        let rows: Vec<_> = groups.iter().zip(keys).collect();
        insert_all(self.connection(), STAGE_GROUPS, NOTHING, &rows, |mut row, ((group, entry), keys)| {
            row.push_bind(stage.run.as_str())
                .push_bind(entry.external.as_str())
                .push_bind(group.id.as_str())
                .push_bind(change)
                .push_bind(entry.dn.as_str())
                .push_bind(group.name.as_str())
                .push_bind(fold(&group.name))
                .push_bind(group.description.as_str())
                .push_bind(keys.as_str());
        })
        .await?;
        Ok(())
    }

    /// The user of an entry, and those of its keys that nobody else has.
    async fn keys_of_its_own(
        &mut self,
        directory: &DirectoryId,
        entry: &ExternalId,
    ) -> StoreResult<(String, Vec<EntryKey>)> {
        let connection = self.connection();
        let user: Option<String> =
            sqlx::query_scalar("SELECT user_id FROM directory_entries WHERE directory_id = $1 AND external_id = $2")
                .bind(directory.as_str())
                .bind(entry.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed)?
                .flatten();
        let user = user.ok_or_else(|| StoreError::Missing { entity: "entry", id: entry.as_str().to_owned() })?;
        let own = keys_of(connection, directory, &[entry]).await?.remove(entry.as_str()).unwrap_or_default().0;
        let mut keys = Vec::with_capacity(own.len());
        for key in own {
            let others: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM directory_keys WHERE directory_id = $1 AND entry_key = $2 AND relation = $3 \
                 AND external_id <> $4",
            )
            .bind(directory.as_str())
            .bind(&key.0)
            .bind(IS)
            .bind(entry.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
            if others == 0 {
                keys.push(key);
            }
        }
        Ok((user, keys))
    }
}
