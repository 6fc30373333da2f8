//! Answers with bytes bent at random: whatever comes of them, the library that decodes them does not fall over, because
//! nothing that it would fall over passes the gate.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use testkit::directory::Reading;

use crate::server::{Deed, Request, Server, all, ber, control, entry, message, outcome};

const ROUNDS: u32 = 400;

/// The next number of a sequence that is the same in every run (`SplitMix64`).
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((mixed ^ (mixed >> 27)) >> 33).expect("31 bits")
}

/// An answer with everything in it that the library reads.
fn whole(request: &Request) -> Vec<u8> {
    let id = request.id;
    if request.operation == 0x60 {
        let done =
            all(0x61, &[ber(0x0a, &[0]), ber(0x04, b""), ber(0x04, b"welcome"), all(0xa3, &[ber(0x04, b"ldap://x")])]);
        return message(id, done, &[control("1.3.6.1.4.1.42.2.27.8.5.1", b"\x30\x00")]);
    }
    let person =
        entry(id, "uid=ann,dc=example,dc=com", &[("mail", &[b"ann@example.com", b"a@example.com"]), ("sn", &[])]);
    let between = message(id, all(0x79, &[ber(0x80, b"1.3.6.1.4.1.4203.1.9.1.4"), ber(0x81, b"\xa1\x00")]), &[]);
    let reference = message(id, all(0x73, &[ber(0x04, b"ldap://elsewhere")]), &[]);
    let done = all(0x65, &[ber(0x0a, &[0]), ber(0x04, b""), ber(0x04, b"")]);
    let cookie = all(0x30, &[ber(0x02, &[0]), ber(0x04, b"")]);
    let end = message(id, done, &[control("1.2.840.113556.1.4.319", &cookie)]);
    [person, between, reference, end].concat()
}

#[tokio::test]
async fn no_answer_however_bent_makes_the_library_fall_over() {
    let panics = Arc::new(AtomicU32::new(0));
    let (counted, here) = (panics.clone(), std::thread::current().id());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Everything of this test runs on its own thread.
        if std::thread::current().id() == here {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        before(panic);
    }));
    for round in 0..ROUNDS {
        let server = Server::plain(move |request| {
            let mut state = u64::from(round) << 32 | u64::from(request.id);
            let mut bytes = whole(request);
            if request.operation == 0x60 && round % 4 > 0 {
                return Deed::Send(outcome(request.id, 0x61, 0, ""));
            }
            for _ in 0..=next(&mut state) % 3 {
                let place = next(&mut state) % bytes.len();
                bytes[place] = u8::try_from(next(&mut state) % 256).expect("a byte");
            }
            Deed::Close(bytes)
        })
        .await;
        // Most fail, some bend nothing that matters.
        let _ = Reading::of(&*server.session().await, None).await;
    }
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}
