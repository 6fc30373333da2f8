//! One app, two accounts, one person; changed by each test as it needs.

use std::sync::Arc;

use domain::{App, Event, Group, User, aws::AwsAccount, aws::AwsRole, key::SigningKey};
use ports::{EventFilter, PageRequest, SortOrder, Store};
use rolegate_web::{RateLimits, WebOptions, WebState};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};
use usecases::{Adapters, PublicUrl, Services, Settings};

use crate::browser::Browser;

pub const PASSWORD: &str = "correct horse battery";
pub const ANN: &str = "ann@example.com";
pub const OWN: &str = "https://id.example.com";

pub struct World {
    pub state: WebState,
    pub clock: Arc<FixedClock>,
    pub ldap: FakeDirectory,
    pub app: App,
    pub ann: User,
}

/// 300 bytes that have a certificate's outer shape.
fn certificate() -> Vec<u8> {
    let mut der = vec![0x30, 0x82, 0x01, 0x28, 0x30];
    der.resize(300, 7);
    der
}

pub fn arn(account: u64, role: &str) -> String {
    format!("arn:aws:iam::{account:012}:role/{role}")
}

impl World {
    /// Ann, and an app that is not assigned to her.
    pub async fn empty() -> Self {
        Self::with(RateLimits::default()).await
    }

    pub async fn with(rate_limits: RateLimits) -> Self {
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
        let services = Arc::new(Services::new(adapters, Settings::new(PublicUrl::parse(OWN).unwrap())));
        let state = WebState::new(services, WebOptions { rate_limits, ..WebOptions::default() });
        let mut app = sample::app("AWS");
        app.settings.session_duration = 4 * 3600;
        let world = Self { state, clock, ldap, app, ann: sample::user(ANN) };
        let key = SigningKey { certificate: certificate(), ..sample::signing_key(&world.app, "AWS") };
        let mut unit = world.store().begin().await.unwrap();
        unit.insert_app(&world.app).await.unwrap();
        unit.insert_signing_key(&key).await.unwrap();
        unit.insert_user(&world.ann, Some(&FakePasswords::hash_of(PASSWORD))).await.unwrap();
        unit.commit().await.unwrap();
        world
    }

    /// Ann has `Admin` and `ReadOnly` in account 1, `team/web/Developer` in account 2.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        world.account(1, &["Admin", "ReadOnly"]).await;
        world.account(2, &["team/web/Developer"]).await;
        world.assign(&[&arn(1, "Admin"), &arn(1, "ReadOnly"), &arn(2, "team/web/Developer")]).await;
        world
    }

    pub fn store(&self) -> &dyn Store {
        &*self.state.services.store
    }

    pub async fn account(&self, number: u64, names: &[&str]) {
        let account = sample::aws_account(&self.app, number);
        let roles: Vec<AwsRole> = names.iter().map(|name| sample::aws_role(&account, name)).collect();
        self.discovered(&account, &roles).await;
    }

    pub async fn discovered(&self, account: &AwsAccount, roles: &[AwsRole]) {
        let mut unit = self.store().begin().await.unwrap();
        unit.put_account_reading(account, roles, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn assign(&self, arns: &[&str]) {
        let mut unit = self.store().begin().await.unwrap();
        unit.put_user_assignment(&sample::user_assignment(&self.app, &self.ann, arns)).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn join(&self, group: &Group) {
        let mut unit = self.store().begin().await.unwrap();
        unit.insert_group(group).await.unwrap();
        unit.add_member(&group.id, &self.ann.id, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn update_ann(&self, change: impl FnOnce(&mut User)) {
        let mut ann = self.ann.clone();
        change(&mut ann);
        let mut unit = self.store().begin().await.unwrap();
        unit.update_user(&ann).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn update_app(&self, change: impl FnOnce(&mut App)) {
        let mut app = self.app.clone();
        change(&mut app);
        let mut unit = self.store().begin().await.unwrap();
        unit.update_app(&app).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// The events of this type, oldest first.
    pub async fn events(&self, event_type: &str) -> Vec<Event> {
        let filter = EventFilter { order: SortOrder::Ascending, ..EventFilter::default() };
        let page = self.store().events(&filter, &PageRequest { after: None, limit: 1_000 }).await.unwrap();
        page.items.into_iter().filter(|event| event.event_type == event_type).collect()
    }

    /// A browser that was never here.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.state)
    }

    /// A browser in which Ann has signed in.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(ANN, PASSWORD, "/").await;
        browser
    }

    /// The path of the app's pages.
    pub fn picker(&self) -> String {
        format!("/app/amazon_aws/{}", self.app.id)
    }
}
