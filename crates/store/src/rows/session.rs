//! Sessions, one-time tokens, API tokens.

use domain::{
    ApiToken, Session, User,
    session::{OneTimePurpose, OneTimeToken, SecretHash},
};
use ports::{SessionView, StoreError, StoreResult};

use super::{Columns, FromColumns, corrupt, from_json, id, time, value};

/// A hash from its bytes.
pub(super) fn hash(what: &'static str, bytes: Vec<u8>) -> StoreResult<SecretHash> {
    SecretHash::try_from(bytes).map_err(|bytes| corrupt(what, format!("{} bytes instead of 32", bytes.len())))
}

/// A session's row; the names leave room for the user's row beside it.
#[derive(sqlx::FromRow)]
pub(crate) struct SessionRow<T = String> {
    session_id: T,
    user_id: T,
    session_created: i64,
    last_used: i64,
    idle_expires: i64,
    expires: i64,
    amr: T,
    ip: Option<T>,
    user_agent: T,
}

/// In the order of `session_columns`.
impl FromColumns for Session {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        let row = SessionRow {
            session_id: columns.text()?,
            user_id: columns.text()?,
            session_created: columns.number()?,
            last_used: columns.number()?,
            idle_expires: columns.number()?,
            expires: columns.number()?,
            amr: columns.text()?,
            ip: columns.optional_text()?,
            user_agent: columns.text()?,
        };
        row.try_into()
    }
}

impl<T: AsRef<str> + Into<String>> TryFrom<SessionRow<T>> for Session {
    type Error = StoreError;
    fn try_from(row: SessionRow<T>) -> StoreResult<Self> {
        Ok(Self {
            id: value("sessions.id", row.session_id.as_ref())?,
            user: value("sessions.user_id", row.user_id.as_ref())?,
            created: time(row.session_created),
            last_used: time(row.last_used),
            idle_expires: time(row.idle_expires),
            expires: time(row.expires),
            amr: from_json("sessions.amr", row.amr.as_ref())?,
            ip: row.ip.map(T::into),
            user_agent: row.user_agent.into(),
        })
    }
}

/// The session's columns, the user's, the entitlement revision.
impl FromColumns for SessionView {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        Ok(Self { session: Session::read(columns)?, user: User::read(columns)?, revision: columns.number()? })
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
