//! An app with its integration over a scripted AWS: source account 1, connected accounts 2 and 3.

use std::{sync::Arc, time::Duration};

use domain::{
    AccountId, App, AppStatus,
    aws::{AwsAccount, ConnectedAccounts, DiscoveryRun, RunStatus, RunTrigger},
    key::KeyAlgorithm,
};
use rolegate_usecases::{
    Adapters, Caller, PageRequest, PublicUrl, Services, Settings,
    discover_roles::{self, Started},
    manage_apps::{self, AppProfile},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};

pub struct World {
    pub services: Arc<Services>,
    pub aws: FakeAws,
    pub clock: Arc<FixedClock>,
    pub app: App,
}

pub fn id(number: u64) -> AccountId {
    sample::account_id(number)
}

impl World {
    /// With the integration stored and nothing read yet.
    pub async fn new() -> Self {
        let aws = FakeAws::new(id(1));
        aws.put_account(id(2), "Two", &["Admin", "Reader"]);
        aws.put_account(id(3), "Three", &["Admin"]);
        let clock = Arc::new(FixedClock::default());
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(aws.clone()),
            directories: Arc::new(FakeDirectory::new()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let settings = Settings::new(PublicUrl::parse("https://id.example.com").unwrap());
        let services = Arc::new(Services::new(adapters, settings));
        let mut profile = AppProfile::labelled("AWS");
        profile.settings.identity_provider_arn = "arn:aws:iam::000000000001:saml-provider/Rolegate".parse().ok();
        let caller = Caller::system();
        let app = manage_apps::create(&services, &caller, profile, AppStatus::Active, KeyAlgorithm::Rsa2048);
        let world = Self { app: app.await.unwrap(), services, aws, clock };
        world.connect(&[2, 3]).await;
        world
    }

    /// Stores the integration over these accounts, without secrets: the scripted AWS asks for none.
    pub async fn connect(&self, accounts: &[u64]) {
        let connected: Vec<AccountId> = accounts.iter().copied().map(id).collect();
        self.put(sample::integration(&self.app, &connected)).await;
    }

    /// All active accounts of the organization.
    pub async fn connect_organization(&self) {
        let mut integration = sample::integration(&self.app, &[]);
        for source in &mut integration.sources {
            source.connected = ConnectedAccounts::Organization { overrides: Vec::new(), excluded: Vec::new() };
        }
        self.put(integration).await;
    }

    async fn put(&self, mut integration: domain::aws::AwsIntegration) {
        for source in &mut integration.sources {
            source.credentials = domain::aws::SourceCredentials::SdkChain { profile: None };
        }
        let mut unit = self.services.store.begin().await.unwrap();
        unit.put_integration(&integration).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn start(&self, account: Option<u64>) -> Started {
        let caller = Caller::system();
        let account = account.map(id);
        discover_roles::start(&self.services, &caller, &self.app.id, account, RunTrigger::Request).await.unwrap()
    }

    /// Begins a run and waits for its end.
    pub async fn discover(&self, account: Option<u64>) -> DiscoveryRun {
        let run = self.start(account).await.run().clone();
        self.ended(&run).await
    }

    pub async fn ended(&self, run: &DiscoveryRun) -> DiscoveryRun {
        for _ in 0..20_000 {
            let run = self.services.store.run(&self.app.id, &run.id).await.unwrap().unwrap();
            if run.status != RunStatus::Running {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the run did not end")
    }

    pub async fn account(&self, number: u64) -> Option<AwsAccount> {
        self.services.store.aws_account(&self.app.id, id(number)).await.unwrap()
    }

    /// Names of the roles that are there, vanished ones with a dagger.
    pub async fn role_names(&self, number: u64) -> Vec<String> {
        let filter = ports::RoleFilter { account: Some(id(number)), include_vanished: true, ..Default::default() };
        let page = PageRequest { after: None, limit: 1000 };
        let roles = self.services.store.aws_roles(&self.app.id, &filter, &page).await.unwrap().items;
        roles
            .into_iter()
            .map(|role| format!("{}{}", role.arn.name(), if role.vanished.is_some() { "†" } else { "" }))
            .collect()
    }
}
