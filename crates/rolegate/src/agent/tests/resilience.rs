//! What happens when a server, an agent or a directory goes away, and what an agent refuses to do.

use domain::{Secret, directory::DirectoryEntry};
use ports::{Authentication, ReadingEnd};
use testkit::directory::{DirectoryScenario, NewPerson, PASSWORD};
use tokio::{sync::mpsc, task::JoinHandle};

use super::world::{Node, Running, World};

const OU: &str = "ou=groups,dc=example,dc=com";

/// An import under way.
struct Import {
    entries: mpsc::Receiver<DirectoryEntry>,
    end: JoinHandle<ports::DirectoryResult<ReadingEnd>>,
}

async fn import(world: &World) -> Import {
    let session = world.session().await;
    let (sender, entries) = mpsc::channel(1);
    Import { entries, end: tokio::spawn(async move { session.read(None, sender).await }) }
}

async fn people(world: &World, count: usize) {
    for number in 0..count {
        world.fake.put_person(NewPerson::named(&format!("person {number}"))).await;
    }
}

/// Ends the agent that is importing, without a word.
fn kill_the_importing(world: &World, agents: Vec<Running>) -> Vec<Running> {
    let at_work = world.node.services.agents.at_work(&world.directory.id);
    let importing = at_work.iter().find(|agent| !agent.jobs.is_empty()).unwrap().agent.to_string();
    let is_importing = |agent: &Running| std::fs::read_to_string(&agent.state).unwrap().contains(&importing);
    agents.into_iter().filter(|agent| !is_importing(agent)).collect()
}

#[tokio::test]
async fn a_killed_server_that_comes_back_is_found_again() {
    let mut world = World::new().await;
    let _agent = world.agent("dc1").await;
    world.session().await.groups_in(OU).await.unwrap();
    world.fake.hang_after(Some(0));
    people(&world, 1).await;
    let import = import(&world).await;
    let port = world.node.port();
    let killed = std::mem::replace(&mut world.node, Node::start(world.folder.path(), 0));
    killed.kill();
    assert!(import.end.await.is_err() || port != 0, "the import ended with its server");
    world.node = Node::start(world.folder.path(), port);
    world.fake.hang_after(None);
    // Each call waits a few seconds for an agent; on a busy machine the agent may need longer to come back.
    for _ in 0..20 {
        match world.session().await.groups_in(OU).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.code, "NO_AGENT"),
        }
    }
    panic!("the agent did not find the server again");
}

#[tokio::test]
async fn an_import_whose_agent_is_killed_before_it_told_anything_goes_on_with_another() {
    let world = World::new().await;
    people(&world, 5).await;
    world.fake.hang_after(Some(0));
    let agents = vec![world.agent("dc1").await, world.agent("dc2").await];
    let mut import = import(&world).await;
    while world.fake.readings().0 == 0 {
        tokio::task::yield_now().await;
    }
    world.fake.hang_after(None);
    let _survivors = kill_the_importing(&world, agents);
    let mut told = 0;
    while import.entries.recv().await.is_some() {
        told += 1;
    }
    import.end.await.unwrap().unwrap();
    assert_eq!((told, world.fake.readings().0), (5, 2));
}

#[tokio::test]
async fn an_import_whose_agent_is_killed_in_the_middle_fails_cleanly() {
    let world = World::new().await;
    people(&world, 5).await;
    world.fake.hang_after(Some(3));
    let agents = vec![world.agent("dc1").await, world.agent("dc2").await];
    let mut import = import(&world).await;
    for _ in 0..3 {
        import.entries.recv().await.unwrap();
    }
    let _survivors = kill_the_importing(&world, agents);
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "AGENT_LOST");
    assert_eq!(import.entries.recv().await, None);
    world.session().await.groups_in(OU).await.unwrap();
}

#[tokio::test]
async fn an_agent_that_is_told_to_end_gives_back_what_it_will_not_finish() {
    let world = World::new().await;
    people(&world, 5).await;
    world.fake.hang_after(Some(0));
    let mut leaving = world.agent("dc1").await;
    let mut import = import(&world).await;
    while world.fake.readings().0 == 0 {
        tokio::task::yield_now().await;
    }
    let _other = world.agent("dc2").await;
    world.fake.hang_after(None);
    leaving.stop.cancel();
    let mut told = 0;
    while import.entries.recv().await.is_some() {
        told += 1;
    }
    import.end.await.unwrap().unwrap();
    assert_eq!(told, 5);
    (&mut leaving.work).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_directory_of_thousands_comes_through_in_order_of_its_reading() {
    let world = World::new().await;
    people(&world, 3000).await;
    let _agent = world.agent("dc1").await;
    let mut import = import(&world).await;
    let mut told = 0;
    while import.entries.recv().await.is_some() {
        told += 1;
    }
    import.end.await.unwrap().unwrap();
    assert_eq!(told, 3000);
}

#[tokio::test]
async fn an_agent_sends_no_password_to_servers_that_it_was_not_first_told_of() {
    let mut world = World::new().await;
    world.fake.put_person(NewPerson::named("ann")).await;
    let agent = world.agent("dc1").await;
    world.session().await.groups_in(OU).await.unwrap();
    world.directory.connection.urls = vec!["ldaps://evil.example.com".to_owned()];
    let password = Secret::from(PASSWORD);
    let refused = world.session().await.authenticate(&world.fake.login("ann"), &password).await.unwrap_err();
    assert_eq!(refused.code, "NOT_ACCEPTED");
    assert!(world.fake.authentications().is_empty());
    // Started anew by somebody on that machine who accepts them.
    let mut unit = world.node.services.store.begin().await.unwrap();
    unit.update_directory(&world.directory).await.unwrap();
    unit.commit().await.unwrap();
    agent.stop.cancel();
    let mut again = world.agent_with(&agent.state);
    again.accept = crate::agent::Accept::Anew;
    let _again = world.run(again, "dc1");
    let login = world.fake.login("ann");
    let mut last = world.session().await.authenticate(&login, &password).await;
    while last.as_ref().is_err_and(|error| error.code == "NOT_ACCEPTED") {
        last = world.session().await.authenticate(&login, &password).await;
    }
    assert!(matches!(last, Ok(Authentication::Accepted(_))), "{last:?}");
}
