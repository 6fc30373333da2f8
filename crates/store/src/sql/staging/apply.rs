//! Applies what is staged: statements over whole tables, in one transaction that is as long as the difference.

use domain::{Group, Timestamp, User};
use ports::{AppliedChanges, Stage, StoreResult};

use super::super::{
    Connection, Unit,
    groups::{group_columns, group_tables},
    users::user_columns,
};
use crate::{
    error::failed,
    rows::{GroupRow, UserRow, all},
};

/// What a step is given, in the order of its `$1`, `$2` …
#[derive(Clone, Copy)]
enum Given {
    Run,
    Directory,
    Started,
    Now,
    True,
    False,
}
use Given::{Directory, False, Now, Run, Started, True};

/// Whether rights may follow from what a step changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    Rights,
    Nothing,
}
use Moves::{Nothing, Rights};

type Step = (Moves, &'static str, &'static [Given]);

/// People whose entries the directory says to keep out, of those whom it owns and who could come in.
macro_rules! to_suspend {
    ($column:literal) => {
        concat!(
            "(SELECT i.",
            $column,
            " FROM import_people i JOIN users u ON u.id = i.user_id WHERE i.run_id = $1 AND i.owned = $2 \
             AND i.state <> 'ACTIVE' \
             AND u.status IN ('ACTIVE', 'LOCKED_OUT', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED'))"
        )
    };
}

/// People whom the directory lets in again, of those whom its word had put on hold.
macro_rules! to_reactivate {
    () => {
        "(SELECT i.user_id FROM import_people i JOIN directory_entries e ON e.external_id = i.external_id \
         WHERE i.run_id = $1 AND e.directory_id = $2 AND i.owned = $3 AND i.state = 'ACTIVE' AND e.suspended = $3)"
    };
}

/// What others have done since it was staged is left as it is.
const MAKE_ROOM: &[Step] = &[
    // A sign-in that came later knows more.
    (
        Nothing,
        "DELETE FROM import_people WHERE run_id = $1 AND external_id IN (SELECT external_id FROM directory_entries \
         WHERE directory_id = $2 AND refreshed >= $3)",
        &[Run, Directory, Started],
    ),
    (
        Nothing,
        "DELETE FROM import_members WHERE run_id = $1 AND kind = 'USER' AND member IN (SELECT user_id \
         FROM directory_entries WHERE directory_id = $2 AND refreshed >= $3 AND user_id IS NOT NULL)",
        &[Run, Directory, Started],
    ),
    (
        Nothing,
        "DELETE FROM memberships WHERE user_id IN (SELECT user_id FROM directory_entries WHERE directory_id = $2 \
         AND refreshed >= $3 AND user_id IS NOT NULL) AND group_id IN (SELECT group_id FROM import_groups \
         WHERE run_id = $1 AND change = 'NEW')",
        &[Run, Directory, Started],
    ),
    // Users who were removed, or are somebody else of the directory by now.
    (Nothing, "DELETE FROM import_people WHERE run_id = $1 AND user_id NOT IN (SELECT id FROM users)", &[Run]),
    // A login that somebody else has taken, unless they give it up here.
    (
        Nothing,
        "UPDATE import_people SET profile = $2 WHERE run_id = $1 AND profile <> $2 AND EXISTS (SELECT 1 FROM users u \
         WHERE u.login_folded = import_people.login_folded AND u.id <> import_people.user_id AND NOT EXISTS (SELECT 1 \
         FROM import_people o WHERE o.run_id = $1 AND o.user_id = u.id AND o.profile <> $2 \
         AND o.login_folded <> u.login_folded))",
        &[Run, False],
    ),
];

const PEOPLE: &[Step] = &[
    // A user is one entry of a directory.
    (
        Nothing,
        "DELETE FROM directory_entries WHERE directory_id = $2 AND user_id IN (SELECT user_id FROM import_people \
         WHERE run_id = $1) AND external_id NOT IN (SELECT external_id FROM import_people WHERE run_id = $1)",
        &[Run, Directory],
    ),
    (
        Nothing,
        "INSERT INTO directory_entries (directory_id, external_id, user_id, dn, state, suspended, attributes, own_keys, \
         also_in) SELECT $2, external_id, user_id, dn, state, $3, '{}', own_keys, also_in FROM import_people \
         WHERE run_id = $1 ON CONFLICT (directory_id, external_id) DO UPDATE SET user_id = excluded.user_id, \
         dn = excluded.dn, state = excluded.state, own_keys = excluded.own_keys, also_in = excluded.also_in",
        &[Run, Directory, False],
    ),
    (
        Nothing,
        "UPDATE directory_entries SET attributes = i.attributes FROM import_people i WHERE i.run_id = $1 \
         AND i.profile = $3 AND directory_entries.directory_id = $2 AND directory_entries.external_id = i.external_id",
        &[Run, Directory, True],
    ),
    // Logins that people hand on among themselves are free for a moment.
    (
        Rights,
        "UPDATE user_records SET login_folded = id WHERE id IN (SELECT i.user_id FROM import_people i JOIN users u \
         ON u.id = i.user_id WHERE i.run_id = $1 AND i.profile = $2 AND i.login_folded <> u.login_folded)",
        &[Run, True],
    ),
    (
        Rights,
        "UPDATE user_records SET login = i.login, login_folded = i.login_folded, email = i.email, \
         email_folded = i.email_folded, first_name = i.first_name, first_name_folded = i.first_name_folded, \
         last_name = i.last_name, last_name_folded = i.last_name_folded, extra = i.extra, directory_id = $2, \
         last_updated = $3 FROM import_people i WHERE i.run_id = $1 AND i.profile = $4 AND user_records.id = i.user_id \
         AND (user_records.login <> i.login OR user_records.login_folded <> i.login_folded \
         OR user_records.email <> i.email OR user_records.first_name <> i.first_name \
         OR user_records.last_name <> i.last_name OR user_records.extra <> i.extra \
         OR user_records.directory_id IS NULL OR user_records.directory_id <> $2)",
        &[Run, Directory, Now, True],
    ),
    (
        Nothing,
        "UPDATE user_records SET password_hash = NULL, password_changed = NULL WHERE id IN (SELECT user_id \
         FROM import_people WHERE run_id = $1 AND forget_password = $2 AND profile = $2)",
        &[Run, True],
    ),
    (
        Nothing,
        concat!(
            "UPDATE directory_entries SET suspended = $2 WHERE directory_id = $3 AND external_id IN ",
            to_suspend!("external_id")
        ),
        &[Run, True, Directory],
    ),
    (Nothing, concat!("DELETE FROM sessions WHERE user_id IN ", to_suspend!("user_id")), &[Run, True]),
    (Nothing, concat!("DELETE FROM one_time_tokens WHERE user_id IN ", to_suspend!("user_id")), &[Run, True]),
    (
        Rights,
        concat!(
            "UPDATE user_records SET status = 'SUSPENDED', status_changed = $3, last_updated = $3 WHERE id IN ",
            to_suspend!("user_id")
        ),
        &[Run, True, Now],
    ),
    (
        Rights,
        concat!(
            "UPDATE user_records SET status = 'ACTIVE', status_changed = $4, last_updated = $4 \
             WHERE status = 'SUSPENDED' AND id IN ",
            to_reactivate!()
        ),
        &[Run, Directory, True, Now],
    ),
    // Statuses that are about our own password mean nothing for who has the directory's.
    (
        Rights,
        "UPDATE user_records SET status = 'ACTIVE', status_changed = $3, last_updated = $3 \
         WHERE status IN ('PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED') AND id IN (SELECT user_id FROM import_people \
         WHERE run_id = $1 AND owned = $2 AND state = 'ACTIVE')",
        &[Run, True, Now],
    ),
    (
        Nothing,
        "UPDATE directory_entries SET suspended = $3 WHERE directory_id = $2 AND suspended <> $3 AND external_id IN \
         (SELECT external_id FROM import_people WHERE run_id = $1 AND state = 'ACTIVE')",
        &[Run, Directory, False],
    ),
    // Whoever lost the login or the entry to somebody else in the meantime stays hidden, and is swept.
    (
        Rights,
        "UPDATE user_records SET hidden = NULL WHERE hidden = $1 AND login_folded <> id AND EXISTS (SELECT 1 \
         FROM directory_entries e WHERE e.user_id = user_records.id AND e.directory_id = $2)",
        &[Run, Directory],
    ),
];

const GROUPS: &[Step] = &[
    // A sign-in may have made the same group: it gets the members that were read for the hidden one.
    (
        Rights,
        "INSERT INTO memberships (group_id, user_id) SELECT e.group_id, m.user_id FROM import_groups i \
         JOIN directory_entries e ON e.external_id = i.external_id JOIN memberships m ON m.group_id = i.group_id \
         WHERE i.run_id = $1 AND i.change = 'NEW' AND e.directory_id = $2 AND e.group_id <> i.group_id \
         ON CONFLICT DO NOTHING",
        &[Run, Directory],
    ),
    (
        Rights,
        "INSERT INTO group_nesting (parent_id, child_id) SELECT e.group_id, n.child_id FROM import_groups i \
         JOIN directory_entries e ON e.external_id = i.external_id JOIN group_nesting n ON n.parent_id = i.group_id \
         WHERE i.run_id = $1 AND i.change = 'NEW' AND e.directory_id = $2 AND e.group_id <> i.group_id \
         ON CONFLICT DO NOTHING",
        &[Run, Directory],
    ),
    (
        Rights,
        "INSERT INTO group_nesting (parent_id, child_id) SELECT n.parent_id, e.group_id FROM import_groups i \
         JOIN directory_entries e ON e.external_id = i.external_id JOIN group_nesting n ON n.child_id = i.group_id \
         WHERE i.run_id = $1 AND i.change = 'NEW' AND e.directory_id = $2 AND e.group_id <> i.group_id \
         ON CONFLICT DO NOTHING",
        &[Run, Directory],
    ),
    (
        Rights,
        "UPDATE group_records SET hidden = NULL WHERE hidden = $1 AND EXISTS (SELECT 1 FROM directory_entries e \
         WHERE e.group_id = group_records.id AND e.directory_id = $2)",
        &[Run, Directory],
    ),
    (
        Rights,
        "UPDATE group_records SET name = i.name, name_folded = i.name_folded, description = i.description, \
         last_updated = $2 FROM import_groups i WHERE i.run_id = $1 AND i.change = 'CHANGED' \
         AND group_records.id = i.group_id AND (group_records.name <> i.name \
         OR group_records.description <> i.description)",
        &[Run, Now],
    ),
    (
        Nothing,
        "UPDATE directory_entries SET dn = i.dn, own_keys = i.own_keys FROM import_groups i WHERE i.run_id = $1 AND i.change = 'CHANGED' \
         AND directory_entries.directory_id = $2 AND directory_entries.external_id = i.external_id",
        &[Run, Directory],
    ),
    // What is gone gives nothing from now on; its rows are swept.
    (
        Rights,
        "DELETE FROM group_nesting WHERE child_id IN (SELECT group_id FROM import_groups WHERE run_id = $1 \
         AND change = 'GONE')",
        &[Run],
    ),
    (
        Rights,
        "DELETE FROM group_assignments WHERE group_id IN (SELECT group_id FROM import_groups WHERE run_id = $1 \
         AND change = 'GONE')",
        &[Run],
    ),
    (
        Nothing,
        "DELETE FROM directory_entries WHERE directory_id = $2 AND external_id IN (SELECT external_id \
         FROM import_groups WHERE run_id = $1 AND change = 'GONE')",
        &[Run, Directory],
    ),
    (
        Rights,
        "UPDATE group_records SET hidden = $1 WHERE id IN (SELECT group_id FROM import_groups WHERE run_id = $1 \
         AND change = 'GONE')",
        &[Run],
    ),
];

const MEMBERS: &[Step] = &[
    (
        Rights,
        "DELETE FROM memberships WHERE (group_id, user_id) IN (SELECT group_id, member FROM import_members \
         WHERE run_id = $1 AND kind = 'USER' AND added = $2)",
        &[Run, False],
    ),
    (
        Rights,
        "INSERT INTO memberships (group_id, user_id) SELECT i.group_id, i.member FROM import_members i \
         WHERE i.run_id = $1 AND i.kind = 'USER' AND i.added = $2 \
         AND EXISTS (SELECT 1 FROM user_groups g WHERE g.id = i.group_id) \
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = i.member) ON CONFLICT DO NOTHING",
        &[Run, True],
    ),
    (
        Rights,
        "DELETE FROM group_nesting WHERE (parent_id, child_id) IN (SELECT group_id, member FROM import_members \
         WHERE run_id = $1 AND kind = 'GROUP' AND added = $2)",
        &[Run, False],
    ),
    (
        Rights,
        "INSERT INTO group_nesting (parent_id, child_id) SELECT i.group_id, COALESCE(e.group_id, i.member) \
         FROM import_members i LEFT JOIN import_groups n ON n.run_id = i.run_id AND n.group_id = i.member \
         AND n.change = 'NEW' LEFT JOIN directory_entries e ON e.directory_id = $2 AND e.external_id = n.external_id \
         WHERE i.run_id = $1 AND i.kind = 'GROUP' AND i.added = $3 \
         AND EXISTS (SELECT 1 FROM user_groups g WHERE g.id = i.group_id) \
         AND EXISTS (SELECT 1 FROM user_groups g WHERE g.id = COALESCE(e.group_id, i.member)) ON CONFLICT DO NOTHING",
        &[Run, Directory, True],
    ),
    (
        Nothing,
        "DELETE FROM unresolved_members WHERE (group_id, entry_key) IN (SELECT group_id, member FROM import_members \
         WHERE run_id = $1 AND kind = 'KEY' AND added = $2)",
        &[Run, False],
    ),
    (
        Nothing,
        "INSERT INTO unresolved_members (group_id, entry_key) SELECT i.group_id, i.member FROM import_members i \
         WHERE i.run_id = $1 AND i.kind = 'KEY' AND i.added = $2 \
         AND EXISTS (SELECT 1 FROM user_groups g WHERE g.id = i.group_id) ON CONFLICT DO NOTHING",
        &[Run, True],
    ),
    (
        Nothing,
        "UPDATE group_records SET last_membership_updated = $2 WHERE id IN (SELECT group_id FROM import_members \
         WHERE run_id = $1 AND kind <> 'KEY')",
        &[Run, Now],
    ),
];

const KEYS_AND_REST: &[Step] = &[
    // An entry that was left as it is keeps its keys.
    (
        Nothing,
        "DELETE FROM directory_keys WHERE (directory_id, entry_key, relation, external_id) IN (SELECT $2, k.entry_key, \
         k.relation, k.external_id FROM import_keys k WHERE k.run_id = $1 AND k.added = $3 \
         AND (k.external_id IN (SELECT external_id FROM import_people WHERE run_id = $1) \
         OR k.external_id IN (SELECT external_id FROM import_groups WHERE run_id = $1)))",
        &[Run, Directory, False],
    ),
    (
        Nothing,
        "INSERT INTO directory_keys (directory_id, entry_key, relation, external_id) \
         SELECT $2, k.entry_key, k.relation, k.external_id FROM import_keys k WHERE k.run_id = $1 AND k.added = $3 \
         AND (k.external_id IN (SELECT external_id FROM import_people WHERE run_id = $1) \
         OR k.external_id IN (SELECT external_id FROM import_groups WHERE run_id = $1)) ON CONFLICT DO NOTHING",
        &[Run, Directory, True],
    ),
    (
        Nothing,
        "INSERT INTO pending_matches (directory_id, external_id, person, candidates, why, seen) \
         SELECT $2, external_id, person, candidates, why, seen FROM import_pending WHERE run_id = $1 \
         ON CONFLICT (directory_id, external_id) DO UPDATE SET person = excluded.person, \
         candidates = excluded.candidates, why = excluded.why, seen = excluded.seen",
        &[Run, Directory],
    ),
    // Those who wait were all read anew, if everything was; whoever is known by now waits no more.
    (
        Nothing,
        "DELETE FROM pending_matches WHERE directory_id = $2 AND seen < $3 AND EXISTS (SELECT 1 FROM import_stages s \
         WHERE s.run_id = $1 AND s.whole = $4)",
        &[Run, Directory, Started, True],
    ),
    (
        Nothing,
        "DELETE FROM pending_matches WHERE directory_id = $1 AND external_id IN (SELECT external_id \
         FROM directory_entries WHERE directory_id = $1 AND user_id IS NOT NULL)",
        &[Directory],
    ),
    (Nothing, "DELETE FROM import_cursors WHERE directory_id = $1", &[Directory]),
    (
        Nothing,
        "INSERT INTO import_cursors (directory_id, cursor) SELECT $2, cursor FROM import_stages WHERE run_id = $1 \
         AND cursor IS NOT NULL",
        &[Run, Directory],
    ),
];

/// What happens to people who were there before; to be asked for when room is made and nothing is done yet.
const SUSPENDED: &str = concat!(
    "SELECT i.state, ",
    user_columns!(),
    " FROM import_people i JOIN users u ON u.id = i.user_id WHERE i.run_id = $1 AND i.owned = $2 \
     AND i.state <> 'ACTIVE' AND u.status IN ('ACTIVE', 'LOCKED_OUT', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED') \
     ORDER BY u.login_folded LIMIT $3"
);
const REACTIVATED: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users u WHERE u.status = 'SUSPENDED' AND u.id IN ",
    to_reactivate!(),
    " ORDER BY u.login_folded LIMIT $4"
);
const MOVED: &str = concat!(
    "SELECT ",
    user_columns!(),
    ", i.group_id AS moved_group FROM import_members i JOIN users u ON u.id = i.member JOIN user_groups g \
     ON g.id = i.group_id WHERE i.run_id = $1 AND i.kind = 'USER' AND i.added = $2 \
     ORDER BY i.group_id, i.member LIMIT $3"
);
const GROUP: &str = concat!("SELECT ", group_columns!(), " FROM ", group_tables!(), " WHERE g.id = $1");

#[derive(sqlx::FromRow)]
struct SuspendedRow {
    state: String,
    #[sqlx(flatten)]
    user: UserRow,
}

#[derive(sqlx::FromRow)]
struct MovedRow {
    moved_group: String,
    #[sqlx(flatten)]
    user: UserRow,
}

pub(super) async fn apply(
    unit: &mut Unit,
    stage: &Stage,
    started: Timestamp,
    now: Timestamp,
    notes: u32,
) -> StoreResult<AppliedChanges> {
    let values = Values { stage, started, now };
    values.take(unit, MAKE_ROOM).await?;
    let changes = changes(unit.connection(), stage, i64::from(notes)).await?;
    for steps in [PEOPLE, GROUPS, MEMBERS, KEYS_AND_REST] {
        values.take(unit, steps).await?;
    }
    Ok(changes)
}

struct Values<'a> {
    stage: &'a Stage,
    started: Timestamp,
    now: Timestamp,
}

impl Values<'_> {
    async fn take(&self, unit: &mut Unit, steps: &[Step]) -> StoreResult<()> {
        for (moves, statement, given) in steps {
            let mut query = sqlx::query(*statement);
            for value in *given {
                query = match value {
                    Run => query.bind(self.stage.run.as_str()),
                    Directory => query.bind(self.stage.directory.as_str()),
                    Started => query.bind(self.started.millis()),
                    Now => query.bind(self.now.millis()),
                    True => query.bind(true),
                    False => query.bind(false),
                };
            }
            let done = query.execute(unit.connection()).await.map_err(failed)?;
            if *moves == Rights && done.rows_affected() > 0 {
                unit.entitlement_changes();
            }
        }
        Ok(())
    }
}

async fn changes(connection: &mut Connection, stage: &Stage, notes: i64) -> StoreResult<AppliedChanges> {
    let run = stage.run.as_str();
    let suspended: Vec<SuspendedRow> =
        sqlx::query_as(SUSPENDED).bind(run).bind(true).bind(notes).fetch_all(&mut *connection).await.map_err(failed)?;
    let suspended =
        suspended.into_iter().map(|row| Ok((row.user.try_into()?, row.state))).collect::<StoreResult<_>>()?;
    let reactivated: Vec<UserRow> = sqlx::query_as(REACTIVATED)
        .bind(run)
        .bind(stage.directory.as_str())
        .bind(true)
        .bind(notes)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    Ok(AppliedChanges {
        suspended,
        reactivated: all(reactivated)?,
        joined: moved(connection, run, true, notes).await?,
        left: moved(connection, run, false, notes).await?,
    })
}

/// People who come into groups, or leave them; those of one group one after the other.
async fn moved(connection: &mut Connection, run: &str, added: bool, notes: i64) -> StoreResult<Vec<(User, Group)>> {
    let rows: Vec<MovedRow> =
        sqlx::query_as(MOVED).bind(run).bind(added).bind(notes).fetch_all(&mut *connection).await.map_err(failed)?;
    let mut found: Vec<(User, Group)> = Vec::with_capacity(rows.len());
    for row in rows {
        let group = match found.last() {
            Some((_, group)) if group.id.as_str() == row.moved_group => group.clone(),
            _ => {
                let query = sqlx::query_as::<_, GroupRow>(GROUP).bind(&row.moved_group);
                query.fetch_one(&mut *connection).await.map_err(failed)?.try_into()?
            }
        };
        found.push((row.user.try_into()?, group));
    }
    Ok(found)
}
