//! Storing what reading an account found: compares with what is there and writes the difference alone.

use std::collections::HashMap;

use domain::{
    AccountId, AppId, Partition, RoleArn, Timestamp,
    aws::{AwsAccount, AwsRole},
};
use ports::{StoreError, StoreResult};
use sqlx::QueryBuilder;

use super::{Connection, Db, HAS_APP, aws_accounts, aws_roles, aws_settings::count, require};
use crate::{
    error::failed,
    rows::{millis, to_json, word},
    text::fold,
};

/// What storing an account did.
pub(super) struct Stored {
    pub(super) added: u32,
    pub(super) vanished: u32,
    /// Whether anything but times changed.
    pub(super) changed: bool,
}

/// Stores a successful reading.
pub(super) async fn store(
    connection: &mut Connection,
    account: &AwsAccount,
    roles: &[AwsRole],
    now: Timestamp,
) -> StoreResult<Stored> {
    if let Some(role) = roles.iter().find(|role| role.arn.account() != account.id || role.app != account.app) {
        return Err(StoreError::Missing { entity: "account of role", id: role.arn.to_string() });
    }
    let (app, id) = (account.app.as_str(), account.id.to_string());
    let known = aws_accounts::account(connection, &account.app, account.id).await?;
    let there = aws_roles::of_account(connection, app, &id).await?;
    put_account(connection, account, now).await?;

    let change = compare(&there, roles);
    for some in change.write.chunks(ROLES_AT_ONCE) {
        upsert(connection, &id, some, now).await?;
    }
    for some in change.vanish.chunks(ROLES_AT_ONCE) {
        let mut update = QueryBuilder::new("UPDATE aws_roles SET vanished = ");
        update.push_bind(now.millis()).push(", last_seen = ").push_bind(last_seen(some, now));
        for_roles(&mut update, app, some).persistent(false).execute(&mut *connection).await.map_err(failed)?;
    }
    for some in change.remove.chunks(ROLES_AT_ONCE) {
        let mut delete = QueryBuilder::new("DELETE FROM aws_roles");
        for_roles(&mut delete, app, some).persistent(false).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(Stored {
        added: change.added,
        vanished: count(change.vanish.len() as u64)?,
        changed: !change.is_empty() || !known.is_some_and(|known| same_but_times(&known, account)),
    })
}

/// Five hundred roles of twelve values each stay far below every database's limit on bound values.
const ROLES_AT_ONCE: usize = 500;

#[derive(Default)]
struct Change<'roles> {
    write: Vec<&'roles AwsRole>,
    vanish: Vec<&'roles AwsRole>,
    remove: Vec<&'roles AwsRole>,
    added: u32,
}

impl Change<'_> {
    fn is_empty(&self) -> bool {
        self.write.is_empty() && self.vanish.is_empty() && self.remove.is_empty()
    }
}

fn compare<'roles>(there: &'roles [AwsRole], read: &'roles [AwsRole]) -> Change<'roles> {
    let mut change = Change::default();
    // Of a role that was read twice, the last word counts.
    let mut read: HashMap<&RoleArn, &AwsRole> = read.iter().map(|role| (&role.arn, role)).collect();
    for old in there {
        match read.remove(&old.arn) {
            Some(new) => {
                if old.vanished.is_some() {
                    change.added += 1;
                }
                if old.vanished.is_some() || !same(old, new) {
                    change.write.push(new);
                }
            }
            None if old.vanished.is_some() => change.remove.push(old),
            None => change.vanish.push(old),
        }
    }
    change.added = change.added.saturating_add(u32::try_from(read.len()).unwrap_or(u32::MAX));
    change.write.extend(read.into_values());
    // In key order: rows that lie together are written together.
    change.write.sort_unstable_by(|one, other| one.arn.cmp(&other.arn));
    change
}

fn same(old: &AwsRole, new: &AwsRole) -> bool {
    old.description == new.description
        && old.max_session_duration == new.max_session_duration
        && old.trust_policy == new.trust_policy
        && old.verdict == new.verdict
}

fn same_but_times(old: &AwsAccount, new: &AwsAccount) -> bool {
    let times = AwsAccount { last_success: new.last_success, last_attempt: new.last_attempt, ..old.clone() };
    times == *new
}

/// When roles that are gone now were there for the last time.
fn last_seen(gone: &[&AwsRole], now: Timestamp) -> i64 {
    gone.first().map_or(now, |role| role.last_seen).millis()
}

async fn upsert(connection: &mut Connection, account: &str, roles: &[&AwsRole], now: Timestamp) -> StoreResult<()> {
    let verdicts = roles.iter().map(|role| to_json(&role.verdict)).collect::<StoreResult<Vec<_>>>()?;
    let mut insert = QueryBuilder::<Db>::new(
        "INSERT INTO aws_roles (app_id, account_id, arn, name, name_folded, description, max_session_duration, \
         trust_policy, trust, verdict, vanished, last_seen) ",
    );
    insert.push_values(roles.iter().zip(verdicts), |mut row, (role, verdict)| {
        let name = role.arn.name().as_str();
        row.push_bind(role.app.to_string())
            .push_bind(account.to_owned())
            .push_bind(role.arn.to_string())
            .push_bind(name.to_owned())
            .push_bind(fold(name))
            .push_bind(role.description.clone())
            .push_bind(i64::from(role.max_session_duration))
            .push_bind(role.trust_policy.clone())
            .push_bind(role.verdict.trust.as_str())
            .push_bind(verdict)
            .push_bind(None::<i64>)
            .push_bind(now.millis());
    });
    insert.push(
        " ON CONFLICT (app_id, arn) DO UPDATE SET description = excluded.description, \
         max_session_duration = excluded.max_session_duration, trust_policy = excluded.trust_policy, \
         trust = excluded.trust, verdict = excluded.verdict, vanished = excluded.vanished, \
         last_seen = excluded.last_seen",
    );
    insert.build().persistent(false).execute(connection).await.map_err(failed)?;
    Ok(())
}

type Statement<'query> = sqlx::query::Query<'query, Db, <Db as sqlx::Database>::Arguments>;

fn for_roles<'query>(statement: &'query mut QueryBuilder<Db>, app: &str, roles: &[&AwsRole]) -> Statement<'query> {
    statement.push(" WHERE app_id = ").push_bind(app.to_owned());
    statement.push(" AND arn IN (");
    let mut list = statement.separated(", ");
    for role in roles {
        list.push_bind(role.arn.to_string());
    }
    list.push_unseparated(")");
    statement.build()
}

async fn put_account(connection: &mut Connection, account: &AwsAccount, seen: Timestamp) -> StoreResult<()> {
    require(connection, HAS_APP, "app", account.app.as_str()).await?;
    sqlx::query(
        "INSERT INTO aws_accounts (app_id, id, aws_partition, name, name_folded, alias, alias_folded, \
         organization_state, last_success, last_attempt, roles_seen, error, vanished) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (app_id, id) DO UPDATE SET \
         aws_partition = excluded.aws_partition, name = excluded.name, name_folded = excluded.name_folded, \
         alias = excluded.alias, alias_folded = excluded.alias_folded, \
         organization_state = excluded.organization_state, last_success = excluded.last_success, \
         last_attempt = excluded.last_attempt, roles_seen = excluded.roles_seen, error = excluded.error, \
         vanished = excluded.vanished",
    )
    .bind(account.app.as_str())
    .bind(account.id.to_string())
    .bind(account.partition.as_str())
    .bind(account.name.as_str())
    .bind(fold(&account.name))
    .bind(account.alias.as_deref())
    .bind(account.alias.as_deref().map(fold))
    .bind(account.organization_state.as_ref().map(word).transpose()?)
    .bind(millis(account.last_success))
    .bind(account.last_attempt.millis())
    .bind(seen.millis())
    .bind(account.error.as_ref().map(to_json).transpose()?)
    .bind(millis(account.vanished))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Stores a failed reading; answers whether anything but times changed.
pub(super) async fn store_failure(connection: &mut Connection, account: &AwsAccount) -> StoreResult<bool> {
    let Some(known) = aws_accounts::account(connection, &account.app, account.id).await? else {
        put_account(connection, account, account.last_attempt).await?;
        return Ok(true);
    };
    // A name that is only the id again says less than the one we had.
    let name = if account.name == account.id.to_string() { &known.name } else { &account.name };
    let new = AwsAccount {
        name: name.clone(),
        organization_state: account.organization_state.or(known.organization_state),
        last_attempt: account.last_attempt,
        error: account.error.clone(),
        ..known.clone()
    };
    sqlx::query(
        "UPDATE aws_accounts SET name = $3, name_folded = $4, organization_state = $5, last_attempt = $6, error = $7 \
         WHERE app_id = $1 AND id = $2",
    )
    .bind(account.app.as_str())
    .bind(account.id.to_string())
    .bind(new.name.as_str())
    .bind(fold(&new.name))
    .bind(new.organization_state.as_ref().map(word).transpose()?)
    .bind(new.last_attempt.millis())
    .bind(new.error.as_ref().map(to_json).transpose()?)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(!same_but_times(&known, &new))
}

/// What marking accounts did.
pub(super) struct Marked {
    pub(super) marked: u32,
    pub(super) changed: bool,
}

/// Marks accounts of these partitions that were not seen, removes those that had been marked, clears the mark of others.
pub(super) async fn mark_vanished(
    connection: &mut Connection,
    app: &AppId,
    partitions: &[Partition],
    seen: &[AccountId],
    now: Timestamp,
) -> StoreResult<Marked> {
    let rows: Vec<(String, String, Option<i64>)> =
        sqlx::query_as("SELECT id, aws_partition, vanished FROM aws_accounts WHERE app_id = $1")
            .bind(app.as_str())
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    let seen: std::collections::HashSet<String> = seen.iter().map(ToString::to_string).collect();
    let mut marked = 0;
    let mut changed = false;
    for (id, partition, vanished) in rows {
        let concerned = partitions.iter().any(|wanted| wanted.as_str() == partition);
        let statement = match (seen.contains(&id), vanished) {
            (true, Some(_)) => "UPDATE aws_accounts SET vanished = NULL WHERE app_id = $1 AND id = $2",
            (false, None) if concerned => {
                marked += 1;
                "UPDATE aws_accounts SET vanished = $3 WHERE app_id = $1 AND id = $2"
            }
            (false, Some(_)) if concerned => "DELETE FROM aws_accounts WHERE app_id = $1 AND id = $2",
            _ => continue,
        };
        changed = true;
        let query = sqlx::query(statement).bind(app.as_str()).bind(id);
        let query = if statement.contains("$3") { query.bind(now.millis()) } else { query };
        query.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(Marked { marked, changed })
}
