//! Servers that answer by half, wrongly, never, or without end: a clear answer in time, and nothing told.

use std::time::{Duration, Instant};

use domain::{Secret, directory::DirectoryStep};
use ports::directory::{Authentication, AuthenticationRefusal};
use testkit::directory::Reading;
use tokio::sync::mpsc;

use crate::server::{Deed, Request, Server, all, ber, control, entry, message, ordinary, outcome};

const PERSON: &[(&str, &[&[u8]])] =
    &[("entryUUID", &[b"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"]), ("mail", &[b"ann@example.com"])];

/// An ordinary server that does this with a search for people.
async fn people(deed: impl Fn(u32) -> Deed + Send + Sync + 'static) -> Server {
    Server::plain(move |request| ordinary(request).unwrap_or_else(|| deed(request.id))).await
}

/// A server that does this with the first request.
async fn at_once(deed: impl Fn(&Request) -> Deed + Send + Sync + 'static) -> Server {
    Server::plain(deed).await
}

#[tokio::test]
async fn half_an_answer_and_then_silence_ends_in_time() {
    let whole = entry(3, "uid=ann,dc=example,dc=com", PERSON);
    let half = whole[..whole.len() / 2].to_vec();
    let servers = [
        people({
            let half = half.clone();
            move |_| Deed::Hang(half.clone())
        })
        .await,
        // A whole entry, and never an end.
        people(move |id| Deed::Hang(entry(id, "uid=ann,dc=example,dc=com", PERSON))).await,
        at_once(|_| Deed::Hang(vec![0x30])).await,
        at_once(|_| Deed::Hang(vec![])).await,
    ];
    for server in servers {
        let started = Instant::now();
        let error = server.failure().await;
        assert_eq!(error.code, "TIMEOUT", "{error:?}");
        assert!(!error.hint.is_empty() && started.elapsed() < Duration::from_secs(5), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_ldap_is_named_as_such() {
    let deep: Vec<u8> = (0..2_000).fold(vec![], |inner, _| ber(0x30, &inner));
    for garbage in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        b"220 smtp.example.com ESMTP\r\n".to_vec(),
        // Four gigabytes, without end, and of another length than what holds it.
        vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01],
        vec![0x30, 0x80, 0x02, 0x01, 0x01, 0x00, 0x00],
        vec![0x30, 0x07, 0x02, 0x01, 0x01, 0x61, 0x09, 0x0a, 0x01],
        deep,
        outcome(1, 0x65, 0, "the end of a search that nobody asked for"),
        message(1, all(0x61, &[ber(0x0a, &[0]), ber(0x04, b""), ber(0x04, b"\xff\xfe")]), &[]),
        message(1, all(0x61, &[]), &[]),
        message(1, vec![], &[]),
    ] {
        let shown = format!("{garbage:02x?}").chars().take(200).collect::<String>();
        let server = at_once(move |_| Deed::Hang(garbage.clone())).await;
        let error = server.failure().await;
        assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Bind, "BAD_ANSWER"), "{shown}: {error:?}");
        assert!(error.hint.contains("port"), "{error:?}");
    }
}

#[tokio::test]
async fn an_entry_of_another_shape_ends_the_reading() {
    let odd = |id| message(id, all(0x64, &[ber(0x04, b"dc=x"), all(0x30, &[ber(0x04, b"not an attribute")])]), &[]);
    let error = people(move |id| Deed::Hang(odd(id))).await.failure().await;
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Read, "BAD_ANSWER"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_hangs_up_is_named_with_its_last_words() {
    let error = at_once(|_| Deed::Close(vec![])).await.failure().await;
    assert_eq!(error.code, "CONNECTION_LOST", "{error:?}");
    let notice = |_: u32| {
        let response = all(
            0x78,
            &[ber(0x0a, &[52]), ber(0x04, b""), ber(0x04, b"going down"), ber(0x8a, b"1.3.6.1.4.1.1466.20036")],
        );
        Deed::Hang(message(0, response, &[]))
    };
    let error = people(notice).await.failure().await;
    assert_eq!(error.code, "CONNECTION_LOST", "{error:?}");
    assert!(error.message.contains("going down"), "{error:?}");
}

#[tokio::test]
async fn a_failure_in_the_middle_says_that_nothing_may_be_used() {
    let server = people(|id| {
        let first = entry(id, "uid=ann,dc=example,dc=com", PERSON);
        Deed::Send([first, outcome(id, 0x65, 51, "busy")].concat())
    })
    .await;
    let error = server.failure().await;
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Read, "busy"), "{error:?}");
}

#[tokio::test]
async fn pages_that_never_end_are_no_endless_import() {
    let server = people(|id| {
        let done = all(0x65, &[ber(0x0a, &[0]), ber(0x04, b""), ber(0x04, b"")]);
        let cookie = all(0x30, &[ber(0x02, &[0]), ber(0x04, b"again")]);
        Deed::Send(message(id, done, &[control("1.2.840.113556.1.4.319", &cookie)]))
    })
    .await;
    let error = server.failure().await;
    assert_eq!(error.code, "BAD_ANSWER", "{error:?}");
    assert!(error.message.contains("no end"), "{error:?}");
}

#[tokio::test]
async fn a_flood_waits_until_it_is_taken() {
    let server = people(|id| {
        let value = vec![b'x'; 60_000];
        let large = entry(id, "uid=ann,dc=example,dc=com", &[PERSON[0], ("mail", &[&value])]);
        Deed::Flood(vec![], large)
    })
    .await;
    let session = server.session().await;
    let (sender, mut receiver) = mpsc::channel(1);
    let reading = tokio::spawn(async move { session.read(None, sender).await });
    assert!(receiver.recv().await.is_some());
    // Until the server cannot write any more: its count stands still while everybody has had many turns.
    let (mut before, mut still) = (0, 0);
    while still < 20_000 {
        tokio::task::yield_now().await;
        let now = server.flooded();
        still = if now == before && now > 0 { still + 1 } else { 0 };
        before = now;
    }
    // The window, the sockets on both sides of the gate, and one entry on its way.
    assert!(before < 24 * 1024 * 1024, "{before} bytes were let in");
    drop(receiver);
    assert_eq!(reading.await.expect("ended").unwrap_err().code, "ABANDONED");
}

#[tokio::test]
async fn a_password_that_is_empty_or_ends_early_is_never_sent() {
    let server = people(|id| {
        let first = entry(id, "uid=ann,dc=example,dc=com", PERSON);
        Deed::Send([first, outcome(id, 0x65, 0, "")].concat())
    })
    .await;
    let session = server.session().await;
    for password in ["", "\0", "secret\0"] {
        let answer = session.authenticate("ann@example.com", &Secret::from(password)).await.expect("answered");
        let why = AuthenticationRefusal::WrongPassword;
        assert!(matches!(answer, Authentication::Refused { why: found, id: Some(_) } if found == why), "{answer:?}");
    }
    let binds = server.requests().iter().filter(|request| request.operation == 0x60).count();
    assert_eq!(binds, 3, "the account that reads, each time, and nobody else");
}

#[tokio::test]
async fn a_bind_account_without_a_password_is_not_bound_as_nobody() {
    let server = people(|id| Deed::Send(outcome(id, 0x65, 0, ""))).await;
    let settings = server.settings(domain::DirectoryKind::OpenLdap);
    for password in [None, Some(Secret::from(""))] {
        let session = ports::directory::Directories::open(&crate::server::directories(), &settings, password).await;
        let error = Reading::of(&*session.expect("opened"), None).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Bind, "NO_PASSWORD"));
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_referral_is_not_followed_and_says_so() {
    let server = people(|id| {
        let referral = all(0xa3, &[ber(0x04, b"ldap://elsewhere.example.com/dc=x")]);
        let done = all(0x65, &[ber(0x0a, &[10]), ber(0x04, b""), ber(0x04, b""), referral]);
        Deed::Send(message(id, done, &[]))
    })
    .await;
    let error = server.failure().await;
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Base, "referral"), "{error:?}");
    assert!(error.hint.contains("not followed"), "{error:?}");
}

#[tokio::test]
async fn references_among_entries_are_left_out() {
    let server = people(|id| {
        let reference = message(id, all(0x73, &[ber(0x04, b"ldap://elsewhere.example.com/dc=x")]), &[]);
        let first = entry(id, "uid=ann,dc=example,dc=com", PERSON);
        Deed::Send([reference, first, outcome(id, 0x65, 0, "")].concat())
    })
    .await;
    let reading = Reading::of(&*server.session().await, None).await.expect("read");
    assert_eq!(reading.people().len(), 1);
}
