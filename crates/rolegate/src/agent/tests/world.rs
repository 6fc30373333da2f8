//! A server on a port of its own, and agents with a directory in memory.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{Directory, Secret, directory::Reach};
use keys::{KeyRing, MasterKey, OsEntropy, Sealer};
use ports::{Directories, DirectorySession};
use store::{SqliteOptions, SqliteStore};
use testkit::{FakeAws, FakeDirectory, FakePasswords, directory::DirectoryScenario, sample};
use tokio::{runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use usecases::{Adapters, Caller, PublicUrl, Services, Settings, manage_agents};
use web::{WebOptions, WebState};

use crate::{
    agent::{
        Accept, Agent,
        connection::Surroundings,
        server::Server,
        state::State,
        work::{BindAccount, BindPassword},
    },
    system::SystemClock,
};

/// A server in a runtime of its own: killed, it takes every connection along.
pub struct Node {
    pub services: Arc<Services>,
    pub url: String,
    runtime: Option<Runtime>,
}

impl Node {
    /// On this port (0: any), with its database in this folder.
    pub fn start(folder: &Path, port: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let database = SqliteOptions::from_url(&format!("sqlite:{}", folder.join("rolegate.db").display())).unwrap();
        let public_url = PublicUrl::parse(&url).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let store = SqliteStore::open(&database).await.unwrap();
            let services = Arc::new(services(store, public_url));
            sender.send(services.clone()).unwrap();
            let app = web::router(WebState::new(services, WebOptions::default()));
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
        });
        Self { services: receiver.recv().unwrap(), url, runtime: Some(runtime) }
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// As a power cut would.
    pub fn kill(mut self) -> u16 {
        let port = self.port();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        port
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn services(store: SqliteStore, public_url: PublicUrl) -> Services {
    let entropy = Arc::new(OsEntropy);
    let sealer = Sealer::new(MasterKey::generate(&OsEntropy), Vec::new());
    let adapters = Adapters {
        store: Arc::new(store),
        keys: Arc::new(KeyRing::new(sealer, entropy.clone())),
        passwords: Arc::new(FakePasswords),
        aws: Arc::new(FakeAws::new(sample::account_id(1))),
        directories: Arc::new(FakeDirectory::new()),
        clock: Arc::new(SystemClock),
        entropy,
    };
    Services::new(adapters, Settings::new(public_url))
}

/// A server with one directory that agents reach.
pub struct World {
    pub folder: tempfile::TempDir,
    pub node: Node,
    pub directory: Directory,
    /// What agents find, unless they are given something else.
    pub fake: FakeDirectory,
}

/// An agent at work. Dropped, it is gone without a word.
pub struct Running {
    pub stop: CancellationToken,
    pub state: PathBuf,
    pub work: JoinHandle<anyhow::Result<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(FakeDirectory::new().settings()).await
    }

    /// With these settings.
    pub async fn with(mut directory: Directory) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(folder.path(), 0);
        let fake = FakeDirectory::new();
        directory.reach = Reach::Agent;
        let mut unit = node.services.store.begin().await.unwrap();
        unit.insert_directory(&directory).await.unwrap();
        unit.commit().await.unwrap();
        Self { folder, node, directory, fake }
    }

    pub async fn session(&self) -> Box<dyn DirectorySession> {
        self.node.services.agents.open(&self.directory, None).await.unwrap()
    }

    /// A file with a new registration token.
    pub async fn token_file(&self, name: &str) -> PathBuf {
        let made =
            manage_agents::create(&self.node.services, &Caller::system(), &self.directory.id, name).await.unwrap();
        let path = self.folder.path().join(format!("{name}.token"));
        std::fs::write(&path, format!("{}\n", made.token.expose())).unwrap();
        path
    }

    /// An agent that is not registered yet.
    pub fn prepared(&self, name: &str) -> Agent {
        self.agent_with(&self.folder.path().join(format!("{name}.json")))
    }

    pub fn agent_with(&self, state: &Path) -> Agent {
        let password = self.fake.bind_password().unwrap_or_else(|| Secret::from(""));
        Agent {
            around: Surroundings {
                server: Server::new(&self.node.url, None).unwrap(),
                clock: Arc::new(SystemClock),
                entropy: Arc::new(OsEntropy),
                stop: CancellationToken::new(),
                capacity: 8,
                grace: Duration::from_millis(100),
            },
            directories: Arc::new(self.fake.clone()),
            account: BindAccount { dn: None, password: BindPassword::Given(password) },
            state: State::load_or_create(state, &OsEntropy).unwrap(),
            accept: Accept::Once,
            first_wait: Duration::from_millis(20),
        }
    }

    /// A registered agent at work.
    pub async fn agent(&self, name: &str) -> Running {
        let mut agent = self.prepared(name);
        let token = self.token_file(name).await;
        assert!(agent.register(Some(&token)).await.unwrap());
        self.run(agent, name)
    }

    pub fn run(&self, mut agent: Agent, name: &str) -> Running {
        let stop = agent.around.stop.clone();
        let state = self.folder.path().join(format!("{name}.json"));
        Running { stop, state, work: tokio::spawn(async move { agent.serve().await }) }
    }
}
