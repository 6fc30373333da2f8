//! What every use case is given: the adapters behind their ports, the clock, and the settings.

use std::sync::Arc;

use domain::{Clock, Entropy, Timestamp, id::random_text};
use ports::{AwsAccounts, Directories, Keys, Passwords, Store};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{agents::Hub, open_directory::Reached, settings::Settings};

/// The parts that the binary put together. Cheap to share: hold it in an `Arc`.
pub struct Services {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// Seals and signs.
    pub keys: Arc<dyn Keys>,
    /// Hashes and checks passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Reads AWS.
    pub aws: Arc<dyn AwsAccounts>,
    /// Reads directories and asks them for passwords: directly, or through their agents.
    pub directories: Arc<dyn Directories>,
    /// Agents that are connected to this process.
    pub agents: Hub,
    /// Reads the time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// What the operator decided.
    pub settings: Settings,
    /// Cancelled when the process is to end: work in the background stops at the next account.
    pub stopping: CancellationToken,
    /// Work in the background, waited for at the end.
    pub work: TaskTracker,
    /// Derived from the store and dropped when its revision moves.
    pub(crate) caches: crate::caches::Caches,
}

/// The adapters, before they become [`Services`].
pub struct Adapters {
    /// See [`Services::store`].
    pub store: Arc<dyn Store>,
    /// See [`Services::keys`].
    pub keys: Arc<dyn Keys>,
    /// See [`Services::passwords`].
    pub passwords: Arc<dyn Passwords>,
    /// See [`Services::aws`].
    pub aws: Arc<dyn AwsAccounts>,
    /// Reaches directories directly.
    pub directories: Arc<dyn Directories>,
    /// See [`Services::clock`].
    pub clock: Arc<dyn Clock>,
    /// See [`Services::entropy`].
    pub entropy: Arc<dyn Entropy>,
}

impl Services {
    /// Puts the parts together.
    pub fn new(adapters: Adapters, settings: Settings) -> Self {
        let Adapters { store, keys, passwords, aws, directories, clock, entropy } = adapters;
        let agents = Hub::new(clock.clone());
        Self {
            store,
            keys,
            passwords,
            aws,
            directories: Arc::new(Reached { direct: directories, agents: agents.clone() }),
            agents,
            clock,
            entropy,
            caches: crate::caches::Caches::new(&settings.lockout),
            settings,
            stopping: CancellationToken::new(),
            work: TaskTracker::new(),
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A secret of 256 bits and more: 43 letters and digits.
    pub fn random_secret(&self) -> String {
        random_text(&*self.entropy, 43)
    }
}
