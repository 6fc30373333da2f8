//! The directory `corp`, in memory, and short ways to look at what came of it.

use std::sync::Arc;

use domain::{
    Directory, Event, ImportRunId, Secret, User, UserId, UserStatus,
    directory::{ImportKind, ImportRun, ImportStatus, ImportTrigger, Matching, PersonNow},
};
use ports::{Authentication, Directories, EventFilter, Keys, PageRequest, SealedPurpose, Store, UnitOfWork};
use rolegate_usecases::{
    Adapters, Caller, Error, PublicUrl, Services, Settings,
    directory_person::{self, Arrival},
    import_directory::{self, Request, Started},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{
    CountingEntropy, FakeAws, FakeKeys, FakePasswords, FixedClock,
    directory::{FakeDirectory, PASSWORD, fake::BIND_PASSWORD},
    sample,
};

pub struct World {
    pub services: Arc<Services>,
    pub clock: Arc<FixedClock>,
    pub fake: FakeDirectory,
    pub corp: Directory,
}

impl World {
    pub async fn new() -> Self {
        Self::with(sample::directory("corp")).await
    }

    pub async fn with(corp: Directory) -> Self {
        let fake = FakeDirectory::new();
        let clock = Arc::new(FixedClock::default());
        let keys = FakeKeys::new();
        let purpose = SealedPurpose::DirectoryBind(corp.id.clone());
        let secret = keys.seal(BIND_PASSWORD.as_bytes(), &purpose).unwrap();
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(keys),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(fake.clone()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let settings = Settings::new(PublicUrl::parse("https://id.example.com").unwrap());
        let services = Arc::new(Services::new(adapters, settings));
        let mut unit = services.store.begin().await.unwrap();
        unit.insert_directory(&corp).await.unwrap();
        unit.set_bind_secret(&corp.id, Some(&secret)).await.unwrap();
        unit.commit().await.unwrap();
        Self { services, clock, fake, corp }
    }

    /// Imports, and waits for the end.
    pub async fn import(&self, kind: ImportKind) -> ImportRun {
        self.ended(self.start(kind, false).await.unwrap().run()).await
    }

    /// Imports everything; what goes wrong fails the test.
    pub async fn full(&self) -> ImportRun {
        let run = self.import(ImportKind::Full).await;
        assert_eq!(run.status, ImportStatus::Succeeded, "{:?} {:?}", run.error, run.held);
        run
    }

    /// Imports what changed; what goes wrong fails the test.
    pub async fn incremental(&self) -> ImportRun {
        let run = self.import(ImportKind::Incremental).await;
        assert_eq!((run.status, run.kind), (ImportStatus::Succeeded, ImportKind::Incremental), "{:?}", run.error);
        run
    }

    /// What an import would do.
    pub async fn dry_run(&self) -> ImportRun {
        self.ended(self.start(ImportKind::Full, true).await.unwrap().run()).await
    }

    pub async fn start(&self, kind: ImportKind, dry_run: bool) -> Result<Started, Error> {
        self.clock.advance_seconds(60);
        let request = Request { kind, dry_run, trigger: ImportTrigger::Request };
        import_directory::start(&self.services, &Caller::system(), &self.corp.id, request).await
    }

    /// Waits until nothing is under way.
    pub async fn ended(&self, run: &ImportRun) -> ImportRun {
        self.services.work.close();
        self.services.work.wait().await;
        self.services.work.reopen();
        self.run(&run.id).await
    }

    pub async fn run(&self, id: &ImportRunId) -> ImportRun {
        import_directory::run(&self.services, &Caller::system(), &self.corp.id, id).await.unwrap()
    }

    pub async fn release(&self, run: &ImportRun) -> Result<ImportRun, Error> {
        import_directory::release(&self.services, &Caller::system(), &self.corp.id, &run.id).await
    }

    /// Changes something in the store.
    pub async fn write(&self, change: impl AsyncFnOnce(&mut dyn UnitOfWork)) {
        let mut unit = self.store().begin().await.unwrap();
        change(&mut *unit).await;
        unit.commit().await.unwrap();
    }

    pub async fn status(&self, name: &str) -> UserStatus {
        self.user(name).await.status
    }

    /// Somebody is signed in.
    pub async fn add_session(&self, name: &str) -> UserId {
        let user = self.user(name).await;
        self.write(async |unit| unit.insert_session(&sample::session(&user, name), &sample::hash(name)).await.unwrap())
            .await;
        user.id
    }

    pub async fn sessions(&self, user: &UserId) -> usize {
        self.store().sessions_of_user(user, self.services.now()).await.unwrap().len()
    }

    /// Logins of everybody who is there.
    pub async fn logins(&self) -> Vec<String> {
        let filter = ports::UserFilter { statuses: UserStatus::ALL.to_vec(), ..Default::default() };
        let page = PageRequest { after: None, limit: 1_000 };
        let users = self.store().users(&filter, &page).await.unwrap().items;
        let mut logins: Vec<String> = users.into_iter().map(|user| user.profile.login.to_string()).collect();
        logins.sort();
        logins
    }

    pub fn store(&self) -> &dyn Store {
        &*self.services.store
    }

    /// Somebody with this name as first name and the last name `Sample`.
    pub fn add_person(&self, name: &str) {
        let mail = login(name);
        self.fake.add_person(name, &[("mail", &mail), ("givenName", name), ("sn", "Sample"), ("ou", "Research")]);
    }

    /// A user of ours who could be that somebody.
    pub async fn local_user(&self, name: &str) -> User {
        let mut user = sample::user(&login(name));
        name.clone_into(&mut user.profile.first_name);
        "Sample".clone_into(&mut user.profile.last_name);
        let mut unit = self.store().begin().await.unwrap();
        unit.insert_user(&user, Some("a hash")).await.unwrap();
        unit.commit().await.unwrap();
        user
    }

    /// What the directory says of somebody now.
    pub async fn told(&self, name: &str) -> PersonNow {
        let session = self.fake.open(&self.corp, Some(Secret::from(BIND_PASSWORD))).await.unwrap();
        match session.authenticate(&login(name), &Secret::from(PASSWORD)).await.unwrap() {
            Authentication::Accepted(now) => *now,
            refused @ Authentication::Refused { .. } => panic!("{name} is refused: {refused:?}"),
        }
    }

    /// The directory lets somebody in.
    pub async fn arrive(&self, name: &str) -> Arrival {
        self.arrive_as(&self.told(name).await).await
    }

    /// The directory lets somebody in whom it tells of so.
    pub async fn arrive_as(&self, now: &PersonNow) -> Arrival {
        let mut unit = self.store().begin().await.unwrap();
        let arrival =
            directory_person::arrive(&self.services, &mut *unit, &self.corp, now, &Caller::system()).await.unwrap();
        unit.commit().await.unwrap();
        arrival
    }

    pub async fn user(&self, name: &str) -> User {
        self.store().user_by_login(&login(name).parse().unwrap()).await.unwrap().unwrap()
    }

    /// Names of the groups that somebody is in, through any nesting.
    pub async fn groups(&self, name: &str) -> Vec<String> {
        let user = self.user(name).await;
        self.store().groups_of_user(&user.id).await.unwrap().into_iter().map(|group| group.name).collect()
    }

    /// Types of all log entries, oldest first.
    pub async fn logged(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.event_type).collect()
    }

    pub async fn events(&self) -> Vec<Event> {
        let page = PageRequest { after: None, limit: 1_000 };
        self.store().events(&EventFilter::default(), &page).await.unwrap().items
    }
}

pub fn login(name: &str) -> String {
    format!("{name}@example.com")
}

/// Takes every match without asking.
pub fn trusting(mut corp: Directory, by: Vec<domain::directory::MatchBy>) -> Directory {
    corp.matching = Matching { by, confirm_automatically: true };
    corp
}
