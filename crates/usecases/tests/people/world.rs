//! One super administrator, and short ways to make and look at people.

use std::sync::Arc;

use domain::{Event, Secret, User, UserId, UserProfile, UserStatus, user::AdminRole};
use ports::{EventFilter, PageRequest, Store};
use rolegate_usecases::{
    Adapters, Caller, Error, PublicUrl, Services, Settings,
    error::StateError,
    manage_users::{self, Activation, NewUser},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};

pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub services: Services,
    pub clock: Arc<FixedClock>,
    pub root: User,
}

pub fn profile(login: &str) -> UserProfile {
    sample::user(login).profile
}

pub fn secret(text: &str) -> Secret<String> {
    Secret::from(text)
}

pub fn page(limit: u32) -> PageRequest {
    PageRequest { after: None, limit }
}

impl World {
    pub async fn new() -> Self {
        Self::with_entropy(Arc::new(CountingEntropy::new())).await
    }

    pub async fn with_entropy(entropy: Arc<dyn domain::Entropy>) -> Self {
        Self::with(entropy, Arc::new(FakePasswords)).await
    }

    pub async fn with(entropy: Arc<dyn domain::Entropy>, passwords: Arc<dyn ports::Passwords>) -> Self {
        let clock = Arc::new(FixedClock::default());
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords,
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(FakeDirectory::new()),
            clock: clock.clone(),
            entropy,
        };
        let services = Services::new(adapters, Settings::new(PublicUrl::parse("https://id.example.com").unwrap()));
        let new = NewUser {
            admin_role: Some(AdminRole::SuperAdmin),
            ..NewUser::new(profile("root@example.com"), Some(secret(PASSWORD)))
        };
        let root = manage_users::create(&services, &Caller::system(), new).await.unwrap();
        Self { services, clock, root }
    }

    pub fn store(&self) -> &dyn Store {
        &*self.services.store
    }

    /// The super administrator asks.
    pub fn as_root(&self) -> Caller {
        Caller::person(&self.root, domain::event::Origin::default())
    }

    /// An active user with [`PASSWORD`].
    pub async fn active(&self, login: &str) -> User {
        self.make(NewUser::new(profile(login), Some(secret(PASSWORD)))).await
    }

    pub async fn staged(&self, login: &str) -> User {
        self.make(NewUser { activation: Activation::Later, ..NewUser::new(profile(login), None) }).await
    }

    pub async fn make(&self, new: NewUser) -> User {
        manage_users::create(&self.services, &self.as_root(), new).await.unwrap()
    }

    pub async fn read_only(&self) -> Caller {
        let new = NewUser {
            admin_role: Some(AdminRole::ReadOnlyAdmin),
            ..NewUser::new(profile("auditor@example.com"), Some(secret(PASSWORD)))
        };
        Caller::person(&self.make(new).await, domain::event::Origin::default())
    }

    pub async fn user(&self, id: &UserId) -> User {
        self.store().user(id).await.unwrap().unwrap()
    }

    pub async fn status(&self, id: &UserId) -> UserStatus {
        self.user(id).await.status
    }

    pub async fn add_session(&self, user: &User, name: &str) {
        let mut unit = self.store().begin().await.unwrap();
        unit.insert_session(&sample::session(user, name), &sample::hash(name)).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn sessions(&self, user: &UserId) -> usize {
        self.store().sessions_of_user(user, self.services.now()).await.unwrap().len()
    }

    /// Every event of a type, oldest first.
    pub async fn events(&self, event_type: &str) -> Vec<Event> {
        let filter = EventFilter { event_types: vec![event_type.to_owned()], ..EventFilter::default() };
        self.store().events(&filter, &page(1000)).await.unwrap().items
    }
}

pub fn is_status_refusal(error: &Error) -> bool {
    matches!(error, Error::State(StateError::UserStatus(_)))
}

pub fn invalid_field(error: &Error) -> &str {
    match error {
        Error::Invalid { field, .. } => field,
        other => panic!("an invalid field is expected, not {other}"),
    }
}
