//! Opens a directory, directly or through its agents, with the bind password that is kept for it. One way for imports,
//! sign-ins and tests.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{DirectoryError, DirectoryStep, Reach},
};
use ports::{Directories, DirectoryResult, DirectorySession, SealedPurpose};

use crate::{agents::Hub, error::Result, services::Services};

/// Opens each directory in the way in which it is reached.
pub(crate) struct Reached {
    /// By ourselves.
    pub(crate) direct: Arc<dyn Directories>,
    /// By the agents beside it.
    pub(crate) agents: Hub,
}

#[async_trait]
impl Directories for Reached {
    async fn open(
        &self,
        directory: &Directory,
        bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>> {
        match directory.reach {
            Reach::Direct => self.direct.open(directory, bind_password).await,
            Reach::Agent => self.agents.open(directory, bind_password).await,
        }
    }
}

/// Opens a directory; the inner error is the directory's or the key's, in the form that is stored and shown.
///
/// # Errors
/// `Store`.
pub(crate) async fn open(
    services: &Services,
    directory: &Directory,
) -> Result<DirectoryResult<Box<dyn DirectorySession>>> {
    let password = match kept_password(services, directory).await? {
        Ok(password) => password,
        Err(error) => return Ok(Err(error)),
    };
    Ok(services.directories.open(directory, password).await)
}

/// The bind password that is kept, opened.
///
/// # Errors
/// `Store`.
async fn kept_password(services: &Services, directory: &Directory) -> Result<DirectoryResult<Option<Secret<String>>>> {
    let Some(sealed) = services.store.bind_secret(&directory.id).await? else { return Ok(Ok(None)) };
    let purpose = SealedPurpose::DirectoryBind(directory.id.clone());
    let opened = services.keys.open(&sealed, &purpose).map_err(|error| unreadable(error.to_string()));
    Ok(opened.and_then(|bytes| {
        String::from_utf8(bytes.expose().clone())
            .map(|text| Some(Secret::new(text)))
            .map_err(|_| unreadable("it is no text".to_owned()))
    }))
}

fn unreadable(message: String) -> DirectoryError {
    DirectoryError {
        step: DirectoryStep::Bind,
        code: "SECRET_UNREADABLE".to_owned(),
        message,
        hint: "give `bindPassword` again".to_owned(),
    }
}
