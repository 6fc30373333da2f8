//! The directory `corp`, in memory, and short ways to look at what came of it.

use std::sync::Arc;

use domain::{
    Directory, Event, Secret, User,
    directory::{Matching, PersonNow},
};
use ports::{Authentication, Directories, EventFilter, PageRequest, Store};
use rolegate_usecases::{
    Adapters, Caller, PublicUrl, Services, Settings,
    directory_person::{self, Arrival},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{
    CountingEntropy, FakeAws, FakeKeys, FakePasswords, FixedClock,
    directory::{FakeDirectory, PASSWORD, fake::BIND_PASSWORD},
    sample,
};

pub struct World {
    pub services: Arc<Services>,
    pub fake: FakeDirectory,
    pub corp: Directory,
}

impl World {
    pub async fn new() -> Self {
        Self::with(sample::directory("corp")).await
    }

    pub async fn with(corp: Directory) -> Self {
        let fake = FakeDirectory::new();
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(fake.clone()),
            clock: Arc::new(FixedClock::default()),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let settings = Settings::new(PublicUrl::parse("https://id.example.com").unwrap());
        let services = Arc::new(Services::new(adapters, settings));
        let mut unit = services.store.begin().await.unwrap();
        unit.insert_directory(&corp).await.unwrap();
        unit.commit().await.unwrap();
        Self { services, fake, corp }
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
