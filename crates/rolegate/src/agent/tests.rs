//! The agent against a real server, over real sockets: what the server would do directly, it does through the agent.

mod conformance;
mod registration;
mod resilience;
mod strange_servers;
mod world;
