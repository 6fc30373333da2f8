//! One super administrator and a directory in memory, not connected yet.

use std::sync::Arc;

use domain::{Directory, Event, Secret, directory::DirectoryStatus, user::AdminRole};
use ports::{EventFilter, PageRequest, Store};
use rolegate_usecases::{
    Adapters, Caller, Error, PublicUrl, Services, Settings,
    manage_directories::{self, BindPassword, DirectorySettings, Managed},
    manage_users::{self, NewUser},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{
    CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, directory::fake::BIND_PASSWORD,
    sample,
};

pub struct World {
    pub services: Services,
    pub clock: Arc<FixedClock>,
    pub ldap: FakeDirectory,
}

/// What an administrator would write of [`sample::directory`].
pub fn settings(name: &str) -> DirectorySettings {
    let Directory { name, kind, reach, connection, people, groups, schedule, matching, .. } = sample::directory(name);
    DirectorySettings {
        name,
        kind,
        reach,
        connection,
        people,
        groups,
        delegated_authentication: true,
        just_in_time: true,
        schedule,
        safeguard_percent: 20,
        matching,
    }
}

pub fn given() -> BindPassword {
    BindPassword::Give(Secret::from(BIND_PASSWORD))
}

/// Field and cause of every mistake.
pub fn mistakes<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<(String, String)> {
    match result {
        Err(Error::Fields(mistakes)) => mistakes.into_iter().map(|mistake| (mistake.field, mistake.cause)).collect(),
        other => panic!("{other:?}"),
    }
}

impl World {
    pub async fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let ldap = FakeDirectory::new();
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(ldap.clone()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Services::new(adapters, Settings::new(PublicUrl::parse("https://id.example.com").unwrap()));
        let root = NewUser {
            admin_role: Some(AdminRole::SuperAdmin),
            ..NewUser::new(sample::user("root@example.com").profile, None)
        };
        manage_users::create(&services, &Caller::system(), root).await.unwrap();
        Self { services, clock, ldap }
    }

    pub fn store(&self) -> &dyn Store {
        &*self.services.store
    }

    pub async fn create(&self, settings: DirectorySettings, password: BindPassword) -> Result<Managed, Error> {
        let caller = Caller::system();
        manage_directories::create(&self.services, &caller, settings, password, DirectoryStatus::Active).await
    }

    /// `corp`, with its password.
    pub async fn corp(&self) -> Directory {
        self.create(settings("corp"), given()).await.unwrap().directory
    }

    pub async fn replace(
        &self,
        of: &Directory,
        with: DirectorySettings,
        password: BindPassword,
    ) -> Result<Managed, Error> {
        manage_directories::replace(&self.services, &Caller::system(), &of.id, with, password).await
    }

    /// The system log, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        let page = PageRequest { after: None, limit: 1_000 };
        self.store().events(&EventFilter::default(), &page).await.unwrap().items
    }

    pub async fn last_event(&self) -> Event {
        self.events().await.pop().unwrap()
    }
}
