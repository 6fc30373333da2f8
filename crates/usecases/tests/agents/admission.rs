//! How agents come in, and how they are put out.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{AgentId, Directory, Event, Secret, directory::AgentStatus, event::Origin};
use keys::{AgentKey, KeyRing, MasterKey, OsEntropy, Sealer};
use ports::agent::{Beat, ChallengeRequest, PROTOCOL, RegisterAnswer, RegisterRequest, SessionAnswer, SessionRequest};
use rolegate_usecases::{
    Adapters, Caller, Error, PublicUrl, Services, Settings, admit_agent, manage_agents, serve_agent,
};
use store::{SqliteOptions, SqliteStore};
use testkit::{FakeAws, FakeDirectory, FakePasswords, FixedClock, sample};

struct World {
    services: Services,
    clock: Arc<FixedClock>,
    directory: Directory,
    admin: Caller,
}

/// An agent that was registered.
struct Agent {
    id: AgentId,
    key: AgentKey,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let entropy = Arc::new(OsEntropy);
        let sealer = Sealer::new(MasterKey::generate(&OsEntropy), Vec::new());
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(KeyRing::new(sealer, entropy.clone())),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(FakeDirectory::new()),
            clock: clock.clone(),
            entropy,
        };
        let services = Services::new(adapters, Settings::new(PublicUrl::parse("https://id.example.com").unwrap()));
        let directory = sample::directory("corp");
        let mut unit = services.store.begin().await.unwrap();
        unit.insert_directory(&directory).await.unwrap();
        unit.commit().await.unwrap();
        Self { services, clock, directory, admin: Caller::system() }
    }

    async fn token(&self, name: &str) -> Secret<String> {
        manage_agents::create(&self.services, &self.admin, &self.directory.id, name).await.unwrap().token
    }

    async fn register(&self, token: &Secret<String>, key: &AgentKey) -> Option<RegisterAnswer> {
        let request = RegisterRequest {
            token: token.clone(),
            public_key: BASE64_STANDARD.encode(key.public_key()),
            protocol: PROTOCOL,
            version: "1.2.3".to_owned(),
            hostname: "dc1".to_owned(),
        };
        admit_agent::register(&self.services, Origin::default(), &request).await.unwrap()
    }

    async fn agent(&self, name: &str) -> Agent {
        let key = AgentKey::generate(&OsEntropy).unwrap();
        let answer = self.register(&self.token(name).await, &key).await.unwrap();
        Agent { id: answer.agent, key }
    }

    /// A greeting, signed by the agent's key.
    async fn greeting(&self, agent: &Agent) -> SessionRequest {
        let asked = ChallengeRequest { agent: agent.id.clone(), protocol: PROTOCOL };
        let challenge = admit_agent::challenge(&self.services, &asked).await.unwrap();
        let greeting = SessionRequest {
            agent: agent.id.clone(),
            nonce: challenge.nonce,
            time: challenge.time,
            protocol: PROTOCOL,
            version: "1.2.3".to_owned(),
            capacity: 8,
            signature: String::new(),
        };
        signed(greeting, &agent.key)
    }

    async fn admit(&self, greeting: &SessionRequest) -> Result<Option<SessionAnswer>, Error> {
        admit_agent::admit(&self.services, Origin::default(), greeting).await
    }

    async fn connect(&self, agent: &Agent) -> Secret<String> {
        self.admit(&self.greeting(agent).await).await.unwrap().unwrap().bearer
    }

    async fn beat(&self, bearer: &Secret<String>) -> bool {
        serve_agent::beat(&self.services, bearer.expose(), &Beat::default()).await.unwrap()
    }

    async fn events(&self, kind: &str) -> Vec<Event> {
        let page = ports::PageRequest { after: None, limit: 1000 };
        let all = self.services.store.events(&ports::EventFilter::default(), &page).await.unwrap();
        all.items.into_iter().filter(|event| event.event_type == kind).collect()
    }
}

fn signed(mut greeting: SessionRequest, key: &AgentKey) -> SessionRequest {
    greeting.signature = BASE64_STANDARD.encode(key.sign(greeting.signed_text().as_bytes()));
    greeting
}

#[tokio::test]
async fn an_agent_s_token_is_good_once_and_never_kept() {
    let world = World::new().await;
    let token = world.token("dc1").await;
    let (key, other) = (AgentKey::generate(&OsEntropy).unwrap(), AgentKey::generate(&OsEntropy).unwrap());
    let answer = world.register(&token, &key).await.unwrap();
    assert_eq!((answer.directory.name.as_str(), answer.protocol), ("corp", PROTOCOL));
    assert!(token.expose().starts_with(answer.agent.as_str()));
    assert!(world.register(&token, &other).await.is_none(), "a second time");
    assert!(world.register(&Secret::from("nonsense"), &other).await.is_none());
    let kept = world.services.store.agent(&answer.agent).await.unwrap().unwrap();
    assert_eq!((kept.status, kept.registration), (AgentStatus::Active, None));
    assert_eq!(kept.public_key.as_deref(), Some(key.public_key()));
    assert_eq!(world.events("system.agent.ad.create").await.len(), 1);
    let registered = world.events("system.agent.ad.register").await;
    assert_eq!(registered.len(), 3, "one success, two refusals");
    assert!(!format!("{registered:?}").contains(&token.expose()[20..]));
}

#[tokio::test]
async fn an_agent_s_token_ends_after_an_hour() {
    let world = World::new().await;
    let token = world.token("dc1").await;
    let key = AgentKey::generate(&OsEntropy).unwrap();
    world.clock.advance_seconds(3600);
    assert!(world.register(&token, &key).await.is_none());
}

#[tokio::test]
async fn a_greeting_lets_in_once() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let greeting = world.greeting(&agent).await;
    let answer = world.admit(&greeting).await.unwrap().unwrap();
    assert_eq!(answer.directory.name, "corp");
    assert_eq!(answer.directory.connection.bind_dn, None);
    assert!(world.admit(&greeting).await.unwrap().is_none(), "replayed");
    let denied = world.events("system.agent.ad.connect").await;
    assert_eq!(denied.last().unwrap().reason.as_deref(), Some("INVALID_CHALLENGE"));
}

#[tokio::test]
async fn a_greeting_signed_by_another_key_or_changed_after_is_none() {
    let world = World::new().await;
    let (agent, other) = (world.agent("dc1").await, world.agent("dc2").await);
    let by_another = signed(world.greeting(&agent).await, &other.key);
    assert!(world.admit(&by_another).await.unwrap().is_none());
    let mut changed = world.greeting(&agent).await;
    changed.time = changed.time.plus_seconds(1);
    assert!(world.admit(&changed).await.unwrap().is_none());
    let mut of_another = world.greeting(&agent).await;
    of_another.agent = other.id.clone();
    assert!(world.admit(&signed(of_another, &other.key)).await.unwrap().is_none(), "another agent's challenge");
    let mut nobody = world.greeting(&agent).await;
    nobody.agent = AgentId::generate(&OsEntropy);
    assert!(world.admit(&signed(nobody, &agent.key)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_registered_agent_alone_is_let_in() {
    let world = World::new().await;
    let new = manage_agents::create(&world.services, &world.admin, &world.directory.id, "dc1").await.unwrap();
    let agent = Agent { id: new.agent.id, key: AgentKey::generate(&OsEntropy).unwrap() };
    assert!(world.admit(&world.greeting(&agent).await).await.unwrap().is_none());
}

#[tokio::test]
async fn another_protocol_is_told_which_side_to_update() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let mut greeting = world.greeting(&agent).await;
    greeting.protocol = PROTOCOL + 1;
    let refused = world.admit(&signed(greeting, &agent.key)).await.unwrap_err();
    assert!(refused.to_string().contains("update the server"), "{refused}");
    let asked = ChallengeRequest { agent: agent.id, protocol: 0 };
    let refused = admit_agent::challenge(&world.services, &asked).await.unwrap_err();
    assert!(refused.to_string().contains("update the agent"), "{refused}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_by_how_much() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    for (seconds, words) in [(301, "301 seconds ahead of"), (-400, "400 seconds behind")] {
        let mut greeting = world.greeting(&agent).await;
        greeting.time = greeting.time.plus_seconds(seconds);
        let refused = world.admit(&signed(greeting, &agent.key)).await.unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let mut greeting = world.greeting(&agent).await;
    greeting.time = greeting.time.plus_seconds(300);
    assert!(world.admit(&signed(greeting, &agent.key)).await.unwrap().is_some());
}

#[tokio::test]
async fn an_agent_that_is_put_out_is_out_at_once_and_for_good() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let bearer = world.connect(&agent).await;
    assert!(world.beat(&bearer).await);
    manage_agents::revoke(&world.services, &world.admin, &world.directory.id, &agent.id).await.unwrap();
    assert!(!world.beat(&bearer).await);
    assert!(serve_agent::hear_jobs(&world.services, bearer.expose()).is_none());
    assert!(matches!(world.admit(&world.greeting(&agent).await).await, Err(Error::Forbidden)));
    assert_eq!(world.events("system.agent.ad.deactivate").await.len(), 1);
    let standing = manage_agents::read(&world.services, &world.admin, &world.directory.id, &agent.id).await.unwrap();
    assert_eq!(standing.agent.status, AgentStatus::Revoked);
    manage_agents::revoke(&world.services, &world.admin, &world.directory.id, &agent.id).await.unwrap();
    assert_eq!(world.events("system.agent.ad.delete").await.len(), 1, "put out twice, it is removed");
    assert!(manage_agents::list(&world.services, &world.admin, &world.directory.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_agent_that_was_put_out_elsewhere_is_seen_within_a_minute() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let bearer = world.connect(&agent).await;
    let mut unit = world.services.store.begin().await.unwrap();
    unit.delete_agent(&agent.id).await.unwrap();
    unit.commit().await.unwrap();
    assert!(world.beat(&bearer).await);
    world.clock.advance_seconds(60);
    assert!(!world.beat(&bearer).await);
    assert!(!world.beat(&bearer).await, "its connection has ended");
}

#[tokio::test]
async fn contacts_are_noted_and_a_return_after_a_pause_is_logged() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let bearer = world.connect(&agent).await;
    world.connect(&agent).await;
    assert!(!world.beat(&bearer).await, "the second connection has replaced the first");
    assert!(world.events("system.agent.ad.connect").await.is_empty(), "it was just registered");
    world.clock.advance_seconds(901);
    let bearer = world.connect(&agent).await;
    let connected = world.events("system.agent.ad.connect").await;
    assert_eq!((connected.len(), connected[0].actor.display_name.as_str()), (1, "dc1"));
    world.clock.advance_seconds(61);
    assert!(world.beat(&bearer).await);
    let kept = world.services.store.agent(&agent.id).await.unwrap().unwrap();
    assert_eq!((kept.last_contact, kept.version.as_deref()), (Some(world.services.now()), Some("1.2.3")));
}

#[tokio::test]
async fn agents_are_managed_by_those_who_may() {
    let world = World::new().await;
    let (services, directory) = (&world.services, &world.directory.id);
    let mut caller = world.admin.clone();
    caller.rights = rolegate_usecases::Rights::Admin(domain::user::AdminRole::ReadOnlyAdmin);
    assert!(manage_agents::list(services, &caller, directory).await.is_ok());
    assert!(matches!(manage_agents::create(services, &caller, directory, "dc1").await, Err(Error::Forbidden)));
    caller.rights = rolegate_usecases::Rights::Own;
    assert!(matches!(manage_agents::list(services, &caller, directory).await, Err(Error::Forbidden)));
    let id = AgentId::generate(&OsEntropy);
    assert!(matches!(manage_agents::revoke(services, &caller, directory, &id).await, Err(Error::Forbidden)));
    assert!(matches!(manage_agents::revoke(services, &world.admin, directory, &id).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_name_is_taken_until_its_agent_is_put_out() {
    let world = World::new().await;
    let agent = world.agent("dc1").await;
    let create = |name: &'static str| manage_agents::create(&world.services, &world.admin, &world.directory.id, name);
    assert!(matches!(create("DC1").await, Err(Error::Invalid { field, .. }) if field == "name"));
    for bad in ["", " dc1", "dc\n1"] {
        assert!(matches!(create(bad).await, Err(Error::Invalid { .. })), "{bad:?}");
    }
    manage_agents::revoke(&world.services, &world.admin, &world.directory.id, &agent.id).await.unwrap();
    create("DC1").await.unwrap();
    let names: Vec<String> = manage_agents::list(&world.services, &world.admin, &world.directory.id)
        .await
        .unwrap()
        .into_iter()
        .map(|standing| standing.agent.name)
        .collect();
    assert_eq!(names, ["DC1"]);
}
