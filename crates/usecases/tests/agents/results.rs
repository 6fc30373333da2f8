//! How results are taken in, and what an agent that errs or lies can do.

use domain::directory::{DirectoryError, DirectoryStep};
use ports::{
    ExistingGroup, GroupChange,
    agent::{Answer, Call, LARGEST_LINE, ResultLine, ServerLine},
};
use rolegate_usecases::agents::PartRefused;
use tokio::time::Duration;

use crate::world::{World, entries, entry, reading_done, text};

#[tokio::test(start_paused = true)]
async fn entries_come_in_order_however_they_are_cut() {
    let world = World::new();
    let mut agent = world.agent();
    let mut lines = entries(0..50);
    lines.push(reading_done());
    let whole = text(&lines).replace('\n', "\n\n").into_bytes();
    for size in [1, 7, 64, 1000, whole.len()] {
        let mut import = world.import(100).await;
        let job = agent.job().await;
        for (number, part) in (0..).zip(whole.chunks(size)) {
            agent.part(&job, number, part).await.ok();
        }
        assert_eq!(import.end.await.unwrap().unwrap().cursor.unwrap().0, "8");
        for number in 0..50 {
            assert_eq!(import.entries.recv().await, Some(entry(number)));
        }
        assert_eq!(import.entries.recv().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_waits_until_whoever_reads_has_taken_it() {
    let world = World::new();
    let mut agent = world.agent();
    let mut import = world.import(2).await;
    let job = agent.job().await;
    let part = text(&entries(0..10));
    let sent = agent.part(&job, 0, &part);
    tokio::pin!(sent);
    assert!(tokio::time::timeout(Duration::from_secs(30), &mut sent).await.is_err(), "it waits");
    for number in 0..8 {
        assert_eq!(import.entries.recv().await, Some(entry(number)));
        tokio::select! { biased; _ = &mut sent => {}, () = tokio::task::yield_now() => {} }
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_comes_again_is_not_taken_in_twice() {
    let world = World::new();
    let mut agent = world.agent();
    let mut import = world.import(4).await;
    let job = agent.job().await;
    let (first, second) = (text(&entries(0..3)), text(&entries(3..9)));
    agent.part(&job, 0, &first).await.unwrap();
    agent.part(&job, 0, &first).await.unwrap();
    // Cut off in the middle, because nobody took more than the first: goes on there.
    let cut = tokio::time::timeout(Duration::from_secs(1), agent.part(&job, 1, &second)).await;
    assert!(cut.is_err());
    let last = text(&[reading_done()]);
    let rest = async {
        agent.part(&job, 1, &second).await.unwrap();
        agent.part(&job, 2, &last).await.unwrap();
    };
    let all = async {
        let mut all = Vec::new();
        while let Some(entry) = import.entries.recv().await {
            all.push(entry);
        }
        all
    };
    let ((), all) = tokio::join!(rest, all);
    assert_eq!(all, (0..9).map(entry).collect::<Vec<_>>());
    import.end.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_missing_part_is_asked_for() {
    let world = World::new();
    let mut agent = world.agent();
    let _import = world.import(4).await;
    let job = agent.job().await;
    assert_eq!(agent.part(&job, 1, text(&entries([1]))).await, Err(PartRefused::OutOfOrder));
    agent.part(&job, 0, text(&entries([0]))).await.unwrap();
    agent.part(&job, 1, text(&entries([1]))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_goes_away_ends_the_reading() {
    let world = World::new();
    let mut agent = world.agent();
    let import = world.import(1).await;
    let job = agent.job().await;
    drop(import.entries);
    assert_eq!(agent.part(&job, 0, text(&entries([1]))).await, Err(PartRefused::Gone));
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "ABANDONED");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_fails_the_job_with_a_reason() {
    let world = World::new();
    let mut agent = world.agent();
    for nonsense in ["what\n", "{\"entry\":{\"type\":\"person\"}}\n", "{\"done\":{\"test\":5}}\n", "\u{fffd}\n"] {
        let import = world.import(1).await;
        let job = agent.job().await;
        assert!(matches!(agent.part(&job, 0, nonsense).await, Err(PartRefused::Unreadable(_))), "{nonsense}");
        assert_eq!(import.end.await.unwrap().unwrap_err().code, "BAD_ANSWER");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_another_question_is_none() {
    let world = World::new();
    let mut agent = world.agent();
    let call = world.sign_in().await;
    let job = agent.job().await;
    agent.answer(&job, Answer::GroupsIn(Vec::new())).await;
    assert_eq!(call.await.unwrap().unwrap_err().code, "BAD_ANSWER");
    let call = world.sign_in().await;
    let job = agent.job().await;
    assert!(matches!(agent.part(&job, 0, text(&entries([1]))).await, Err(PartRefused::Unreadable(_))));
    assert_eq!(call.await.unwrap().unwrap_err().code, "BAD_ANSWER");
}

#[tokio::test(start_paused = true)]
async fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let world = World::new();
    let mut agent = world.agent();
    let import = world.import(1).await;
    let job = agent.job().await;
    let part = vec![b'x'; LARGEST_LINE / 4];
    for number in 0..4 {
        agent.part(&job, number, &part).await.unwrap();
    }
    assert!(matches!(agent.part(&job, 4, &part).await, Err(PartRefused::Unreadable(why)) if why.contains("bytes")));
    assert_eq!(import.end.await.unwrap().unwrap_err().code, "BAD_ANSWER");
}

#[tokio::test(start_paused = true)]
async fn the_directory_s_error_comes_through_and_is_cut() {
    let world = World::new();
    let mut agent = world.agent();
    let import = world.import(1).await;
    let job = agent.job().await;
    let long = "x".repeat(5000);
    let error = DirectoryError {
        step: DirectoryStep::Bind,
        code: "invalidCredentials".to_owned(),
        message: long.clone(),
        hint: long,
    };
    agent.part(&job, 0, text(&[ResultLine::Failed(error)])).await.unwrap();
    let error = import.end.await.unwrap().unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Bind, "invalidCredentials"));
    assert_eq!((error.message.len(), error.hint.len()), (1000, 1000));
}

#[tokio::test(start_paused = true)]
async fn a_test_without_an_agent_says_so_as_its_step() {
    let report = World::new().session().await.test().await;
    assert!(!report.ok());
    assert_eq!((report.steps[0].name.as_str(), report.steps.len()), ("agent", 1));
    assert!(report.steps[0].hint.as_ref().unwrap().contains("rolegate agent"));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_does_not_answer_in_time_is_not_waited_for() {
    let world = World::new();
    let mut agent = world.agent();
    let call = world.sign_in().await;
    agent.job().await;
    // Its heart beats, but the directory behind it does not answer.
    assert!(matches!(agent.line().await, ServerLine::Cancel { .. }));
    assert_eq!(call.await.unwrap().unwrap_err().code, "TIMEOUT");
}

#[tokio::test(start_paused = true)]
async fn many_changes_go_in_pieces_and_what_was_done_is_told() {
    let world = World::new();
    let mut agent = world.agent();
    let session = world.session().await;
    let changes: Vec<GroupChange> =
        (0..1200).map(|number| GroupChange::Delete { dn: format!("cn={number}") }).collect();
    let call = tokio::spawn(async move { session.change_groups("ou=aws", &changes).await });
    for _ in 0..2 {
        let job = agent.job().await;
        let Call::ChangeGroups { changes, .. } = &job.call else { panic!("{:?}", job.call) };
        agent.answer(&job, Answer::ChangeGroups(vec![Ok(()); changes.len()])).await;
    }
    agent.job().await;
    drop(agent);
    let answers = call.await.unwrap().unwrap();
    assert_eq!((answers.len(), answers.iter().filter(|answer| answer.is_ok()).count()), (1200, 1000));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_many_megabytes_comes_in_parts() {
    let world = World::new();
    let mut agent = world.agent();
    let session = world.session().await;
    let call = tokio::spawn(async move { session.groups_in("ou=aws").await });
    let job = agent.job().await;
    let group = |number: usize| ExistingGroup {
        dn: format!("cn={number}"),
        name: number.to_string(),
        description: "d".repeat(200),
        has_members: false,
    };
    let groups: Vec<ExistingGroup> = (0..20_000).map(group).collect();
    let whole = text(&[ResultLine::Done(Answer::GroupsIn(groups.clone()))]);
    for (number, part) in (0..).zip(whole.as_bytes().chunks(ports::agent::LARGEST_PART)) {
        agent.part(&job, number, part).await.unwrap();
    }
    assert_eq!(call.await.unwrap().unwrap(), groups);
}
