//! Users and lockout.

use async_trait::async_trait;
use domain::{Login, Timestamp, User, UserId, UserStatus};
use ports::{LockoutWriter, Page, PageRequest, StoreError, StoreResult, UserFilter, UserReader, UserWriter};

use super::{Conditions, Store, Unit};
use crate::{
    cursor,
    error::{conflict, expect_row, failed},
    rows::{UserRow, all, millis, one, to_json},
    text::{fold, prefix_pattern},
};

/// The columns of [`UserRow`]; the table is called `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.status, u.login, u.email, u.first_name, u.last_name, u.extra, u.admin_role, u.directory_id, \
         u.created, u.activated, u.status_changed, u.last_login, u.last_updated, u.password_changed"
    };
}
pub(super) use user_columns;

const BY_ID: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");
const BY_LOGIN: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.login_folded = $1");
const LIST: &str = concat!("SELECT ", user_columns!(), " FROM users u");

const INSERT: &str = "INSERT INTO user_records (id, status, login, login_folded, email, email_folded, first_name, \
    first_name_folded, last_name, last_name_folded, extra, admin_role, created, activated, status_changed, last_login, \
    last_updated, password_changed, directory_id, password_hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
const UPDATE: &str = "UPDATE user_records SET status = $2, login = $3, login_folded = $4, email = $5, email_folded = $6, \
    first_name = $7, first_name_folded = $8, last_name = $9, last_name_folded = $10, extra = $11, admin_role = $12, \
    created = $13, activated = $14, status_changed = $15, last_login = $16, last_updated = $17, password_changed = $18, \
    directory_id = $19 WHERE id = $1";
const UNIQUE: &[(&str, &str)] = &[("login_folded", "login")];

#[async_trait]
impl UserReader for Store {
    async fn user(&self, id: &UserId) -> StoreResult<Option<User>> {
        self.row_by_key(BY_ID, [id.as_str()]).await
    }

    async fn user_by_login(&self, login: &Login) -> StoreResult<Option<User>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, UserRow>(BY_LOGIN).bind(login.folded()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn password_hash(&self, id: &UserId) -> StoreResult<Option<String>> {
        let mut reader = self.reader().await?;
        let hash: Option<Option<String>> = sqlx::query_scalar("SELECT password_hash FROM users WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        Ok(hash.flatten())
    }

    async fn users(&self, filter: &UserFilter, page: &PageRequest) -> StoreResult<Page<User>> {
        let after = cursor::after_id(page, UserId::parse)?;
        let limit = cursor::limit(page);
        let mut query = conditions(filter);
        query.and("u.id > ").push_bind(after);
        let mut query = query.ordered(" ORDER BY u.id", limit);
        let mut reader = self.reader().await?;
        let rows = query.build_query_as::<UserRow>().fetch_all(&mut *reader).await.map_err(failed)?;
        Ok(cursor::page(all(rows)?, limit, |user: &User| user.id.to_string()))
    }

    async fn lockout(&self, id: &UserId) -> StoreResult<(u32, Option<Timestamp>)> {
        let mut reader = self.reader().await?;
        let row: Option<(i64, Option<i64>)> = sqlx::query_as("SELECT failures, locked_until FROM users WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        let (failures, until) = row.unwrap_or_default();
        Ok((u32::try_from(failures).unwrap_or(u32::MAX), until.map(Timestamp::from_millis)))
    }

    async fn count_super_admins(&self) -> StoreResult<u32> {
        let mut reader = self.reader().await?;
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM users WHERE admin_role = 'super_admin' AND status = 'ACTIVE'")
                .fetch_one(&mut *reader)
                .await
                .map_err(failed)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

fn conditions(filter: &UserFilter) -> Conditions {
    let mut query = Conditions::of(LIST);
    if filter.statuses.is_empty() {
        query.and("u.status <> ").push_bind(UserStatus::Deprovisioned.as_str());
    } else {
        let mut list = query.and("u.status IN (").separated(", ");
        for status in &filter.statuses {
            list.push_bind(status.as_str());
        }
        list.push_unseparated(")");
    }
    if let Some(q) = &filter.q {
        let pattern = prefix_pattern(q);
        query.and("(u.login_folded LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\' OR u.email_folded LIKE ");
        query.query.push_bind(pattern.clone()).push(r" ESCAPE '\' OR u.first_name_folded LIKE ");
        query.query.push_bind(pattern.clone()).push(r" ESCAPE '\' OR u.last_name_folded LIKE ");
        query.query.push_bind(pattern).push(r" ESCAPE '\')");
    }
    if let Some(login) = &filter.login {
        query.and("u.login_folded = ").push_bind(fold(login));
    }
    if let Some(email) = &filter.email {
        query.and("u.email_folded = ").push_bind(fold(email));
    }
    if let Some(time) = filter.last_updated_after {
        query.and("u.last_updated > ").push_bind(time.millis());
    }
    if let Some(directory) = &filter.directory {
        query.and("u.directory_id = ").push_bind(directory.as_str().to_owned());
    }
    query
}

type Statement<'text> = sqlx::query::Query<'text, super::Db, <super::Db as sqlx::Database>::Arguments>;

/// Binds `$1` to `$19`, which insert and update share.
fn bind_user(sql: &'static str, user: &User) -> StoreResult<Statement<'static>> {
    let profile = &user.profile;
    Ok(sqlx::query(sql)
        .bind(user.id.to_string())
        .bind(user.status.as_str())
        .bind(profile.login.to_string())
        .bind(profile.login.folded())
        .bind(profile.email.to_string())
        .bind(fold(profile.email.as_str()))
        .bind(profile.first_name.clone())
        .bind(fold(&profile.first_name))
        .bind(profile.last_name.clone())
        .bind(fold(&profile.last_name))
        .bind(to_json(&profile.extra)?)
        .bind(user.admin_role.map(domain::user::AdminRole::as_str))
        .bind(user.created.millis())
        .bind(millis(user.activated))
        .bind(millis(user.status_changed))
        .bind(millis(user.last_login))
        .bind(user.last_updated.millis())
        .bind(millis(user.password_changed))
        .bind(user.directory.as_ref().map(ToString::to_string)))
}

/// A hidden user of an import makes way for one whom everybody sees.
async fn make_way(unit: &mut Unit, login: &Login) -> StoreResult<()> {
    sqlx::query("UPDATE user_records SET login_folded = id WHERE login_folded = $1 AND hidden IS NOT NULL")
        .bind(login.folded())
        .execute(unit.connection())
        .await
        .map_err(failed)?;
    Ok(())
}

#[async_trait]
impl UserWriter for Unit {
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> StoreResult<()> {
        make_way(self, &user.profile.login).await?;
        let statement = bind_user(INSERT, user)?.bind(password_hash.map(str::to_owned));
        statement.execute(self.entitlement_changes()).await.map_err(conflict("user", UNIQUE))?;
        Ok(())
    }

    async fn update_user(&mut self, user: &User) -> StoreResult<()> {
        make_way(self, &user.profile.login).await?;
        let statement = bind_user(UPDATE, user)?;
        let done = statement.execute(self.entitlement_changes()).await.map_err(conflict("user", UNIQUE))?;
        expect_row(done.rows_affected(), "user", &user.id)
    }

    async fn set_password_hash(&mut self, id: &UserId, password_hash: Option<&str>) -> StoreResult<()> {
        // Nothing is derived from a password: the entitlement revision stays.
        let done = sqlx::query("UPDATE user_records SET password_hash = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(password_hash)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "user", id)
    }

    async fn delete_user(&mut self, id: &UserId) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM user_records WHERE id = $1")
            .bind(id.as_str())
            .execute(self.entitlement_changes())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "user", id)
    }

    async fn user_for_update(&mut self, id: &UserId) -> StoreResult<Option<User>> {
        let row = sqlx::query_as::<_, UserRow>(BY_ID).bind(id.as_str()).fetch_optional(self.connection()).await;
        one(row.map_err(failed)?)
    }

    async fn note_sign_in(&mut self, id: &UserId, now: Timestamp) -> StoreResult<()> {
        let done = sqlx::query("UPDATE user_records SET last_login = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(now.millis())
            .execute(self.connection())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "user", id)
    }
}

#[async_trait]
impl LockoutWriter for Unit {
    async fn add_failure(&mut self, id: &UserId, now: Timestamp) -> StoreResult<u32> {
        let failures: Option<i64> = sqlx::query_scalar(
            "UPDATE user_records SET failures = failures + 1, last_failure = $2 WHERE id = $1 RETURNING failures",
        )
        .bind(id.as_str())
        .bind(now.millis())
        .fetch_optional(self.connection())
        .await
        .map_err(failed)?;
        let failures = failures.ok_or_else(|| StoreError::Missing { entity: "user", id: id.to_string() })?;
        Ok(u32::try_from(failures).unwrap_or(u32::MAX))
    }

    async fn set_lockout(&mut self, id: &UserId, until: Option<Timestamp>) -> StoreResult<()> {
        let statement = if until.is_some() {
            "UPDATE user_records SET locked_until = $2 WHERE id = $1"
        } else {
            "UPDATE user_records SET locked_until = $2, failures = 0 WHERE id = $1"
        };
        let done = sqlx::query(statement)
            .bind(id.as_str())
            .bind(millis(until))
            .execute(self.connection())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "user", id)
    }
}
