//! Role groups as the API writes them.

use api::role_groups::{
    Change, Changes, Described, Difference, Imported, Link, Note, Obstacle, Orphan, Push, Refused, Status, Target,
    Wanted,
};
use usecases::role_groups::{self, Applied, ChangeKind, CsvImport, Shown, WantedGroup};

use crate::error::ApiError;

/// What to push, and the digest of what was shown.
pub(super) fn push(wire: Push) -> Result<(role_groups::Push, Option<String>), ApiError> {
    let target = match wire.target {
        Target::Directory { directory, ou } => role_groups::Target::Directory { directory, ou },
        Target::Local => role_groups::Target::Local,
    };
    let naming = role_groups::naming(wire.template.as_deref(), wire.description.as_deref())?;
    Ok((role_groups::Push { target, naming, delete_orphaned: wire.delete_orphaned }, wire.digest))
}

pub(super) fn difference(shown: Shown) -> Difference {
    let difference = shown.difference;
    let describe = difference.describe.into_iter().map(|change| Described {
        name: change.group.name,
        place: change.group.place,
        from: change.group.description,
        to: change.description,
    });
    let obstacles = difference.obstacles.into_iter().map(|obstacle| Obstacle {
        name: obstacle.group.name,
        role: obstacle.group.role,
        code: obstacle.code.to_owned(),
        explanation: obstacle.what,
        fix: obstacle.fix,
    });
    let notes =
        shown.notes.into_iter().map(|note| Note { code: note.code.to_owned(), explanation: note.what, fix: note.fix });
    Difference {
        digest: shown.digest,
        create: difference.create.into_iter().map(wanted).collect(),
        describe: describe.collect(),
        unchanged: difference.unchanged,
        orphaned: difference.orphaned.into_iter().map(orphan).collect(),
        delete_orphaned: difference.delete_orphaned,
        obstacles: obstacles.collect(),
        notes: notes.collect(),
    }
}

pub(super) fn changes(applied: Applied) -> Changes {
    let kind = |kind| match kind {
        ChangeKind::Create => "CREATE",
        ChangeKind::Describe => "DESCRIBE",
        ChangeKind::Delete => "DELETE",
    };
    let changes = applied.changes.into_iter().map(|change| Change {
        kind: kind(change.kind).to_owned(),
        name: change.name,
        error: change.refused.map(|(explanation, fix)| Refused { explanation, fix }),
    });
    Changes { changes: changes.collect(), stopped: applied.stopped }
}

pub(super) fn status(found: role_groups::Status) -> Status {
    Status {
        present: found.present,
        missing: found.missing.into_iter().map(wanted).collect(),
        orphaned: found.orphaned.into_iter().map(orphan).collect(),
    }
}

pub(super) fn imported(done: CsvImport, dry_run: bool) -> Imported {
    let linked = done.linked.into_iter().map(|(management_group, role_group)| Link { management_group, role_group });
    Imported {
        dry_run,
        created: done.created,
        described: done.described,
        linked: linked.collect(),
        unchanged: done.unchanged,
    }
}

fn wanted(group: WantedGroup) -> Wanted {
    Wanted { name: group.name, description: group.description, role: group.role }
}

fn orphan(orphan: role_groups::Orphan) -> Orphan {
    let role_groups::Existing { place, name, source, has_members, .. } = orphan.group;
    Orphan { name, place, source, has_members, code: orphan.code.to_owned(), explanation: orphan.what }
}
