//! Does a job: opens the directory with the bind account that only the agent knows, makes the call, brings the result.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{
    Directory, Secret,
    directory::{DirectoryEntry, DirectoryError, DirectoryStep},
};
use ports::{
    Directories, DirectoryResult, DirectorySession, ImportCursor,
    agent::{Answer, Call, Job, Outcome, ResultLine},
};
use tokio::{sync::mpsc, time::timeout};

use super::{
    parts::{Bring, NotBrought, Parts},
    pinned::Pinned,
};

/// Entries that are read ahead while a part is on its way.
const AHEAD: usize = 64;

/// What was read is brought after so long even if it is little: whoever watches the import sees it go on.
const AT_LEAST_EVERY: Duration = Duration::from_secs(1);

/// The account that reads.
#[derive(Debug, Clone, Default)]
pub(super) struct BindAccount {
    /// Its name; nothing for anonymous reading.
    pub(super) dn: Option<String>,
    /// Its password.
    pub(super) password: BindPassword,
}

/// Where the bind password is.
#[derive(Debug, Clone, Default)]
pub(super) enum BindPassword {
    /// There is none.
    #[default]
    None,
    /// In a file, read for each job: a new password counts at once.
    File(PathBuf),
    /// Given.
    Given(Secret<String>),
}

impl BindPassword {
    fn read(&self) -> DirectoryResult<Option<Secret<String>>> {
        match self {
            Self::None => Ok(None),
            Self::Given(password) => Ok(Some(password.clone())),
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => {
                    let text = Secret::new(text);
                    Ok(Some(Secret::new(text.expose().trim_end_matches(['\r', '\n']).to_owned())))
                }
                Err(error) => Err(DirectoryError::new(
                    DirectoryStep::Bind,
                    "NO_BIND_PASSWORD",
                    &format!("the agent's bind password file `{}`: {error}", path.display()),
                    "make the file readable for the agent's user, or name another with --bind-password-file",
                )),
            },
        }
    }
}

/// What an agent does its jobs with.
pub(super) struct Worker {
    pub(super) directories: Arc<dyn Directories>,
    pub(super) account: BindAccount,
    pub(super) pinned: Pinned,
}

impl Worker {
    /// Does it, and brings the result.
    pub(super) async fn carry_out(&self, job: Job, bring: &dyn Bring) -> Result<(), NotBrought> {
        let mut parts = Parts::new(bring);
        let outcome = self.outcome(job, &mut parts).await?;
        let last = match outcome {
            Ok(answer) => ResultLine::Done(answer),
            Err(error) => ResultLine::Failed(error),
        };
        parts.line(&last).await?;
        parts.send().await
    }

    async fn outcome(&self, job: Job, parts: &mut Parts<'_>) -> Result<Outcome, NotBrought> {
        let session = match self.open(job.directory).await {
            Ok(session) => session,
            Err(error) => return Ok(Err(error)),
        };
        Ok(match job.call {
            Call::Read { since } => return read(&*session, since.as_ref(), parts).await,
            Call::Test => Ok(Answer::Test(session.test().await)),
            Call::Authenticate { login, password } => {
                session.authenticate(&login, &password).await.map(Answer::Authenticate)
            }
            Call::Person { id } => session.person(&id).await.map(|person| Answer::Person(person.map(Box::new))),
            Call::GroupsIn { ou } => session.groups_in(&ou).await.map(Answer::GroupsIn),
            Call::ChangeGroups { ou, changes } => session.change_groups(&ou, &changes).await.map(Answer::ChangeGroups),
        })
    }

    async fn open(&self, directory: ports::agent::DirectoryAddress) -> DirectoryResult<Box<dyn DirectorySession>> {
        self.pinned.check(&directory)?;
        let password = self.account.password.read()?;
        let directory: Directory = directory.into_directory(self.account.dn.clone());
        self.directories.open(&directory, password).await
    }
}

async fn read(
    session: &dyn DirectorySession,
    since: Option<&ImportCursor>,
    parts: &mut Parts<'_>,
) -> Result<Outcome, NotBrought> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (end, brought) = tokio::join!(session.read(since, sender), bring_entries(receiver, parts));
    brought?;
    Ok(end.map(Answer::Read))
}

/// Until the last entry; gone, the reading ends too.
async fn bring_entries(mut entries: mpsc::Receiver<DirectoryEntry>, parts: &mut Parts<'_>) -> Result<(), NotBrought> {
    loop {
        match timeout(AT_LEAST_EVERY, entries.recv()).await {
            Ok(Some(entry)) => parts.line(&ResultLine::Entry(entry)).await?,
            Ok(None) => return Ok(()),
            Err(_nothing_for_a_while) => parts.send().await?,
        }
    }
}
