//! Where role groups are: in and below an OU of a directory, or among the local groups. What is there now, and what may be
//! there.

use std::{fmt, sync::Arc};

use domain::{
    Directory, DirectoryId, DirectoryKind, Group, GroupId, GroupSource,
    directory::{DirectoryError, DirectoryStep, Dn, sam_account_name},
};
use ports::{DirectorySession, PageRequest};

use super::diff::{Difference, Existing, Limits};
use crate::{
    error::{Error, Result, StateError},
    manage_directories, open_directory,
    services::Services,
    sift::{Reading, every},
};

/// Okta's word for local groups.
const LOCAL: &str = "okta";
/// Characters of a local group's name, at most.
const LOCAL_NAME: usize = 255;
/// Characters of `cn` in Active Directory, at most (its schema's `rangeUpper`).
pub(super) const ACTIVE_DIRECTORY_NAME: usize = 64;
/// Characters of any other name in Active Directory, at most.
const ACTIVE_DIRECTORY_OTHER_NAME: usize = 256;
/// Characters of a description, at most: Active Directory's limit, and that of local groups.
const DESCRIPTION: usize = 1_024;

/// Where role groups are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// In and below an OU of a directory.
    Directory {
        /// Which directory.
        directory: DirectoryId,
        /// The OU's DN.
        ou: String,
    },
    /// Among the local groups.
    Local,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { directory, ou } => write!(formatter, "{directory} {ou}"),
            Self::Local => formatter.write_str("local"),
        }
    }
}

/// A target that was found.
pub(super) enum Place {
    Local,
    Directory(Arc<Opened>),
}

/// A directory, ready for use.
pub(super) struct Opened {
    pub(super) directory: Directory,
    pub(super) ou: String,
    pub(super) session: Box<dyn DirectorySession>,
}

impl Place {
    pub(super) async fn find(services: &Services, target: &Target) -> Result<Self> {
        let Target::Directory { directory, ou } = target else { return Ok(Self::Local) };
        parse_ou("target.ou", ou)?;
        let directory = manage_directories::existing(services, directory).await?;
        if !directory.is_active() {
            let why = format!("the directory `{}` is not active: activate it first", directory.name);
            return Err(Error::State(StateError::NotNow(why)));
        }
        let opened = open_directory::open(services, &directory).await?;
        let session = opened.map_err(|error| refused(&directory, &error))?;
        Ok(Self::Directory(Arc::new(Opened { directory, ou: ou.clone(), session })))
    }

    /// What group mapping takes the groups' source for.
    pub(super) fn source(&self) -> GroupSource {
        match self {
            Self::Local => GroupSource::Local,
            Self::Directory(opened) => GroupSource::Directory {
                id: opened.directory.id.clone(),
                name: opened.directory.name.clone(),
                kind: opened.directory.kind,
            },
        }
    }

    /// The groups that are there.
    pub(super) async fn existing(&self, services: &Services) -> Result<Vec<Existing>> {
        match self {
            Self::Local => {
                let local = groups(services).await?.into_iter().filter(|group| group.source == GroupSource::Local);
                Ok(local.map(known).collect())
            }
            Self::Directory(opened) => {
                let Opened { directory, ou, session } = &**opened;
                let found = session.groups_in(ou).await.map_err(|error| refused(directory, &error))?;
                let existing = found.into_iter().map(|group| Existing {
                    place: group.dn,
                    source: directory.name.clone(),
                    name: group.name,
                    description: group.description,
                    has_members: Some(group.has_members),
                });
                Ok(existing.collect())
            }
        }
    }

    /// What it asks of groups.
    pub(super) fn limits(&self) -> Limits {
        let limits = |name, keeps| Limits { name, description: DESCRIPTION, keeps };
        match self {
            Self::Directory(opened) if opened.directory.kind == DirectoryKind::ActiveDirectory => {
                match opened.directory.groups.name.to_ascii_lowercase().as_str() {
                    "cn" | "name" => limits(ACTIVE_DIRECTORY_NAME, |_| true),
                    "samaccountname" => limits(ACTIVE_DIRECTORY_OTHER_NAME, |name| sam_account_name(name) == name),
                    _ => limits(ACTIVE_DIRECTORY_OTHER_NAME, |_| true),
                }
            }
            Self::Directory(_) | Self::Local => limits(LOCAL_NAME, |_| true),
        }
    }

    /// Finds out whether anybody is in the orphaned groups, where reading them did not tell.
    pub(super) async fn ask_for_members(&self, services: &Services, difference: &mut Difference) -> Result<()> {
        for orphan in difference.orphaned.iter_mut().filter(|orphan| orphan.group.has_members.is_none()) {
            if let Ok(id) = GroupId::parse(&orphan.group.place) {
                let one = PageRequest { after: None, limit: 1 };
                let people = services.store.direct_members(&id, &one).await?.items.is_empty();
                let groups = services.store.child_groups(&id, &one).await?.items.is_empty();
                orphan.group.has_members = Some(!(people && groups));
            }
        }
        Ok(())
    }
}

/// Every group of every source.
pub(super) async fn groups(services: &Services) -> Result<Vec<Group>> {
    let read = |page| -> Reading<'_, Group> { Box::pin(async move { services.store.groups(None, &page).await }) };
    every(read).await
}

/// A group that is known here.
pub(super) fn known(group: Group) -> Existing {
    let source = match group.source {
        GroupSource::Local => LOCAL.to_owned(),
        GroupSource::Directory { name, .. } => name,
    };
    Existing {
        place: group.id.to_string(),
        source,
        name: group.name,
        description: group.description,
        has_members: None,
    }
}

/// The OU that groups are written to.
pub(super) fn parse_ou(field: &str, ou: &str) -> Result<Dn> {
    let dn = Dn::parse(ou).map_err(|error| Error::invalid(field, error.to_string()))?;
    if dn.depth() == 0 {
        return Err(Error::invalid(field, "it is empty: name the OU of the groups, as in `ou=aws,dc=example,dc=com`"));
    }
    Ok(dn)
}

/// A directory that did not do it. An OU that is not there is the asker's mistake.
pub(super) fn refused(directory: &Directory, error: &DirectoryError) -> Error {
    let what = format!("{}: {}; {}", error.code, error.message, error.hint);
    if error.step == DirectoryStep::Base {
        return Error::invalid("target.ou", what);
    }
    let step = error.step.as_str().to_lowercase();
    Error::State(StateError::NotNow(format!("the directory `{}` did not do it ({step}): {what}", directory.name)))
}
