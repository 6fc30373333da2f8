//! An effect and its log entry stand or fall together, wherever the work is cut off.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
};

use domain::{Entropy, UserStatus};
use futures_util::FutureExt;
use rolegate_usecases::{
    manage_users::{self, NewUser},
    user_lifecycle,
};

use testkit::CountingEntropy;

use crate::world::{PASSWORD, World, profile, secret};

/// Gives up on a future after so many polls, as a dropped connection does.
struct CutOff<F> {
    work: Pin<Box<F>>,
    polls_left: u32,
}

impl<F: Future> Future for CutOff<F> {
    type Output = bool;

    /// Whether the work came to its end.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.polls_left == 0 {
            return Poll::Ready(false);
        }
        self.polls_left -= 1;
        self.work.as_mut().poll(context).map(|_| true)
    }
}

async fn cut_off(work: impl Future, polls: u32) -> bool {
    CutOff { work: Box::pin(work), polls_left: polls }.await
}

/// Waits until a transaction that was left open is rolled back: there is one writer.
async fn settle(world: &World) {
    drop(world.store().begin().await.unwrap());
}

#[tokio::test]
async fn a_creation_that_is_cut_off_leaves_user_and_events_or_neither() {
    let world = World::new().await;
    let mut finished = false;
    for polls in 1..200 {
        let login = format!("user{polls}@example.com");
        let new = NewUser::new(profile(&login), Some(secret(PASSWORD)));
        finished = cut_off(manage_users::create(&world.services, &world.as_root(), new), polls).await;
        settle(&world).await;
        let user = world.store().user_by_login(&login.parse().unwrap()).await.unwrap();
        for event_type in ["user.lifecycle.create", "user.lifecycle.activate"] {
            let of_login = |event: &&domain::Event| event.targets[0].alternate_id == login;
            let count = world.events(event_type).await.iter().filter(of_login).count();
            assert_eq!(count, usize::from(user.is_some()), "{event_type} after {polls} polls");
        }
        if finished {
            assert!(user.is_some());
            break;
        }
    }
    assert!(finished, "the last attempt must have been allowed to end");
}

#[tokio::test]
async fn a_deactivation_that_is_cut_off_leaves_status_sessions_and_events_as_one() {
    let world = World::new().await;
    let mut finished = false;
    for polls in 1..200 {
        let user = world.active(&format!("user{polls}@example.com")).await;
        world.add_session(&user, &format!("session{polls}")).await;
        finished = cut_off(user_lifecycle::deactivate(&world.services, &world.as_root(), &user.id), polls).await;
        settle(&world).await;
        let done = world.status(&user.id).await == UserStatus::Deprovisioned;
        let of_user = |event: &&domain::Event| event.targets[0].id == user.id.as_str();
        let events = world.events("user.lifecycle.deactivate").await.iter().filter(of_user).count();
        assert_eq!(events, usize::from(done), "after {polls} polls");
        assert_eq!(world.sessions(&user.id).await, usize::from(!done), "after {polls} polls");
        assert_eq!(world.store().password_hash(&user.id).await.unwrap().is_none(), done, "after {polls} polls");
        if finished {
            assert!(done);
            break;
        }
    }
    assert!(finished, "the last attempt must have been allowed to end");
}

/// Breaks down when it is asked for the last time that it can be: once for an id, once for each event, so between an
/// effect and its event.
#[derive(Default)]
struct Exhaustible {
    entropy: CountingEntropy,
    /// 0: never.
    asks_left: AtomicU32,
}

impl Entropy for Exhaustible {
    fn fill(&self, bytes: &mut [u8]) {
        let left = self.asks_left.load(Ordering::SeqCst);
        assert_ne!(left, 1, "out of entropy, as the test wants it");
        self.asks_left.store(left.saturating_sub(1), Ordering::SeqCst);
        self.entropy.fill(bytes);
    }
}

#[tokio::test]
async fn a_creation_that_breaks_down_between_its_events_leaves_neither_user_nor_event() {
    let entropy = Arc::new(Exhaustible::default());
    let world = World::with_entropy(entropy.clone()).await;
    let before =
        (world.events("user.lifecycle.create").await.len(), world.events("user.lifecycle.activate").await.len());
    // The id, the event of the creation, the event of the activation.
    for asks in 1..=3 {
        let new = NewUser::new(profile("ann@example.com"), Some(secret(PASSWORD)));
        let root = world.as_root();
        entropy.asks_left.store(asks, Ordering::SeqCst);
        let broken = AssertUnwindSafe(manage_users::create(&world.services, &root, new)).catch_unwind().await;
        entropy.asks_left.store(0, Ordering::SeqCst);
        assert!(broken.is_err(), "it was meant to break down at {asks}");
        settle(&world).await;
        assert_eq!(world.store().user_by_login(&"ann@example.com".parse().unwrap()).await.unwrap(), None);
        let after =
            (world.events("user.lifecycle.create").await.len(), world.events("user.lifecycle.activate").await.len());
        assert_eq!(after, before, "broken down at {asks}");
    }
    world.active("ann@example.com").await;
}

#[tokio::test]
async fn a_deactivation_without_its_event_leaves_person_password_and_session_as_they_were() {
    let entropy = Arc::new(Exhaustible::default());
    let world = World::with_entropy(entropy.clone()).await;
    let ann = world.active("ann@example.com").await;
    world.add_session(&ann, "one").await;
    let root = world.as_root();
    entropy.asks_left.store(1, Ordering::SeqCst);
    let work = user_lifecycle::deactivate(&world.services, &root, &ann.id);
    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err());
    entropy.asks_left.store(0, Ordering::SeqCst);
    settle(&world).await;
    assert_eq!(world.user(&ann.id).await, ann);
    assert_eq!(world.sessions(&ann.id).await, 1);
    assert!(world.store().password_hash(&ann.id).await.unwrap().is_some());
    assert!(world.events("user.lifecycle.deactivate").await.is_empty());
}
