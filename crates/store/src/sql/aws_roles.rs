//! AWS roles: reading them, and the one change that does not come from reading an account.

use domain::{
    AccountId, AppId, RoleArn, RoleName,
    aws::{AwsRole, TrustVerdict},
};
use ports::{Page, PageRequest, RoleFilter, StoreResult};

use super::{
    Conditions, Connection, Store,
    lists::{AT_ONCE, push_list},
};
use crate::{
    cursor,
    error::{expect_row, failed},
    rows::{RoleRow, all, one, to_json},
    text::{fold, part_pattern},
};

/// The columns of [`RoleRow`]. A role that is there was seen whenever its account was read last, so that reading
/// an unchanged account writes one row and not one per role.
macro_rules! role_columns {
    () => {
        "SELECT r.app_id, r.arn, r.description, r.max_session_duration, r.trust_policy, r.verdict, r.vanished, \
         CASE WHEN r.vanished IS NULL THEN a.roles_seen ELSE r.last_seen END AS last_seen FROM "
    };
}
macro_rules! roles_with_accounts {
    () => {
        "aws_roles r JOIN aws_accounts a ON a.app_id = r.app_id AND a.id = r.account_id"
    };
}
macro_rules! select_roles {
    ($($rest:literal)?) => {
        concat!(role_columns!(), roles_with_accounts!(), $($rest)?)
    };
}

const BY_ARN: &str = select_roles!(" WHERE r.app_id = $1 AND r.arn = $2");
const BY_NAME: &str =
    select_roles!(" WHERE r.app_id = $1 AND r.name_folded = $2 AND r.name = $3 ORDER BY r.account_id, r.arn");
const OF_ACCOUNT: &str = select_roles!(" WHERE r.app_id = $1 AND r.account_id = $2");
const LIST: &str = select_roles!();
const IN_ACCOUNT: &str = select_roles!(" WHERE r.app_id = $1 AND r.account_id = $2 AND r.name_folded = $3");
/// `$1`: names, folded, as JSON. `CROSS JOIN` makes SQLite look up the account once, then each name.
const SEVERAL_IN_ACCOUNT: &str = concat!(
    role_columns!(),
    "aws_accounts a CROSS JOIN json_each($1) wanted CROSS JOIN aws_roles r \
     WHERE a.app_id = $2 AND a.id = $3 AND r.app_id = a.app_id AND r.account_id = a.id AND r.name_folded = wanted.value"
);

pub(super) async fn by_arn(connection: &mut Connection, app: &AppId, arn: &RoleArn) -> StoreResult<Option<AwsRole>> {
    let query = sqlx::query_as::<_, RoleRow>(BY_ARN).bind(app.as_str()).bind(arn.to_string());
    one(query.fetch_optional(connection).await.map_err(failed)?)
}

pub(super) async fn by_name(connection: &mut Connection, app: &AppId, name: &str) -> StoreResult<Vec<AwsRole>> {
    let query = sqlx::query_as::<_, RoleRow>(BY_NAME).bind(app.as_str()).bind(fold(name)).bind(name);
    all(query.fetch_all(connection).await.map_err(failed)?)
}

/// All roles of one account, vanished ones too.
pub(super) async fn of_account(connection: &mut Connection, app: &str, account: &str) -> StoreResult<Vec<AwsRole>> {
    let query = sqlx::query_as::<_, RoleRow>(OF_ACCOUNT).bind(app).bind(account);
    all(query.fetch_all(connection).await.map_err(failed)?)
}

pub(super) async fn by_arns(connection: &mut Connection, app: &AppId, arns: &[RoleArn]) -> StoreResult<Vec<AwsRole>> {
    let mut found = Vec::with_capacity(arns.len());
    for some in arns.chunks(AT_ONCE) {
        let texts: Vec<String> = some.iter().map(ToString::to_string).collect();
        let mut query = Conditions::of(LIST);
        query.and("r.app_id = ").push_bind(app.as_str());
        push_list(query.and("r.arn IN "), texts.iter().map(String::as_str));
        let rows = query.query.build_query_as::<RoleRow>().fetch_all(&mut *connection).await.map_err(failed)?;
        found.extend(all::<_, AwsRole>(rows)?);
    }
    Ok(without_twins(found))
}

/// On the calling thread: after a change, this is most of what a sign-in by group mapping waits for.
pub(super) async fn in_accounts(
    store: &Store,
    app: &AppId,
    roles: &[(AccountId, RoleName)],
) -> StoreResult<Vec<AwsRole>> {
    let mut found = Vec::with_capacity(roles.len());
    for some in roles.chunks(AT_ONCE) {
        let accounts: Vec<_> = some.chunk_by(|(one, _), (other, _)| one == other).collect();
        if accounts.len() * 2 > some.len() {
            // Hardly more than one in each: a list would cost more than it saves.
            let keys = some.iter().map(|(account, name)| [app.to_string(), account.to_string(), fold(name.as_str())]);
            store.rows_by_keys(IN_ACCOUNT, keys, |role| found.push(role)).await?;
        } else {
            let keys =
                accounts.into_iter().map(|roles| names_in_account(app, roles)).collect::<StoreResult<Vec<_>>>()?;
            store.rows_by_keys(SEVERAL_IN_ACCOUNT, keys.into_iter(), |role| found.push(role)).await?;
        }
        // Others have their turn between pieces.
        tokio::task::yield_now().await;
    }
    Ok(without_twins(found))
}

/// A key of [`SEVERAL_IN_ACCOUNT`], for roles of one account.
fn names_in_account(app: &AppId, roles: &[(AccountId, RoleName)]) -> StoreResult<[String; 3]> {
    let names: Vec<String> = roles.iter().map(|(_, name)| fold(name.as_str())).collect();
    let account = roles.first().map_or_else(String::new, |(account, _)| account.to_string());
    Ok([to_json(&names)?, app.to_string(), account])
}

/// One that was asked for twice may have come twice.
fn without_twins(mut roles: Vec<AwsRole>) -> Vec<AwsRole> {
    roles.sort_unstable_by(|one, other| one.arn.cmp(&other.arn));
    roles.dedup_by(|one, other| one.arn == other.arn);
    roles
}

pub(super) async fn list(
    connection: &mut Connection,
    app: &AppId,
    filter: &RoleFilter,
    page: &PageRequest,
) -> StoreResult<Page<AwsRole>> {
    let limit = cursor::limit(page);
    let mut query = Conditions::of(LIST);
    query.and("r.app_id = ").push_bind(app.as_str());
    if let Some(after) = &page.after {
        let arn: RoleArn = cursor::reveal(after)?.parse().map_err(|_| cursor::refuse(after))?;
        query.and("(r.account_id, r.arn) > (").push_bind(arn.account().to_string()).push(", ");
        query.query.push_bind(arn.to_string()).push(")");
    }
    if let Some(account) = filter.account {
        query.and("r.account_id = ").push_bind(account.to_string());
    }
    if let Some(trust) = filter.trust {
        query.and("r.trust = ").push_bind(trust.as_str());
    }
    if !filter.include_vanished {
        query.and("r.vanished IS NULL");
    }
    if let Some(q) = &filter.q {
        let pattern = part_pattern(q);
        query.and("(r.name_folded LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\' OR a.name_folded LIKE ");
        query.query.push_bind(pattern.clone()).push(r" ESCAPE '\' OR a.alias_folded LIKE ");
        query.query.push_bind(pattern.clone()).push(r" ESCAPE '\' OR r.account_id LIKE ");
        query.query.push_bind(pattern).push(r" ESCAPE '\')");
    }
    let mut query = query.ordered(" ORDER BY r.account_id, r.arn", limit);
    let rows = query.build_query_as::<RoleRow>().fetch_all(connection).await.map_err(failed)?;
    Ok(cursor::page(all(rows)?, limit, |role: &AwsRole| cursor::hide(&role.arn.to_string())))
}

pub(super) async fn set_verdict(
    connection: &mut Connection,
    app: &AppId,
    arn: &RoleArn,
    verdict: &TrustVerdict,
) -> StoreResult<()> {
    let done = sqlx::query("UPDATE aws_roles SET trust = $3, verdict = $4 WHERE app_id = $1 AND arn = $2")
        .bind(app.as_str())
        .bind(arn.to_string())
        .bind(verdict.trust.as_str())
        .bind(to_json(verdict)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    expect_row(done.rows_affected(), "role", arn)
}
