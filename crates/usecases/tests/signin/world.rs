//! One app, one account with roles, two people: what the tests begin with.

use std::sync::Arc;

use domain::{App, Event, Secret, User, UserAssignment, aws::AwsAccount, aws::AwsRole, event::Origin};
use ports::{Store, UnitOfWork};
use rolegate_usecases::{
    Adapters, Caller, PageRequest, PublicUrl, Services, Settings,
    entitlements::{self, AppRoles},
    launch_role::{self, Launch, LaunchOptions, Outcome, Refusal, RoleChoice},
    sessions::LiveSession,
    sign_in::{self, SignIn},
};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};

pub const PASSWORD: &str = "correct horse battery";
pub const ANN: &str = "ann@example.com";

pub struct World {
    pub services: Services,
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
    pub async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    pub async fn with(settings: impl FnOnce(&mut Settings), change: impl FnOnce(&mut App)) -> Self {
        let clock = Arc::new(FixedClock::default());
        let ldap = FakeDirectory::new();
        let mut configured = Settings::new(PublicUrl::parse("https://id.example.com").unwrap());
        settings(&mut configured);
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(ldap.clone()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Services::new(adapters, configured);
        let mut app = sample::app("AWS");
        change(&mut app);
        let world = Self { services, clock, ldap, app: app.clone(), ann: sample::user(ANN) };
        let key = domain::key::SigningKey { certificate: certificate(), ..sample::signing_key(&app, "AWS") };
        let mut unit = world.begin().await;
        unit.insert_app(&app).await.unwrap();
        unit.insert_signing_key(&key).await.unwrap();
        unit.insert_user(&world.ann, Some(&FakePasswords::hash_of(PASSWORD))).await.unwrap();
        unit.commit().await.unwrap();
        world
    }

    pub fn store(&self) -> &dyn Store {
        &*self.services.store
    }

    pub async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.store().begin().await.unwrap()
    }

    pub async fn add_user(&self, user: &User) {
        let mut unit = self.begin().await;
        unit.insert_user(user, Some(&FakePasswords::hash_of(PASSWORD))).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn update_user(&self, user: &User) {
        let mut unit = self.begin().await;
        unit.update_user(user).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Stores an account as read now, with these roles.
    pub async fn discovered(&self, account: &AwsAccount, roles: &[AwsRole]) {
        let mut unit = self.begin().await;
        unit.put_account_reading(account, roles, sample::NOW).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Account `number` with roles of these names.
    pub async fn account(&self, number: u64, names: &[&str]) -> AwsAccount {
        let account = sample::aws_account(&self.app, number);
        let roles: Vec<AwsRole> = names.iter().map(|name| sample::aws_role(&account, name)).collect();
        self.discovered(&account, &roles).await;
        account
    }

    /// Assigns Ann directly.
    pub async fn assign(&self, arns: &[&str]) {
        self.put_assignment(&sample::user_assignment(&self.app, &self.ann, arns)).await;
    }

    pub async fn put_assignment(&self, assignment: &UserAssignment) {
        let mut unit = self.begin().await;
        unit.put_user_assignment(assignment).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Puts Ann into a new group with these roles.
    pub async fn assign_group(&self, name: &str, priority: u32, arns: &[&str]) {
        let group = sample::group(name);
        let mut unit = self.begin().await;
        unit.insert_group(&group).await.unwrap();
        unit.add_member(&group.id, &self.ann.id, sample::NOW).await.unwrap();
        unit.put_group_assignment(&sample::group_assignment(&self.app, &group, priority, arns)).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn update_app(&self, change: impl FnOnce(&mut App)) {
        let mut app = self.store().app(&self.app.id).await.unwrap().unwrap();
        change(&mut app);
        let mut unit = self.begin().await;
        unit.update_app(&app).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn sign_in(&self, login: &str, password: &str) -> SignIn<rolegate_usecases::sessions::Started> {
        let password = Secret::from(password);
        sign_in::with_password(&self.services, Origin::default(), login, &password, &[]).await.unwrap()
    }

    /// Ann's session, as a request would find it now.
    pub async fn live(&self) -> LiveSession {
        match self.sign_in(ANN, PASSWORD).await {
            SignIn::Done(started) => started.live,
            other => panic!("{other:?}"),
        }
    }

    pub async fn roles(&self) -> AppRoles {
        entitlements::roles_of(&self.services, &self.live().await, &self.app.id).await.unwrap()
    }

    pub async fn launch_as(&self, live: &LiveSession, role: &str, options: LaunchOptions<'_>) -> Outcome {
        let caller = Caller::person(&live.user, Origin::default());
        let choice = RoleChoice::parse(None, role).unwrap();
        launch_role::one(&self.services, &caller, live, &self.app.id, &choice, options).await.unwrap()
    }

    pub async fn launch(&self, role: &str) -> Launch {
        match self.launch_as(&self.live().await, role, LaunchOptions::default()).await {
            Outcome::Ready(launch) => *launch,
            Outcome::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    pub async fn refusal(&self, role: &str) -> Refusal {
        refused(self.launch_as(&self.live().await, role, LaunchOptions::default()).await)
    }

    pub async fn all(&self) -> Outcome {
        let live = self.live().await;
        let caller = Caller::person(&live.user, Origin::default());
        launch_role::all(&self.services, &caller, &live, &self.app.id, LaunchOptions::default()).await.unwrap()
    }

    pub async fn launch_all(&self) -> Launch {
        match self.all().await {
            Outcome::Ready(launch) => *launch,
            Outcome::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// The system log, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        let page = PageRequest { after: None, limit: 1_000 };
        self.store().events(&ports::EventFilter::default(), &page).await.unwrap().items
    }

    /// Type, outcome and reason of the last event.
    pub async fn last_event(&self) -> Event {
        self.events().await.pop().unwrap()
    }
}

pub fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        Outcome::Ready(launch) => panic!("launched: {launch:?}"),
    }
}
