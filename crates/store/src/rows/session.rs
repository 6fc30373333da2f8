//! Sessions, one-time tokens, API tokens.

use domain::{
    ApiToken, Session,
    session::{OneTimePurpose, OneTimeToken, SecretHash},
};
use ports::{SessionView, StoreError, StoreResult};

use super::{Columns, FromColumns, UserRow, corrupt, from_json, id, time, value};

/// A hash from its bytes.
pub(super) fn hash(what: &'static str, bytes: Vec<u8>) -> StoreResult<SecretHash> {
    SecretHash::try_from(bytes).map_err(|bytes| corrupt(what, format!("{} bytes instead of 32", bytes.len())))
}

/// A session's row; the names leave room for the user's row beside it.
#[derive(sqlx::FromRow)]
pub(crate) struct SessionRow {
    session_id: String,
    user_id: String,
    session_created: i64,
    last_used: i64,
    idle_expires: i64,
    expires: i64,
    amr: String,
    ip: Option<String>,
    user_agent: String,
}

/// In the order of `session_columns`.
impl FromColumns for SessionRow {
    fn read(columns: &mut impl Columns) -> StoreResult<Self> {
        Ok(Self {
            session_id: columns.text()?,
            user_id: columns.text()?,
            session_created: columns.number()?,
            last_used: columns.number()?,
            idle_expires: columns.number()?,
            expires: columns.number()?,
            amr: columns.text()?,
            ip: columns.optional_text()?,
            user_agent: columns.text()?,
        })
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;
    fn try_from(row: SessionRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("sessions.id", row.session_id)?,
            user: id("sessions.user_id", row.user_id)?,
            created: time(row.session_created),
            last_used: time(row.last_used),
            idle_expires: time(row.idle_expires),
            expires: time(row.expires),
            amr: from_json("sessions.amr", &row.amr)?,
            ip: row.ip,
            user_agent: row.user_agent,
        })
    }
}

/// A session, its user and the entitlement revision.
pub(crate) struct SessionViewRow {
    session: SessionRow,
    user: UserRow,
    revision: i64,
}

/// The session's columns, the user's, the revision.
impl FromColumns for SessionViewRow {
    fn read(columns: &mut impl Columns) -> StoreResult<Self> {
        Ok(Self { session: SessionRow::read(columns)?, user: UserRow::read(columns)?, revision: columns.number()? })
    }
}

impl TryFrom<SessionViewRow> for SessionView {
    type Error = StoreError;
    fn try_from(row: SessionViewRow) -> StoreResult<Self> {
        Ok(Self { session: row.session.try_into()?, user: row.user.try_into()?, revision: row.revision })
    }
}

/// A one-time token's row.
#[derive(sqlx::FromRow)]
pub(crate) struct OneTimeTokenRow {
    hash: Vec<u8>,
    purpose: String,
    user_id: Option<String>,
    expires: i64,
}

impl TryFrom<OneTimeTokenRow> for OneTimeToken {
    type Error = StoreError;
    fn try_from(row: OneTimeTokenRow) -> StoreResult<Self> {
        let purpose = [OneTimePurpose::SessionToken, OneTimePurpose::StateToken]
            .into_iter()
            .find(|purpose| purpose.as_str() == row.purpose)
            .ok_or_else(|| corrupt("one_time_tokens.purpose", format!("`{}` is none", row.purpose)))?;
        Ok(Self {
            hash: hash("one_time_tokens.hash", row.hash)?,
            purpose,
            user: row.user_id.map(|user| id("one_time_tokens.user_id", user)).transpose()?,
            expires: time(row.expires),
        })
    }
}

/// An API token's row.
#[derive(sqlx::FromRow)]
pub(crate) struct TokenRow {
    id: String,
    name: String,
    user_id: Option<String>,
    role: String,
    created: i64,
    last_used: Option<i64>,
    expires: Option<i64>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = StoreError;
    fn try_from(row: TokenRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("api_tokens.id", row.id)?,
            name: row.name,
            user: row.user_id.map(|user| id("api_tokens.user_id", user)).transpose()?,
            role: value("api_tokens.role", &row.role)?,
            created: time(row.created),
            last_used: row.last_used.map(time),
            expires: row.expires.map(time),
        })
    }
}
