//! How connections begin, live and end.

use ports::agent::{Beat, Farewell, ServerLine};
use rolegate_usecases::agents::PartRefused;
use tokio::time::{Duration, Instant};

use crate::world::{World, entries, entry, reading_done, text};

#[tokio::test(start_paused = true)]
async fn the_server_s_heart_beats_at_once_and_every_fifteen_seconds() {
    let world = World::new();
    let mut agent = world.agent();
    let started = Instant::now();
    for beat in 0..3 {
        let line = agent.stream.next().await.unwrap();
        assert_eq!(line.expose(), "{\"type\":\"beat\"}\n");
        assert_eq!(started.elapsed().as_secs(), beat * 15);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_agent_is_gone_after_forty_five_seconds_and_its_job_goes_to_another() {
    let world = World::new();
    let mut silent = world.agent();
    let import = world.import(1).await;
    silent.job().await;
    let mut other = world.agent();
    let started = Instant::now();
    let job = other.job().await;
    assert_eq!(started.elapsed().as_secs(), 45);
    other.part(&job, 0, text(&[reading_done()])).await.unwrap();
    import.end.await.unwrap().unwrap();
    assert_eq!(silent.farewell().await, Farewell::Silent);
    assert!(silent.stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_lost_twice_is_told() {
    let world = World::new();
    let call = world.sign_in().await;
    for _ in 0..2 {
        world.agent().job().await;
    }
    assert_eq!(call.await.unwrap().unwrap_err().code, "AGENT_LOST");
}

#[tokio::test(start_paused = true)]
async fn a_reading_begins_anew_elsewhere_only_when_nothing_was_passed_on() {
    let world = World::new();
    let mut import = world.import(8).await;
    world.agent().job().await;
    let mut second = world.agent();
    let job = second.job().await;
    second.part(&job, 0, text(&entries([1]))).await.unwrap();
    let _third = world.agent();
    drop(second);
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "AGENT_LOST");
    assert_eq!(import.entries.recv().await, Some(entry(1)));
    assert_eq!(import.entries.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_part_under_way_when_the_agent_is_lost_passes_nothing_on_any_more() {
    let world = World::new();
    let mut import = world.import(1).await;
    let mut lost = world.agent();
    let job = lost.job().await;
    let hub = world.hub.clone();
    let bearer = lost.bearer;
    let part = text(&entries([1, 2, 3]));
    let under_way = tokio::spawn(async move { hub.part(&bearer, job.number, 0, part.as_bytes()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(lost);
    assert_eq!(under_way.await.unwrap(), Err(PartRefused::NoConnection));
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "AGENT_LOST");
    assert_eq!((import.entries.recv().await, import.entries.recv().await), (Some(entry(1)), None));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_back_replaces_its_former_connection() {
    let world = World::new();
    let mut former = world.agent();
    let call = world.sign_in().await;
    former.job().await;
    let mut back = world.connect(former.id.clone(), 8);
    assert_eq!(former.farewell().await, Farewell::Replaced);
    let job = back.job().await;
    back.refuse(&job).await;
    call.await.unwrap().unwrap();
    assert_eq!(world.hub.at_work(&world.directory.id).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_agent_is_out_at_once() {
    let world = World::new();
    let mut agent = world.agent();
    let import = world.import(1).await;
    let job = agent.job().await;
    world.hub.close_agent(&agent.id);
    assert_eq!(agent.farewell().await, Farewell::Revoked);
    assert_eq!(agent.part(&job, 0, text(&[reading_done()])).await, Err(PartRefused::NoConnection));
    assert!(world.hub.beat(&agent.bearer, &Beat::default()).is_none());
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "NO_AGENT");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_says_goodbye_and_takes_nobody_in() {
    let world = World::new();
    let mut agent = world.agent();
    world.hub.close();
    assert_eq!(agent.farewell().await, Farewell::Stopping);
    let admission = world.admission(&world.agent_id(), 1);
    world.hub.admit([0; 32], admission);
    assert!(world.hub.open_stream(&[0; 32]).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_bearer_opens_one_stream_within_a_minute() {
    let world = World::new();
    let agent = world.agent();
    assert!(world.hub.open_stream(&agent.bearer).is_none(), "a second stream");
    let admission = world.admission(&world.agent_id(), 1);
    world.hub.admit([0; 32], admission);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(world.hub.at_work(&world.directory.id).is_empty());
    assert!(world.hub.open_stream(&[0; 32]).is_none(), "too late");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_does_not_read_is_cut_off() {
    let world = World::new();
    let agent = world.connect(world.agent_id(), 1);
    for _ in 0..100 {
        let call = world.sign_in().await;
        tokio::task::yield_now().await;
        call.abort();
        assert!(call.await.is_err());
    }
    assert!(world.hub.at_work(&world.directory.id).is_empty());
    drop(agent);
}

#[tokio::test(start_paused = true)]
async fn lines_are_written_as_the_protocol_says() {
    let bye = serde_json::to_string(&ServerLine::Bye { why: Farewell::Revoked }).unwrap();
    assert_eq!(bye, r#"{"type":"bye","why":"REVOKED"}"#);
}
