//! Agents of directories.

use domain::directory::AgentStatus;
use ports::{StoreError, StoreResult};

use super::{Subject, begin, refused};
use crate::sample;

/// By its token, inside a transaction: a second one finds nothing.
pub async fn an_agent_is_registered_once(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let agent = sample::agent(&corp, "dc1");
    let mut unit = begin(&store).await;
    refused!(unit.insert_agent(&agent).await, StoreError::Missing { entity: "directory", .. });
    unit.insert_directory(&corp).await?;
    unit.insert_agent(&agent).await?;
    unit.commit().await?;
    assert_eq!(store.agent(&agent.id).await?.as_ref(), Some(&agent));

    let mut unit = begin(&store).await;
    assert_eq!(unit.agent_to_register(&sample::hash("other")).await?, None);
    let mut registered = unit.agent_to_register(&sample::hash("dc1")).await?.expect("it waits");
    registered.status = AgentStatus::Active;
    registered.registration = None;
    registered.public_key = Some(vec![7; 32]);
    unit.update_agent(&registered).await?;
    assert_eq!(unit.agent_to_register(&sample::hash("dc1")).await?, None);
    assert_eq!(unit.agent_for_update(&agent.id).await?.as_ref(), Some(&registered));
    unit.commit().await?;

    let later = sample::NOW.plus_seconds(60);
    let before = store.entitlement_revision().await?;
    let mut unit = begin(&store).await;
    unit.note_agent(&agent.id, "1.2.3", later).await?;
    refused!(unit.note_agent(&sample::agent_id("x"), "1", later).await, StoreError::Missing { entity: "agent", .. });
    unit.commit().await?;
    assert_eq!(store.entitlement_revision().await?, before);
    registered.version = Some("1.2.3".to_owned());
    registered.last_contact = Some(later);
    assert_eq!(store.agent(&agent.id).await?, Some(registered));
    Ok(())
}

/// A name is taken once in a directory, whatever its case; agents go with their directory.
pub async fn agents_come_by_name_and_go(store: Subject) -> StoreResult<()> {
    let (corp, other) = (sample::directory("corp"), sample::directory("other"));
    let [second, first] = ["second", "First"].map(|name| sample::agent(&corp, name));
    let elsewhere = sample::agent(&other, "elsewhere");
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.insert_directory(&other).await?;
    for agent in [&second, &first, &elsewhere] {
        unit.insert_agent(agent).await?;
    }
    let twin = sample::agent(&corp, "FIRST");
    refused!(unit.insert_agent(&twin).await, StoreError::Conflict { entity: "agent", field: "name" });
    refused!(unit.update_agent(&sample::agent(&corp, "x")).await, StoreError::Missing { entity: "agent", .. });
    unit.commit().await?;
    assert_eq!(store.agents(&corp.id).await?, [first.clone(), second]);
    let mut unit = begin(&store).await;
    assert!(unit.delete_agent(&first.id).await?);
    assert!(!unit.delete_agent(&first.id).await?);
    unit.delete_directory(&other.id).await?;
    unit.commit().await?;
    assert_eq!(store.agents(&corp.id).await?.len(), 1);
    assert_eq!(store.agent(&elsewhere.id).await?, None);
    Ok(())
}
