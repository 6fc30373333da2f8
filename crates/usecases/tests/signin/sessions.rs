//! Sessions: limits, one-time tokens, renewal, and their end.

use domain::{Secret, UserStatus, event::Origin};
use rolegate_usecases::{
    Caller,
    sessions::{self, Started},
    sign_in::{self, SignIn},
};
use testkit::sample;

use crate::world::{ANN, PASSWORD, World};

async fn token(world: &World) -> String {
    let password = Secret::from(PASSWORD);
    match sign_in::for_session_token(&world.services, Origin::default(), ANN, &password).await.unwrap() {
        SignIn::Done(done) => done.token.expose().clone(),
        _ => panic!("refused"),
    }
}

async fn exchange(world: &World, token: &str) -> Option<Started> {
    sessions::start_from_token(&world.services, Origin::default(), token, &[]).await.unwrap()
}

async fn started(world: &World) -> Started {
    let token = token(world).await;
    exchange(world, &token).await.unwrap()
}

async fn is_live(world: &World, secret: &Secret<String>) -> bool {
    sessions::resume(&world.services, secret.expose()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_token_is_taken_once() {
    let world = World::new().await;
    let token = token(&world).await;
    assert!(exchange(&world, &token).await.is_some());
    assert!(exchange(&world, &token).await.is_none());
    let event = world.last_event().await;
    assert_eq!(event.reason.as_deref(), Some("INVALID_SESSION_TOKEN"));
}

#[tokio::test]
async fn two_who_come_at_once_with_one_token_get_one_session() {
    let world = World::new().await;
    let token = token(&world).await;
    let (one, other) = tokio::join!(exchange(&world, &token), exchange(&world, &token));
    assert!(one.is_some() != other.is_some());
}

#[tokio::test]
async fn a_session_token_ends_after_five_minutes() {
    let world = World::new().await;
    let token = token(&world).await;
    world.clock.advance_seconds(301);
    assert!(exchange(&world, &token).await.is_none());
}

#[tokio::test]
async fn a_session_token_of_somebody_suspended_meanwhile_opens_nothing() {
    let world = World::new().await;
    let token = token(&world).await;
    world.update_user(&domain::User { status: UserStatus::Suspended, ..world.ann.clone() }).await;
    assert!(exchange(&world, &token).await.is_none());
}

#[tokio::test]
async fn garbage_opens_nothing() {
    let world = World::new().await;
    for text in ["", "x", &"x".repeat(10_000), "'; DROP TABLE sessions; --", "\0"] {
        assert!(exchange(&world, text).await.is_none());
        assert!(sessions::resume(&world.services, text).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_unused_session_ends_at_its_idle_limit_and_use_moves_it() {
    let world = World::new().await;
    let session = started(&world).await;
    for _ in 0..5 {
        world.clock.advance_seconds(7_000);
        assert!(is_live(&world, &session.secret).await);
    }
    world.clock.advance_seconds(7_201);
    assert!(!is_live(&world, &session.secret).await);
}

#[tokio::test]
async fn a_used_session_ends_at_its_absolute_limit() {
    let world = World::new().await;
    let session = started(&world).await;
    for _ in 0..12 {
        world.clock.advance_seconds(3_599);
        assert!(is_live(&world, &session.secret).await);
    }
    world.clock.advance_seconds(13);
    assert!(!is_live(&world, &session.secret).await, "12 hours are over");
}

#[tokio::test]
async fn refreshing_moves_the_idle_limit_and_never_the_absolute_one() {
    let world = World::new().await;
    let session = started(&world).await;
    world.clock.advance_seconds(3_600);
    let refreshed = sessions::refresh(&world.services, &session.live).await.unwrap();
    assert_eq!(refreshed.ends(), sample::NOW.plus_seconds(3_600 + 7_200));
    assert_eq!(refreshed.expires, session.live.session.expires);
}

#[tokio::test]
async fn suspending_and_deleting_a_user_ends_what_their_sessions_may() {
    let world = World::new().await;
    let session = started(&world).await;
    world.update_user(&domain::User { status: UserStatus::Suspended, ..world.ann.clone() }).await;
    assert!(!is_live(&world, &session.secret).await);
    world.update_user(&world.ann).await;
    assert!(is_live(&world, &session.secret).await);
    let mut unit = world.begin().await;
    unit.delete_user(&world.ann.id).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!is_live(&world, &session.secret).await);
}

#[tokio::test]
async fn signing_in_ends_the_session_that_was_presented() {
    let world = World::new().await;
    let old = started(&world).await;
    let other = started(&world).await;
    let presented = [old.secret.expose().as_str()];
    let password = Secret::from(PASSWORD);
    let signed_in = sign_in::with_password(&world.services, Origin::default(), ANN, &password, &presented).await;
    assert!(matches!(signed_in.unwrap(), SignIn::Done(_)));
    assert!(!is_live(&world, &old.secret).await);
    assert!(is_live(&world, &other.secret).await, "what was not presented stays");
}

#[tokio::test]
async fn people_list_and_end_their_own_sessions_and_nobody_elses() {
    let world = World::new().await;
    let (one, two, three) = (started(&world).await, started(&world).await, started(&world).await);
    let ann = Caller::person(&world.ann, Origin::default());
    let bob = sample::user("bob@example.com");
    world.add_user(&bob).await;
    let stranger = Caller::person(&bob, Origin::default());
    assert_eq!(sessions::list_own(&world.services, &ann, &world.ann.id).await.unwrap().len(), 3);
    sessions::list_own(&world.services, &stranger, &world.ann.id).await.unwrap_err();
    let id = &two.live.session.id;
    sessions::end(&world.services, &stranger, &world.ann.id, id).await.unwrap_err();
    assert!(is_live(&world, &two.secret).await);
    sessions::end(&world.services, &ann, &world.ann.id, id).await.unwrap();
    sessions::end(&world.services, &ann, &world.ann.id, id).await.unwrap_err();
    assert!(!is_live(&world, &two.secret).await);
    assert_eq!(sessions::end_others(&world.services, &ann, &one.live).await.unwrap(), 1);
    assert!(is_live(&world, &one.secret).await && !is_live(&world, &three.secret).await);
    sessions::sign_out(&world.services, &ann, &one.live).await.unwrap();
    assert!(!is_live(&world, &one.secret).await);
    assert_eq!(world.last_event().await.event_type, "user.session.end");
}

#[tokio::test]
async fn the_secret_is_stored_nowhere() {
    let world = World::new().await;
    let session = started(&world).await;
    let log = serde_json::to_string(&world.events().await).unwrap();
    assert!(!log.contains(session.secret.expose().as_str()) && !log.contains(PASSWORD));
    assert_eq!(format!("{:?}", session.secret), "Secret(…)");
}
