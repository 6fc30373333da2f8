//! Several agents share the work.

use ports::agent::{Beat, Call, ServerLine};
use tokio::time::{Duration, Instant};

use crate::world::{World, refused};

#[tokio::test(start_paused = true)]
async fn a_call_is_done_by_an_agent_and_nothing_of_the_bind_account_leaves() {
    let world = World::new();
    let mut agent = world.agent();
    let call = world.sign_in().await;
    let job = agent.job().await;
    assert_eq!(job.directory.connection.bind_dn, None);
    assert_eq!(job.directory.connection.urls, world.directory.connection.urls);
    agent.refuse(&job).await;
    assert_eq!(call.await.unwrap(), Ok(refused()));
    assert!(world.hub.at_work(&world.directory.id)[0].jobs.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_agent_with_the_least_to_do_gets_the_job() {
    let world = World::new();
    let (mut one, mut two) = (world.agent(), world.agent());
    let _import = world.import(1).await;
    let busy_one = tokio::select! { _ = one.job() => true, _ = two.job() => false };
    let (busy, free) = if busy_one { (&mut one, &mut two) } else { (&mut two, &mut one) };
    for _ in 0..3 {
        let call = world.sign_in().await;
        let job = tokio::select! { job = free.job() => job, _ = busy.job() => panic!("the busy one got it") };
        free.refuse(&job).await;
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn agents_with_equally_much_to_do_take_turns() {
    let world = World::new();
    let (mut one, mut two) = (world.agent(), world.agent());
    let mut turns = Vec::new();
    for _ in 0..4 {
        let call = world.sign_in().await;
        let first = tokio::select! {
            job = one.job() => { one.refuse(&job).await; true }
            job = two.job() => { two.refuse(&job).await; false }
        };
        call.await.unwrap().unwrap();
        turns.push(first);
    }
    assert_eq!(turns.iter().filter(|first| **first).count(), 2, "{turns:?}");
}

#[tokio::test(start_paused = true)]
async fn without_an_agent_a_sign_in_waits_three_seconds_and_says_so() {
    let world = World::new();
    let started = Instant::now();
    let error = world.sign_in().await.await.unwrap().unwrap_err();
    assert_eq!(error.code, "NO_AGENT");
    assert!(error.message.contains("corp"));
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_meanwhile_gets_the_job() {
    let world = World::new();
    let call = world.sign_in().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut agent = world.agent();
    let job = agent.job().await;
    agent.refuse(&job).await;
    call.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_agent_gets_no_more_jobs_than_it_takes() {
    let world = World::new();
    let mut agent = world.connect(world.agent_id(), 1);
    let first = world.sign_in().await;
    let job = agent.job().await;
    let second = world.sign_in().await;
    let refused = world.sign_in().await.await.unwrap().unwrap_err();
    assert_eq!(refused.code, "AGENTS_BUSY");
    assert_eq!(second.await.unwrap().unwrap_err().code, "AGENTS_BUSY");
    let third = world.sign_in().await;
    agent.refuse(&job).await;
    first.await.unwrap().unwrap();
    let job = agent.job().await;
    agent.refuse(&job).await;
    third.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_agent_of_another_directory_gets_nothing() {
    let mut world = World::new();
    let _agent = world.agent();
    world.directory = testkit::sample::directory("other");
    assert_eq!(world.sign_in().await.await.unwrap().unwrap_err().code, "NO_AGENT");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_leaves_gets_nothing_and_gives_back_what_it_will_not_finish() {
    let world = World::new();
    let mut leaving = world.agent();
    let call = world.sign_in().await;
    let job = leaving.job().await;
    let mut other = world.agent();
    world.hub.beat(&leaving.bearer, &Beat { leaving: true, given_back: vec![job.number] });
    let job = other.job().await;
    other.refuse(&job).await;
    call.await.unwrap().unwrap();
    for _ in 0..2 {
        let call = world.sign_in().await;
        let job = other.job().await;
        other.refuse(&job).await;
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_any_more_cancels_the_job() {
    let world = World::new();
    let mut agent = world.agent();
    let import = world.import(1).await;
    let job = agent.job().await;
    assert!(matches!(job.call, Call::Read { since: Some(_) }));
    import.end.abort();
    assert!(matches!(agent.line().await, ServerLine::Cancel { job: number } if number == job.number));
    assert!(world.hub.at_work(&world.directory.id)[0].jobs.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_connected_and_what_they_do_is_listed() {
    let world = World::new();
    let mut agent = world.agent();
    let _import = world.import(1).await;
    agent.job().await;
    let at_work = world.hub.at_work(&world.directory.id);
    assert_eq!(at_work.len(), 1);
    assert_eq!((&at_work[0].agent, at_work[0].jobs[0].call), (&agent.id, "incremental import"));
}
