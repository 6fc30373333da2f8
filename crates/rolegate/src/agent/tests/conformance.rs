//! What every directory must do, done by a directory behind an agent.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Directory, Secret};
use ports::{Directories, DirectoryResult, DirectorySession};
use testkit::directory::{DirectoryScenario, FakeDirectory, NewPerson, Subject};
use tokio::sync::Mutex;

use super::world::{Running, World};
use crate::agent::work::{BindAccount, BindPassword};

testkit::directory_conformance!(behind_an_agent);

async fn behind_an_agent() -> Subject {
    behind(Box::new(FakeDirectory::new())).await
}

/// This directory, behind an agent.
pub(super) async fn behind(directory: Subject) -> Subject {
    let world = World::with(directory.settings()).await;
    Box::new(BehindAgent(Arc::new(Reached { world, directory, agents: Mutex::default() })))
}

struct BehindAgent(Arc<Reached>);

/// Each opening is by a new agent that was given that bind password, and told of these settings first.
struct Reached {
    world: World,
    directory: Subject,
    agents: Mutex<Vec<Running>>,
}

#[async_trait]
impl Directories for Reached {
    async fn open(
        &self,
        directory: &Directory,
        bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>> {
        let (world, mut agents) = (&self.world, self.agents.lock().await);
        let mut unit = world.node.services.store.begin().await.unwrap();
        unit.update_directory(directory).await.unwrap();
        unit.commit().await.unwrap();
        let name = format!("agent-{}", agents.len());
        let mut agent = world.prepared(&name);
        agent.directories = self.directory.directories();
        let password = bind_password.map_or(BindPassword::None, BindPassword::Given);
        agent.account = BindAccount { dn: directory.connection.bind_dn.clone(), password };
        assert!(agent.register(Some(&world.token_file(&name).await)).await.unwrap());
        if let Some(former) = agents.last_mut() {
            former.stop.cancel();
            (&mut former.work).await.unwrap().unwrap();
        }
        agents.push(world.run(agent, &name));
        world.node.services.agents.open(directory, None).await
    }
}

#[async_trait]
impl DirectoryScenario for BehindAgent {
    fn directories(&self) -> Arc<dyn Directories> {
        self.0.clone()
    }
    fn settings(&self) -> Directory {
        self.0.world.directory.clone()
    }
    fn bind_password(&self) -> Option<Secret<String>> {
        self.0.directory.bind_password()
    }
    fn role_group_ou(&self) -> String {
        self.0.directory.role_group_ou()
    }
    fn login(&self, name: &str) -> String {
        self.0.directory.login(name)
    }
    fn role_group_name(&self, name: &str) -> String {
        self.0.directory.role_group_name(name)
    }
    async fn put_person(&self, person: NewPerson<'_>) {
        self.0.directory.put_person(person).await;
    }
    async fn put_group(&self, name: &str, members: &[&str]) {
        self.0.directory.put_group(name, members).await;
    }
    async fn set_members(&self, group: &str, members: &[&str]) {
        self.0.directory.set_members(group, members).await;
    }
    async fn set_first_name(&self, person: &str, first_name: &str) {
        self.0.directory.set_first_name(person, first_name).await;
    }
    async fn switch_off(&self, person: &str) {
        self.0.directory.switch_off(person).await;
    }
    async fn rename(&self, name: &str, to: &str) {
        self.0.directory.rename(name, to).await;
    }
    async fn remove(&self, name: &str) {
        self.0.directory.remove(name).await;
    }
    async fn move_out(&self, person: &str) {
        self.0.directory.move_out(person).await;
    }
    async fn leave_filter(&self, person: &str) {
        self.0.directory.leave_filter(person).await;
    }
    async fn rename_container(&self) {
        self.0.directory.rename_container().await;
    }
}
