//! Reads the directory and stages what comes, in batches: one is read, one compared, one written at the same time. The
//! directory waits when more would wait than a few batches, so that memory does not grow with it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::{
    GroupId, Timestamp, User, UserId,
    directory::{
        DirectoryEntry, DirectoryGroup, DirectoryPerson, EntryKey, ExternalId, HeldBack, ImportKind, ImportRun,
        ImportStatus,
    },
};
use ports::{DirectoryResult, DirectorySession, DirectoryTotals, ImportCursor, PersonEntry, StagedPerson};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use tokio_util::task::AbortOnDropHandle;

use super::{
    Import,
    called::Called,
    gone, groups,
    ids::InOrder,
    loading::Loading,
    members, names, people,
    tally::{self, Tally, count},
    topology::Topology,
};
use crate::{directory_match::ByAttribute, error::Result, open_directory};

/// People or groups of one batch, which is one transaction: as many as are written in a tenth of a second.
const BATCH: usize = 5_000;
/// Entries that are taken at once.
const AT_ONCE: usize = 500;
/// Entries that may be on their way at once: the next batch is read while one is compared.
const ON_THE_WAY: usize = 2_500;
/// Members of the groups of one batch: more would only be looked up when nothing else is to be done.
const MEMBERS: usize = 20_000;
/// How often progress is written.
const PROGRESS: Duration = Duration::from_secs(1);

/// Who has a login in this import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    /// Somebody who is known: nobody takes it from them.
    Known,
    /// Somebody new.
    New(Box<NewPerson>),
}

/// Somebody new, as they were staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewPerson {
    pub(super) entry: ExternalId,
    pub(super) dn: String,
    pub(super) user: UserId,
}

/// What a directory has here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// How many people and memberships.
    totals: DirectoryTotals,
    /// Whether it has no entry at all.
    pub(super) is_empty: bool,
    /// Whether an administrator said of anybody who they are.
    pub(super) is_decided: bool,
}

impl Before {
    async fn read(import: &Import) -> Result<Self> {
        let (store, directory) = (&import.services.store, &import.directory.id);
        let is_empty = store.linked_entries(directory, None, 1).await?.is_empty();
        let is_decided = store.has_match_decisions(directory).await?;
        Ok(Self { totals: store.directory_totals(directory).await?, is_empty, is_decided })
    }
}

/// Everything that an import knows while it reads.
pub(super) struct Read<'a> {
    pub(super) import: &'a Import,
    pub(super) run: &'a mut ImportRun,
    /// Whether what is not read is gone.
    pub(super) whole: bool,
    pub(super) topology: Topology,
    pub(super) tally: Tally,
    /// Logins in lower case.
    pub(super) logins: HashMap<String, Holder>,
    pub(super) by_attribute: ByAttribute,
    pub(super) called: Called,
    /// People whose new login has to be compared with everybody's.
    pub(super) renamed: Vec<(User, PersonEntry, StagedPerson)>,
    /// People who may be somebody already.
    pub(super) unsure: Vec<DirectoryPerson>,
    /// Entries that the directory says are gone.
    pub(super) gone: HashSet<ExternalId>,
    /// Where entries are that could not be read: they are there.
    pub(super) unreadable: HashSet<String>,
    pub(super) new_groups: HashSet<GroupId>,
    /// New people whose login turned out to be somebody else's: they are taken back with the next batch.
    pub(super) pushed_out: Vec<UserId>,
    /// Users who become known to the directory with this import.
    pub(super) matched: HashSet<UserId>,
    /// Of an incremental import: known people who were read.
    pub(super) met_again: HashSet<UserId>,
    /// Of an incremental import: people who said of themselves that they are in these groups, and say so no more.
    pub(super) left_by_word: Vec<(UserId, EntryKey)>,
    /// What the directory had here when the reading began.
    pub(super) before: Before,
    pub(super) user_ids: InOrder<UserId>,
    pub(super) group_ids: InOrder<GroupId>,
    /// What is being written.
    pub(super) loading: Loading,
    last_progress: (Timestamp, u64),
}

/// Reads and stages everything; what could not be read ends it with the directory's error.
pub(super) async fn read(import: &Import, run: &mut ImportRun) -> Result<DirectoryResult<()>> {
    let services = &import.services;
    let session = match open_directory::open(services, &import.directory).await? {
        Ok(session) => Arc::<dyn DirectorySession>::from(session),
        Err(error) => return Ok(Err(error)),
    };
    let mut since = match run.kind {
        ImportKind::Full => None,
        ImportKind::Incremental => services.store.import_cursor(&import.directory.id).await?,
    };
    loop {
        run.kind = if since.is_some() { ImportKind::Incremental } else { ImportKind::Full };
        expect(import, run).await?;
        let mut read = Read::begin(import, run, since.is_none()).await?;
        let (sender, entries) = mpsc::channel(ON_THE_WAY);
        // On its own: the directory is read on while what was read is taken in.
        let reading = AbortOnDropHandle::new(tokio::spawn({
            let (session, since) = (session.clone(), since.clone());
            async move { session.read(since.as_ref(), sender).await }
        }));
        read.take(entries).await?;
        match reading.await.unwrap_or_else(|_| Err(super::interrupted("what read the directory has stopped"))) {
            Ok(end) => {
                read.settle(end.cursor.as_ref()).await?;
                return Ok(Ok(()));
            }
            Err(error) if since.is_some() && error.needs_full_import() => {
                tracing::info!(directory.id = %import.directory.id, why = error.message, "the import becomes a full one");
                since = None;
                start_over(import, run).await?;
            }
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// How much a full import may expect: what the last one read.
async fn expect(import: &Import, run: &mut ImportRun) -> Result<()> {
    if run.kind == ImportKind::Full {
        let former = import.services.store.import_runs(&import.directory.id, 1_000).await?;
        let last = former.iter().find(|run| run.kind == ImportKind::Full && run.status == ImportStatus::Succeeded);
        run.progress.people_expected = last.map(|run| run.progress.people_read);
        run.progress.groups_expected = last.map(|run| run.progress.groups_read);
    }
    Ok(())
}

/// Forgets what an incremental reading staged.
async fn start_over(import: &Import, run: &mut ImportRun) -> Result<()> {
    import.sweep(&import.stage).await?;
    (run.progress, run.people, run.groups, run.memberships) = Default::default();
    run.problems.clear();
    Ok(())
}

impl<'a> Read<'a> {
    async fn begin(import: &'a Import, run: &'a mut ImportRun, whole: bool) -> Result<Self> {
        let services = &import.services;
        let by_attribute = ByAttribute::read(services, &import.directory).await?;
        let mut unit = services.store.begin().await?;
        unit.begin_stage(&import.stage, whole).await?;
        unit.update_import_run(run).await?;
        unit.commit().await?;
        let before = Before::read(import).await?;
        let loader = services.store.loader(&import.stage).await?;
        Ok(Self {
            import,
            run,
            whole,
            topology: Topology::default(),
            tally: Tally::default(),
            logins: HashMap::new(),
            by_attribute,
            called: Called::read(services, whole).await?,
            renamed: Vec::new(),
            unsure: Vec::new(),
            gone: HashSet::new(),
            unreadable: HashSet::new(),
            new_groups: HashSet::new(),
            pushed_out: Vec::new(),
            matched: HashSet::new(),
            met_again: HashSet::new(),
            left_by_word: Vec::new(),
            before,
            user_ids: InOrder::new(UserId::generate),
            group_ids: InOrder::new(GroupId::generate),
            loading: Loading::new(loader),
            last_progress: (services.now(), 0),
        })
    }

    /// Takes entries until there are no more.
    async fn take(&mut self, mut entries: mpsc::Receiver<DirectoryEntry>) -> Result<()> {
        let mut waiting_people: Vec<Box<DirectoryPerson>> = Vec::new();
        let mut waiting_groups: Vec<DirectoryGroup> = Vec::new();
        let mut waiting_members = 0;
        let mut progress = tokio::time::interval(PROGRESS);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        progress.reset();
        let mut arrived = Vec::with_capacity(AT_ONCE);
        loop {
            let over = tokio::select! {
                count = entries.recv_many(&mut arrived, AT_ONCE) => count == 0,
                _ = progress.tick() => {
                    self.write_progress().await?;
                    continue;
                }
            };
            for entry in arrived.drain(..) {
                match entry {
                    DirectoryEntry::Person(person) => {
                        self.run.progress.people_read += 1;
                        waiting_people.push(person);
                    }
                    DirectoryEntry::Group(group) => {
                        self.run.progress.groups_read += 1;
                        self.run.progress.memberships_read += count(group.members.len());
                        waiting_members += group.members.len();
                        waiting_groups.push(*group);
                    }
                    DirectoryEntry::Gone { id } => {
                        self.gone.insert(id);
                    }
                    DirectoryEntry::Problem(problem) => {
                        self.unreadable.insert(problem.dn.clone());
                        tally::person_left_out(self.run, problem);
                    }
                }
            }
            if waiting_people.len() >= BATCH || (over && !waiting_people.is_empty()) {
                people::stage(self, std::mem::take(&mut waiting_people)).await?;
            }
            if waiting_groups.len() >= BATCH || waiting_members >= MEMBERS || (over && !waiting_groups.is_empty()) {
                groups::stage(self, std::mem::take(&mut waiting_groups)).await?;
                waiting_members = 0;
            }
            if over {
                return Ok(());
            }
        }
    }

    /// Waits until everything that is new is written.
    pub(super) async fn loaded(&mut self) -> Result<()> {
        let left_out = self.loading.done().await?;
        people::left_out(self, left_out);
        Ok(())
    }

    /// Everything was read: what depends on all of it.
    async fn settle(&mut self, cursor: Option<&ImportCursor>) -> Result<()> {
        self.loaded().await?;
        names::settle(self).await?;
        gone::stage(self).await?;
        // Whoever is left out is nobody's member.
        self.loaded().await?;
        // Nobody comes any more.
        self.logins = HashMap::new();
        members::stage(self).await?;
        self.loaded().await?;
        let mut unit = self.import.services.store.begin().await?;
        unit.stage_cursor(&self.import.stage, cursor).await?;
        unit.update_import_run(self.run).await?;
        unit.commit().await?;
        self.run.held = self.judge().await?;
        Ok(())
    }

    async fn write_progress(&mut self) -> Result<()> {
        let now = self.import.services.now();
        let progress = &mut self.run.progress;
        let read = progress.people_read + progress.groups_read;
        let (then, before) = std::mem::replace(&mut self.last_progress, (now, read));
        let millis = u64::try_from(now.millis_since(then)).unwrap_or(0);
        if let Some(rate) = ((read - before) * 1_000).checked_div(millis) {
            progress.entries_per_second = rate;
        }
        let mut unit = self.import.services.store.begin().await?;
        unit.update_import_run(self.run).await?;
        Ok(unit.commit().await?)
    }

    /// Whether it has to be held.
    async fn judge(&self) -> Result<Option<HeldBack>> {
        let store = &self.import.services.store;
        let totals = self.before.totals;
        let last_super_admin =
            store.count_super_admins().await? > 0 && store.super_admins_after(&self.import.stage).await? == 0;
        let loss = super::safeguard::Loss {
            people: (self.tally.people_lost, totals.people),
            memberships: (self.tally.memberships_lost, totals.memberships),
            last_super_admin,
            examples: self.tally.examples.clone(),
        };
        Ok(super::safeguard::judge(self.import.directory.safeguard_percent, loss))
    }
}
