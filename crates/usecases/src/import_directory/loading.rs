//! What is new is written while more is read and compared: in order, a few batches ahead of what is on disk.

use std::sync::Arc;

use domain::{Group, User};
use ports::{GroupEntry, Members, PersonEntry, StagingLoader, StoreError, StoreResult};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use crate::error::Result;

/// Batches that wait while one is written.
const WAITING: usize = 2;

/// New people who were not written, as somebody has their login.
pub(super) type LeftOut = Vec<(User, PersonEntry)>;

enum Batch {
    People(LeftOut),
    Groups(Vec<(Group, GroupEntry)>),
    Members(Members),
    /// Answers when everything before it is written.
    Done(oneshot::Sender<()>),
}

pub(super) struct Loading {
    batches: mpsc::Sender<Batch>,
    left_out: mpsc::UnboundedReceiver<LeftOut>,
    writer: AbortOnDropHandle<StoreResult<()>>,
}

impl Loading {
    pub(super) fn new(loader: Arc<dyn StagingLoader>) -> Self {
        let (batches, waiting) = mpsc::channel(WAITING);
        let (sender, left_out) = mpsc::unbounded_channel();
        let writer = AbortOnDropHandle::new(tokio::spawn(write(loader, waiting, sender)));
        Self { batches, left_out, writer }
    }

    /// New people.
    pub(super) async fn people(&mut self, people: Vec<(User, PersonEntry)>) -> Result<()> {
        if people.is_empty() { Ok(()) } else { self.add(Batch::People(people)).await }
    }

    /// New groups.
    pub(super) async fn groups(&mut self, groups: Vec<(Group, GroupEntry)>) -> Result<()> {
        if groups.is_empty() { Ok(()) } else { self.add(Batch::Groups(groups)).await }
    }

    /// Members of new groups.
    pub(super) async fn members(&mut self, members: Members) -> Result<()> {
        if members.is_empty() { Ok(()) } else { self.add(Batch::Members(members)).await }
    }

    /// Waits until everything is written; answers who was left out since the last time.
    pub(super) async fn done(&mut self) -> Result<LeftOut> {
        let (answer, done) = oneshot::channel();
        self.add(Batch::Done(answer)).await?;
        if done.await.is_err() {
            return self.stopped().await;
        }
        let mut left_out = LeftOut::new();
        while let Ok(some) = self.left_out.try_recv() {
            left_out.extend(some);
        }
        Ok(left_out)
    }

    async fn add(&mut self, batch: Batch) -> Result<()> {
        match self.batches.send(batch).await {
            Ok(()) => Ok(()),
            Err(_) => self.stopped().await,
        }
    }

    /// Nothing more is written: why.
    async fn stopped<T>(&mut self) -> Result<T> {
        let why = match (&mut self.writer).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => StoreError::Unavailable { message: "what writes the import has stopped".to_owned() },
        };
        Err(why.into())
    }
}

async fn write(
    loader: Arc<dyn StagingLoader>,
    mut batches: mpsc::Receiver<Batch>,
    left_out: mpsc::UnboundedSender<LeftOut>,
) -> StoreResult<()> {
    while let Some(batch) = batches.recv().await {
        match batch {
            Batch::People(people) => {
                // Nobody asks any more once the import has ended.
                let _ = left_out.send(loader.people(people).await?);
            }
            Batch::Groups(groups) => loader.groups(groups).await?,
            Batch::Members(members) => loader.members(members).await?,
            Batch::Done(answer) => {
                let _ = answer.send(());
            }
        }
    }
    Ok(())
}
