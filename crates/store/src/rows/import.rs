//! Runs of imports: what is only shown is one JSON document.

use domain::directory::{
    DirectoryError, EntryProblem, GroupCounts, HeldBack, ImportProgress, ImportRun, MembershipCounts, PeopleCounts,
};
use ports::{StoreError, StoreResult};
use serde::{Deserialize, Serialize};

use super::{aws::from_word, from_json, id, time, to_json};

/// A run's row.
#[derive(sqlx::FromRow)]
pub(crate) struct ImportRunRow {
    id: String,
    directory_id: String,
    kind: String,
    set_off_by: String,
    dry_run: bool,
    status: String,
    started: i64,
    finished: Option<i64>,
    detail: String,
}

#[derive(Serialize, Deserialize)]
struct DetailDocument {
    progress: ImportProgress,
    people: PeopleCounts,
    groups: GroupCounts,
    memberships: MembershipCounts,
    problems: Vec<EntryProblem>,
    held: Option<HeldBack>,
    error: Option<DirectoryError>,
}

impl TryFrom<ImportRunRow> for ImportRun {
    type Error = StoreError;
    fn try_from(row: ImportRunRow) -> StoreResult<Self> {
        let detail: DetailDocument = from_json("import_runs.detail", &row.detail)?;
        Ok(Self {
            id: id("import_runs.id", row.id)?,
            directory: id("import_runs.directory_id", row.directory_id)?,
            kind: from_word("import_runs.kind", row.kind)?,
            trigger: from_word("import_runs.set_off_by", row.set_off_by)?,
            dry_run: row.dry_run,
            status: from_word("import_runs.status", row.status)?,
            started: time(row.started),
            finished: row.finished.map(time),
            progress: detail.progress,
            people: detail.people,
            groups: detail.groups,
            memberships: detail.memberships,
            problems: detail.problems,
            held: detail.held,
            error: detail.error,
        })
    }
}

/// The JSON of what is only shown.
pub(crate) fn detail_text(run: &ImportRun) -> StoreResult<String> {
    to_json(&DetailDocument {
        progress: run.progress,
        people: run.people,
        groups: run.groups,
        memberships: run.memberships,
        problems: run.problems.clone(),
        held: run.held.clone(),
        error: run.error.clone(),
    })
}
