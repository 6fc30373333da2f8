//! One app with two accounts, and people to assign: what the tests begin with.

use std::sync::Arc;

use domain::{App, AppStatus, Event, Group, User, aws::AwsAccount, aws::AwsRole, key::KeyAlgorithm};
use rolegate_usecases::{
    Adapters, Caller, Error, PageRequest, PublicUrl, Services, Settings,
    manage_apps::{self, AppProfile},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};

pub struct World {
    pub services: Services,
    pub clock: Arc<FixedClock>,
    pub admin: Caller,
    pub app: App,
    pub ann: User,
    pub ops: Group,
}

pub const PROVIDER: &str = "arn:aws:iam::000000000001:saml-provider/Okta";

pub fn page(limit: u32) -> PageRequest {
    PageRequest { after: None, limit }
}

pub fn arn(account: u64, role: &str) -> String {
    format!("arn:aws:iam::{account:012}:role/{role}")
}

impl World {
    /// The app has its provider in account 1. Account 1 (`alias-1`) holds `Admin` and `Reader`; account 2 (no alias,
    /// `Account 2`) holds `Admin`, `team/Auditor` and `Closed`, which does not trust us.
    pub async fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(FakeDirectory::new()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Services::new(adapters, Settings::new(PublicUrl::parse("https://id.example.com").unwrap()));
        let admin = Caller::system();
        let mut profile = AppProfile::labelled("AWS");
        profile.settings.identity_provider_arn = PROVIDER.parse().ok();
        let algorithm = KeyAlgorithm::Rsa2048;
        let app = manage_apps::create(&services, &admin, profile, AppStatus::Active, algorithm).await.unwrap();
        let world =
            Self { services, clock, admin, app, ann: sample::user("ann@example.com"), ops: sample::group("ops") };
        let mut unit = world.services.store.begin().await.unwrap();
        unit.insert_user(&world.ann, None).await.unwrap();
        unit.insert_group(&world.ops).await.unwrap();
        unit.commit().await.unwrap();
        world.discovered(1, true, &["Admin", "Reader"]).await;
        world.discovered(2, false, &["Admin", "team/Auditor", "Closed"]).await;
        world
    }

    /// Stores an account with roles; those named `Closed` do not trust us.
    pub async fn discovered(&self, number: u64, alias: bool, names: &[&str]) -> AwsAccount {
        let mut account = sample::aws_account(&self.app, number);
        if !alias {
            account.alias = None;
        }
        let role = |name: &&str| {
            let mut role = sample::aws_role(&account, name);
            if *name == "Closed" {
                role.verdict = sample::refused();
            }
            role
        };
        let roles: Vec<AwsRole> = names.iter().map(role).collect();
        let mut unit = self.services.store.begin().await.unwrap();
        unit.put_account_reading(&account, &roles, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
        account
    }

    pub async fn join_ops(&self) {
        let mut unit = self.services.store.begin().await.unwrap();
        unit.add_member(&self.ops.id, &self.ann.id, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// The system log, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        self.services.store.events(&ports::EventFilter::default(), &page(1_000)).await.unwrap().items
    }

    pub async fn event_types(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.event_type).collect()
    }
}

/// The causes of an `Invalid`.
pub fn causes(error: Error) -> Vec<String> {
    match error {
        Error::Invalid { causes, .. } => causes,
        other => panic!("{other:?}"),
    }
}
