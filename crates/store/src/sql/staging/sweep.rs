//! Sweeps away what is staged, a piece at a time.

use ports::{Stage, StoreResult};

use super::super::Connection;
use crate::error::failed;

/// In this order: members first, so that a group or a user takes little along. `$1` is the run, `$2` how many rows a piece
/// has at most.
const PIECES: [(&str, i64); 9] = [
    (
        "DELETE FROM memberships WHERE (group_id, user_id) IN (SELECT m.group_id, m.user_id FROM group_records g \
         JOIN memberships m ON m.group_id = g.id WHERE g.hidden = $1 LIMIT $2)",
        20_000,
    ),
    (
        "DELETE FROM unresolved_members WHERE (group_id, entry_key) IN (SELECT m.group_id, m.entry_key \
         FROM group_records g JOIN unresolved_members m ON m.group_id = g.id WHERE g.hidden = $1 LIMIT $2)",
        20_000,
    ),
    ("DELETE FROM group_records WHERE id IN (SELECT id FROM group_records WHERE hidden = $1 LIMIT $2)", 2_000),
    ("DELETE FROM user_records WHERE id IN (SELECT id FROM user_records WHERE hidden = $1 LIMIT $2)", 2_000),
    (
        "DELETE FROM import_members WHERE (run_id, kind, added, group_id, member) IN (SELECT run_id, kind, added, \
         group_id, member FROM import_members WHERE run_id = $1 LIMIT $2)",
        20_000,
    ),
    (
        "DELETE FROM import_keys WHERE (run_id, external_id, relation, entry_key) IN (SELECT run_id, external_id, \
         relation, entry_key FROM import_keys WHERE run_id = $1 LIMIT $2)",
        20_000,
    ),
    (
        "DELETE FROM import_people WHERE (run_id, external_id) IN (SELECT run_id, external_id FROM import_people \
         WHERE run_id = $1 LIMIT $2)",
        10_000,
    ),
    (
        "DELETE FROM import_groups WHERE (run_id, external_id) IN (SELECT run_id, external_id FROM import_groups \
         WHERE run_id = $1 LIMIT $2)",
        10_000,
    ),
    (
        "DELETE FROM import_pending WHERE (run_id, external_id) IN (SELECT run_id, external_id FROM import_pending \
         WHERE run_id = $1 LIMIT $2)",
        10_000,
    ),
];

const LOST_KEYS: &str = "DELETE FROM directory_keys WHERE directory_id = $1 AND EXISTS (SELECT 1 FROM import_stages s \
    WHERE s.run_id = $2 AND s.whole = $3) AND NOT EXISTS (SELECT 1 FROM directory_entries e \
    WHERE e.directory_id = directory_keys.directory_id AND e.external_id = directory_keys.external_id)";

/// Removes a piece; answers whether anything may be left.
pub(super) async fn sweep(connection: &mut Connection, stage: &Stage) -> StoreResult<bool> {
    for (piece, most) in PIECES {
        let query = sqlx::query(piece).bind(stage.run.as_str()).bind(most);
        let done = query.execute(&mut *connection).await.map_err(failed)?.rows_affected();
        if done >= most.unsigned_abs() {
            return Ok(true);
        }
    }
    // Keys of entries that are no more lead nowhere. To look for them is worth it when everything was looked at anyway.
    let query = sqlx::query(LOST_KEYS).bind(stage.directory.as_str()).bind(stage.run.as_str()).bind(true);
    query.execute(&mut *connection).await.map_err(failed)?;
    let query = sqlx::query("DELETE FROM import_stages WHERE run_id = $1").bind(stage.run.as_str());
    query.execute(connection).await.map_err(failed)?;
    Ok(false)
}
