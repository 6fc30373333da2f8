//! Registration, and how it ends.

use domain::directory::AgentStatus;
use usecases::{Caller, manage_agents};

use super::world::World;

#[tokio::test]
async fn a_used_token_does_not_register_another_machine() {
    let world = World::new().await;
    let token = world.token_file("dc1").await;
    assert!(world.prepared("dc1").register(Some(&token)).await.unwrap());
    let refused = world.prepared("thief").register(Some(&token)).await.unwrap_err();
    assert!(refused.to_string().contains("used before"), "{refused}");
}

#[tokio::test]
async fn an_agent_that_missed_the_answer_to_its_registration_is_registered_all_the_same() {
    let world = World::new().await;
    let token = world.token_file("dc1").await;
    world.prepared("dc1").register(Some(&token)).await.unwrap();
    let mut without_answer = world.prepared("dc1");
    without_answer.state.id = None;
    assert!(without_answer.register(Some(&token)).await.unwrap());
}

#[tokio::test]
async fn without_a_token_an_agent_says_how_to_get_one() {
    let world = World::new().await;
    let refused = world.prepared("dc1").register(None).await.unwrap_err();
    let hint = refused.chain().find_map(|cause| cause.downcast_ref::<crate::output::Hinted>()).unwrap().hint();
    assert!(hint.contains("POST /api/v1/directories/"), "{hint}");
}

#[tokio::test]
async fn a_revoked_agent_ends_and_says_so() {
    let world = World::new().await;
    let mut agent = world.agent("dc1").await;
    world.session().await.groups_in("ou=groups,dc=example,dc=com").await.unwrap();
    let services = &world.node.services;
    let at_work = services.agents.at_work(&world.directory.id);
    assert_eq!(at_work.len(), 1);
    manage_agents::revoke(services, &Caller::system(), &world.directory.id, &at_work[0].agent).await.unwrap();
    let ended = (&mut agent.work).await.unwrap().unwrap_err();
    assert!(ended.to_string().contains("does not let this agent in any more"), "{ended}");
    let standing = manage_agents::list(services, &Caller::system(), &world.directory.id).await.unwrap();
    assert_eq!((standing[0].agent.status, standing[0].at_work.is_none()), (AgentStatus::Revoked, true));
}
