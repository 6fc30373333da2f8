//! The directories that groups may come from, by id: a group knows which, `appFilter` speaks of names and kinds.

use std::collections::HashMap;

use domain::{
    Directory, DirectoryId, GroupSource,
    directory::{DirectoryKind, DirectoryStatus},
};

use super::Source;

/// Every directory, switched off ones too.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    directories: HashMap<DirectoryId, Facts>,
}

#[derive(Debug, Clone)]
struct Facts {
    name: String,
    kind: DirectoryKind,
    status: DirectoryStatus,
}

impl Sources {
    /// Takes what a store answered.
    pub fn new<'a>(directories: impl IntoIterator<Item = &'a Directory>) -> Self {
        let facts = |directory: &Directory| Facts {
            name: directory.name.clone(),
            kind: directory.kind,
            status: directory.status,
        };
        Self {
            directories: directories.into_iter().map(|directory| (directory.id.clone(), facts(directory))).collect(),
        }
    }

    /// What a group's source is; `None` for a directory that is not there any more.
    pub fn of(&self, source: &GroupSource) -> Option<Source<'_>> {
        match source {
            GroupSource::Local => Some(Source::Local),
            GroupSource::Directory { id, .. } => {
                let facts = self.directories.get(id)?;
                Some(Source::Directory { name: &facts.name, kind: facts.kind, status: facts.status })
            }
        }
    }

    /// The directories' names.
    pub fn names(&self) -> Vec<String> {
        self.directories.values().map(|facts| facts.name.clone()).collect()
    }
}
