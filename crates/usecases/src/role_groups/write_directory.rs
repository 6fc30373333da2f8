//! The difference into an OU of a directory, which knows no transactions: each change stands alone, and what became of it is
//! in the log before the next ones are tried. Whoever asked may go away; what was begun goes on.

use std::sync::Arc;

use domain::{App, Event, directory::DirectoryError, event::Target};
use ports::GroupChange;

use super::{
    diff::Difference,
    push::{Applied, ChangeKind, ChangeResult},
    target::{Opened, refused},
};
use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result},
    services::Services,
};

/// Changes whose entries are written together.
const CHANGES_AT_A_TIME: usize = 50;

struct Change {
    kind: ChangeKind,
    name: String,
    asked: GroupChange,
}

pub(super) async fn apply(
    services: &Arc<Services>,
    caller: &Caller,
    app: App,
    opened: Arc<Opened>,
    difference: &Difference,
) -> Result<Applied> {
    let writer = Writer { services: services.clone(), caller: caller.clone(), app, opened };
    let work = services.work.spawn(writer.write(changes(difference)));
    work.await.map_err(|error| Error::Internal(format!("writing role groups ended early: {error}")))?
}

fn changes(difference: &Difference) -> Vec<Change> {
    let create = difference.create.iter().map(|group| Change {
        kind: ChangeKind::Create,
        name: group.name.clone(),
        asked: GroupChange::Create { name: group.name.clone(), description: group.description.clone() },
    });
    let describe = difference.describe.iter().map(|change| Change {
        kind: ChangeKind::Describe,
        name: change.group.name.clone(),
        asked: GroupChange::Describe { dn: change.group.place.clone(), description: change.description.clone() },
    });
    let delete = difference.deleted().iter().map(|orphan| Change {
        kind: ChangeKind::Delete,
        name: orphan.group.name.clone(),
        asked: GroupChange::Delete { dn: orphan.group.place.clone() },
    });
    create.chain(describe).chain(delete).collect()
}

struct Writer {
    services: Arc<Services>,
    caller: Caller,
    app: App,
    opened: Arc<Opened>,
}

impl Writer {
    async fn write(self, changes: Vec<Change>) -> Result<Applied> {
        let mut applied = Applied::default();
        for piece in changes.chunks(CHANGES_AT_A_TIME) {
            if self.services.stopping.is_cancelled() {
                applied.stopped = Some("the server was stopped meanwhile; look at the difference again".to_owned());
                break;
            }
            let asked: Vec<GroupChange> = piece.iter().map(|change| change.asked.clone()).collect();
            match self.opened.session.change_groups(&self.opened.ou, &asked).await {
                Ok(answers) => {
                    let events =
                        piece.iter().zip(&answers).map(|(change, answer)| self.event(change, answer)).collect();
                    self.services.store.append_events(events).await?;
                    applied.changes.extend(piece.iter().zip(answers).map(|(change, answer)| result(change, answer)));
                }
                Err(error) => {
                    self.services.store.append_events(vec![self.failure(&error)]).await?;
                    let why = refused(&self.opened.directory, &error);
                    if applied.changes.is_empty() {
                        return Err(why);
                    }
                    applied.stopped = Some(why.to_string());
                    break;
                }
            }
        }
        Ok(applied)
    }

    /// Okta's names for what its group push does in an application.
    fn event(&self, change: &Change, answer: &std::result::Result<(), DirectoryError>) -> Event {
        let (kind, message, place) = match &change.asked {
            GroupChange::Create { .. } => {
                ("application.provision.group_push.pushed", "Make a role group in the directory", None)
            }
            GroupChange::Describe { dn, .. } => {
                ("application.provision.group_push.updated", "Describe a role group in the directory", Some(dn))
            }
            GroupChange::Delete { dn } => {
                ("application.provision.group_push.removed", "Remove a role group from the directory", Some(dn))
            }
        };
        let draft = match answer {
            Ok(()) => EventDraft::success(kind, message),
            Err(error) => EventDraft::failure(kind, message, &error.code).fact("detail", &error.message),
        };
        let group = Target {
            id: place.map_or("unknown", String::as_str).to_owned(),
            kind: "AppGroup".to_owned(),
            alternate_id: place.map_or("unknown", String::as_str).to_owned(),
            display_name: change.name.clone(),
        };
        self.of_both(draft.target(group))
    }

    /// Nothing is known of the changes that were asked for.
    fn failure(&self, error: &DirectoryError) -> Event {
        let draft = EventDraft::failure(
            "application.integration.general_failure",
            "Write role groups to the directory",
            &error.code,
        );
        self.of_both(draft.fact("detail", &error.message))
    }

    fn of_both(&self, draft: EventDraft) -> Event {
        let draft = draft.on_directory(&self.opened.directory).on_app(&self.app);
        draft.fact("ou", &self.opened.ou).by(&self.services, &self.caller)
    }
}

fn result(change: &Change, answer: std::result::Result<(), DirectoryError>) -> ChangeResult {
    let refused = answer.err().map(|error| (format!("{}: {}", error.code, error.message), error.hint));
    ChangeResult { kind: change.kind, name: change.name.clone(), refused }
}
