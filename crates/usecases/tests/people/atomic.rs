//! An effect and its log entry stand or fall together, wherever the work is cut off.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use domain::UserStatus;
use rolegate_usecases::{
    manage_users::{self, NewUser},
    user_lifecycle,
};

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
            assert!(user.is_some() && polls > 3, "{polls} polls are too few to have been cut off anywhere");
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
            assert!(done && polls > 3, "{polls} polls are too few to have been cut off anywhere");
            break;
        }
    }
    assert!(finished, "the last attempt must have been allowed to end");
}
