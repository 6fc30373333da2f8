//! Group rules, and the memberships that they make.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use domain::{Group, GroupId, GroupRule, GroupRuleId, Timestamp, UserId};
use ports::{GroupRuleReader, GroupRuleWriter, RuleMembers, StoreError, StoreResult};

use super::{
    Connection, Db, HAS_GROUP, Store, Unit,
    groups::{group_columns, group_tables},
    require,
};
use crate::{
    error::{conflict, expect_row, failed},
    rows::{GroupRow, GroupRuleRow, all, id as parsed_id, to_json, word},
    text::fold,
};

macro_rules! rule_columns {
    () => {
        "id, name, status, expression, excluded, created, last_updated"
    };
}

const BY_ID: &str = concat!("SELECT ", rule_columns!(), " FROM group_rules WHERE id = $1");
const ALL: &str = concat!("SELECT ", rule_columns!(), " FROM group_rules ORDER BY name_folded");
const TARGETS: &str = "SELECT group_id FROM group_rule_targets WHERE rule_id = $1 ORDER BY group_id";
const ALL_TARGETS: &str = "SELECT rule_id, group_id FROM group_rule_targets ORDER BY rule_id, group_id";
const MEMBERS: &str = "SELECT group_id, user_id FROM memberships WHERE rule_id = $1 ORDER BY group_id, user_id";
const HAS_RULE: &str = "SELECT count(*) FROM group_rules WHERE id = $1";
const RULED_GROUPS: &str =
    "SELECT rule_id, group_id FROM memberships WHERE user_id = $1 AND rule_id IS NOT NULL ORDER BY rule_id, group_id";
const UNRULED_GROUPS: &str = concat!(
    "WITH RECURSIVE mine (id) AS (SELECT m.group_id FROM memberships m WHERE m.user_id = $1 AND m.rule_id IS NULL \
     UNION SELECT n.parent_id FROM mine CROSS JOIN group_nesting n WHERE n.child_id = mine.id) SELECT ",
    group_columns!(),
    " FROM mine CROSS JOIN ",
    group_tables!(),
    " WHERE g.id = mine.id ORDER BY g.name_folded, g.id"
);
const UNRULED_MEMBERS: &str = "WITH RECURSIVE below (id) AS (SELECT value FROM json_each($1) \
     UNION SELECT n.child_id FROM below CROSS JOIN group_nesting n WHERE n.parent_id = below.id) \
     SELECT DISTINCT m.user_id FROM below CROSS JOIN memberships m \
     WHERE m.group_id = below.id AND m.rule_id IS NULL ORDER BY m.user_id";
const UNIQUE: &[(&str, &str)] = &[("name_folded", "name")];

fn group_id(text: String) -> StoreResult<GroupId> {
    parsed_id("memberships.group_id", text)
}

async fn members(connection: &mut Connection, rule: &GroupRuleId) -> StoreResult<RuleMembers> {
    let rows: Vec<(String, String)> =
        sqlx::query_as(MEMBERS).bind(rule.as_str()).fetch_all(connection).await.map_err(failed)?;
    rows.into_iter().map(|(group, user)| Ok((group_id(group)?, parsed_id("memberships.user_id", user)?))).collect()
}

#[async_trait]
impl GroupRuleReader for Store {
    async fn group_rule(&self, id: &GroupRuleId) -> StoreResult<Option<GroupRule>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, GroupRuleRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        let Some(row) = row.map_err(failed)? else { return Ok(None) };
        let groups: Vec<String> =
            sqlx::query_scalar(TARGETS).bind(id.as_str()).fetch_all(&mut *reader).await.map_err(failed)?;
        row.with(groups.into_iter().map(group_id).collect::<StoreResult<_>>()?).map(Some)
    }

    async fn group_rules(&self) -> StoreResult<Vec<GroupRule>> {
        let mut reader = self.reader().await?;
        let rows: Vec<GroupRuleRow> = sqlx::query_as(ALL).fetch_all(&mut *reader).await.map_err(failed)?;
        let targets: Vec<(String, String)> =
            sqlx::query_as(ALL_TARGETS).fetch_all(&mut *reader).await.map_err(failed)?;
        let mut groups: HashMap<String, Vec<GroupId>> = HashMap::new();
        for (rule, group) in targets {
            groups.entry(rule).or_default().push(group_id(group)?);
        }
        rows.into_iter()
            .map(|row| {
                let groups = groups.remove(row.id()).unwrap_or_default();
                row.with(groups)
            })
            .collect()
    }

    async fn rule_members(&self, id: &GroupRuleId) -> StoreResult<RuleMembers> {
        members(&mut *self.reader().await?, id).await
    }

    async fn members_without_rules(&self, groups: &[GroupId]) -> StoreResult<Vec<UserId>> {
        let ids: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
        let mut reader = self.reader().await?;
        let rows: Vec<String> =
            sqlx::query_scalar(UNRULED_MEMBERS).bind(to_json(&ids)?).fetch_all(&mut *reader).await.map_err(failed)?;
        rows.into_iter().map(|user| parsed_id("memberships.user_id", user)).collect()
    }
}

fn bind_rule(
    sql: &'static str,
    rule: &GroupRule,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    Ok(sqlx::query(sql)
        .bind(rule.id.to_string())
        .bind(rule.name.clone())
        .bind(fold(&rule.name))
        .bind(word(&rule.status)?)
        .bind(rule.expression.clone())
        .bind(to_json(&rule.excluded)?)
        .bind(rule.created.millis())
        .bind(rule.last_updated.millis()))
}

async fn put_targets(connection: &mut Connection, rule: &GroupRule) -> StoreResult<()> {
    let forget = sqlx::query("DELETE FROM group_rule_targets WHERE rule_id = $1").bind(rule.id.as_str());
    forget.execute(&mut *connection).await.map_err(failed)?;
    for group in &rule.groups {
        require(connection, HAS_GROUP, "group", group.as_str()).await?;
        sqlx::query("INSERT INTO group_rule_targets (rule_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(rule.id.as_str())
            .bind(group.as_str())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

#[async_trait]
impl GroupRuleWriter for Unit {
    async fn insert_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()> {
        let statement = bind_rule(
            "INSERT INTO group_rules (id, name, name_folded, status, expression, excluded, created, last_updated) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            rule,
        )?;
        statement.execute(self.connection()).await.map_err(conflict("group rule", UNIQUE))?;
        put_targets(self.connection(), rule).await
    }

    async fn update_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()> {
        let statement = bind_rule(
            "UPDATE group_rules SET name = $2, name_folded = $3, status = $4, expression = $5, excluded = $6, \
             created = $7, last_updated = $8 WHERE id = $1",
            rule,
        )?;
        let done = statement.execute(self.connection()).await.map_err(conflict("group rule", UNIQUE))?;
        expect_row(done.rows_affected(), "group rule", &rule.id)?;
        put_targets(self.connection(), rule).await
    }

    async fn release_rule_members(&mut self, id: &GroupRuleId) -> StoreResult<u64> {
        let query = sqlx::query("UPDATE memberships SET rule_id = NULL WHERE rule_id = $1").bind(id.as_str());
        Ok(query.execute(self.connection()).await.map_err(failed)?.rows_affected())
    }

    async fn groups_without_rules(&mut self, user: &UserId) -> StoreResult<Vec<Group>> {
        let query = sqlx::query_as::<_, GroupRow>(UNRULED_GROUPS).bind(user.as_str());
        all(query.fetch_all(self.connection()).await.map_err(failed)?)
    }

    async fn ruled_groups(&mut self, user: &UserId) -> StoreResult<Vec<(GroupRuleId, GroupId)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as(RULED_GROUPS).bind(user.as_str()).fetch_all(self.connection()).await.map_err(failed)?;
        rows.into_iter().map(|(rule, group)| Ok((parsed_id("memberships.rule_id", rule)?, group_id(group)?))).collect()
    }

    async fn delete_group_rule(&mut self, id: &GroupRuleId) -> StoreResult<()> {
        // The memberships that it made go with it.
        let query = sqlx::query("DELETE FROM group_rules WHERE id = $1").bind(id.as_str());
        let done = query.execute(self.entitlement_changes()).await.map_err(failed)?;
        expect_row(done.rows_affected(), "group rule", id)
    }

    async fn set_rule_members(
        &mut self,
        id: &GroupRuleId,
        wanted: &[(GroupId, UserId)],
        now: Timestamp,
    ) -> StoreResult<(RuleMembers, RuleMembers)> {
        require(self.connection(), HAS_RULE, "group rule", id.as_str()).await?;
        let there: BTreeSet<(GroupId, UserId)> = members(self.connection(), id).await?.into_iter().collect();
        let wanted: BTreeSet<(GroupId, UserId)> = wanted.iter().cloned().collect();
        let (mut came, mut went) = (RuleMembers::new(), RuleMembers::new());
        for (group, user) in wanted.difference(&there) {
            if add(self, id, group, user, now).await? {
                came.push((group.clone(), user.clone()));
            }
        }
        for (group, user) in there.difference(&wanted) {
            if remove(self, id, group, user, now).await? {
                went.push((group.clone(), user.clone()));
            }
        }
        Ok((came, went))
    }

    async fn set_ruled_groups(
        &mut self,
        user: &UserId,
        wanted: &[(GroupRuleId, GroupId)],
        now: Timestamp,
    ) -> StoreResult<(Vec<GroupId>, Vec<GroupId>)> {
        let there: BTreeSet<(GroupRuleId, GroupId)> = self.ruled_groups(user).await?.into_iter().collect();
        let wanted: BTreeSet<(GroupRuleId, GroupId)> = wanted.iter().cloned().collect();
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for (rule, group) in there.difference(&wanted) {
            if remove(self, rule, group, user, now).await? {
                went.push(group.clone());
            }
        }
        for (rule, group) in wanted.difference(&there) {
            if add(self, rule, group, user, now).await? {
                came.push(group.clone());
            }
        }
        Ok((came, went))
    }
}

/// Unless the person is in the group already, for whatever reason.
async fn add(unit: &mut Unit, rule: &GroupRuleId, group: &GroupId, user: &UserId, now: Timestamp) -> StoreResult<bool> {
    let insert = "INSERT INTO memberships (rule_id, group_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (group_id, user_id) DO NOTHING";
    change(unit, insert, rule, group, user, now).await
}

async fn remove(
    unit: &mut Unit,
    rule: &GroupRuleId,
    group: &GroupId,
    user: &UserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let delete = "DELETE FROM memberships WHERE rule_id = $1 AND group_id = $2 AND user_id = $3";
    change(unit, delete, rule, group, user, now).await
}

async fn change(
    unit: &mut Unit,
    statement: &'static str,
    rule: &GroupRuleId,
    group: &GroupId,
    user: &UserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let query = sqlx::query(statement).bind(rule.as_str()).bind(group.as_str()).bind(user.as_str());
    let done = query.execute(unit.connection()).await.map_err(|error| {
        let unknown = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
        if unknown {
            StoreError::Missing { entity: "rule, group or user", id: format!("{rule} {group} {user}") }
        } else {
            failed(error)
        }
    })?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    super::groups::members_changed(unit, group, now).await?;
    Ok(true)
}
