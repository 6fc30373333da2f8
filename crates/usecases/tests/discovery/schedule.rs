//! When runs begin by themselves.

use domain::aws::RunStatus;
use rolegate_usecases::discovery_schedule::run_due;

use crate::world::World;

async fn wait(world: &World) {
    let runs = world.services.store.runs(&world.app.id, 1).await.unwrap();
    if let Some(run) = runs.first() {
        world.ended(run).await;
    }
}

#[tokio::test]
async fn the_first_run_is_due_at_once_and_the_next_after_the_interval_and_its_spread() {
    let world = World::new().await;
    assert_eq!(run_due(&world.services).await.unwrap(), 1);
    wait(&world).await;
    assert_eq!(run_due(&world.services).await.unwrap(), 0);
    world.clock.advance_seconds(3599);
    assert_eq!(run_due(&world.services).await.unwrap(), 0, "not before the interval");
    world.clock.advance_seconds(1 + 360);
    assert_eq!(run_due(&world.services).await.unwrap(), 1, "at the latest a tenth after it");
    wait(&world).await;
}

#[tokio::test]
async fn an_integration_that_is_off_or_of_an_inactive_app_does_not_run() {
    let world = World::new().await;
    let mut integration = world.services.store.integration(&world.app.id).await.unwrap().unwrap();
    integration.enabled = false;
    let mut unit = world.services.store.begin().await.unwrap();
    unit.put_integration(&integration).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(run_due(&world.services).await.unwrap(), 0);
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_begun_again_at_once() {
    let world = World::new().await;
    world.aws.hang(crate::world::id(3));
    run_due(&world.services).await.unwrap();
    world.services.stopping.cancel();
    wait(&world).await;
    let last = world.services.store.runs(&world.app.id, 1).await.unwrap();
    assert_eq!(last[0].status, RunStatus::Abandoned);
    assert_eq!(run_due(&world.services).await.unwrap(), 1);
}
