//! Signing keys and other sealed values.

use domain::{
    Partition,
    key::{Sealed, SigningKey},
};
use ports::{StoreError, StoreResult};

use super::{id, time, value};

/// A signing key's row.
#[derive(sqlx::FromRow)]
pub(crate) struct SigningKeyRow {
    id: String,
    app_id: String,
    state: String,
    algorithm: String,
    certificate: Vec<u8>,
    master_key_id: String,
    private_key: Vec<u8>,
    created: i64,
    not_after: i64,
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = StoreError;
    fn try_from(row: SigningKeyRow) -> StoreResult<Self> {
        Ok(Self {
            id: id("signing_keys.id", row.id)?,
            app: id("signing_keys.app_id", row.app_id)?,
            state: value("signing_keys.state", &row.state)?,
            algorithm: value("signing_keys.algorithm", &row.algorithm)?,
            certificate: row.certificate,
            private_key: Sealed { master_key_id: row.master_key_id, bytes: row.private_key },
            created: time(row.created),
            not_after: time(row.not_after),
        })
    }
}

/// The secret of one partition's source account.
#[derive(sqlx::FromRow)]
pub(crate) struct SecretRow {
    aws_partition: String,
    master_key_id: String,
    secret: Vec<u8>,
}

impl TryFrom<SecretRow> for (Partition, Sealed) {
    type Error = StoreError;
    fn try_from(row: SecretRow) -> StoreResult<Self> {
        let sealed = Sealed { master_key_id: row.master_key_id, bytes: row.secret };
        Ok((value("source_secrets.aws_partition", &row.aws_partition)?, sealed))
    }
}

/// Anything sealed, with the seal's context.
#[derive(sqlx::FromRow)]
pub(crate) struct SealedRow {
    context: String,
    master_key_id: String,
    bytes: Vec<u8>,
}

impl From<SealedRow> for (String, Sealed) {
    fn from(row: SealedRow) -> Self {
        (row.context, Sealed { master_key_id: row.master_key_id, bytes: row.bytes })
    }
}
