//! The agent against a real server, over real sockets: what the server would do directly, it does through the agent.

mod conformance;
mod registration;
mod resilience;
mod samba;
mod slapd;
mod strange_servers;
mod world;

#[path = "../../../directory/tests/parts/mod.rs"]
mod parts;

/// The adapter that agents use.
mod adapter {
    use std::sync::Arc;

    use directory::LdapDirectories;
    use ports::Directories;

    use crate::system::SystemClock;

    pub(super) fn directories() -> Arc<dyn Directories> {
        Arc::new(LdapDirectories::new(Arc::new(SystemClock)))
    }
}
