//! The password check: nobody learns anything, the log knows everything.

use domain::{Secret, UserStatus, event::Origin, event::Outcome};
use rolegate_usecases::sign_in::{self, SignIn};
use testkit::{FakePasswords, sample};

use crate::world::{ANN, PASSWORD, World};

fn is_refused<T>(sign_in: &SignIn<T>) -> bool {
    matches!(sign_in, SignIn::Refused)
}

#[tokio::test]
async fn the_right_password_begins_a_session_and_is_logged() {
    let world = World::new().await;
    let SignIn::Done(started) = world.sign_in("ANN@example.com", PASSWORD).await else { panic!("refused") };
    assert_eq!(started.live.user.id, world.ann.id);
    assert_eq!(started.live.session.amr, ["pwd"]);
    assert_eq!(started.secret.expose().len(), 43);
    let event = world.last_event().await;
    assert_eq!((event.event_type.as_str(), event.outcome), ("user.session.start", Outcome::Success));
    assert_eq!(event.origin.session.as_deref(), Some(started.live.session.id.as_str()));
    let stored = world.store().user(&world.ann.id).await.unwrap().unwrap();
    assert_eq!(stored.last_login, Some(sample::NOW));
}

#[tokio::test]
async fn every_reason_to_refuse_is_logged_and_none_is_told() {
    let world = World::new().await;
    for (login, status) in [
        ("sus@example.com", UserStatus::Suspended),
        ("dep@example.com", UserStatus::Deprovisioned),
        ("lock@example.com", UserStatus::LockedOut),
    ] {
        world.add_user(&domain::User { status, ..sample::user(login) }).await;
    }
    let emoji = "🦀".repeat(300);
    for (login, password, reason) in [
        ("nobody@example.com", PASSWORD, "UNKNOWN_USER"),
        (emoji.as_str(), PASSWORD, "UNKNOWN_USER"),
        ("", PASSWORD, "UNKNOWN_USER"),
        (ANN, "wrong", "INVALID_CREDENTIALS"),
        ("sus@example.com", PASSWORD, "SUSPENDED"),
        ("sus@example.com", "wrong", "INVALID_CREDENTIALS"),
        ("dep@example.com", PASSWORD, "DEPROVISIONED"),
        ("lock@example.com", PASSWORD, "LOCKED_OUT"),
    ] {
        assert!(is_refused(&world.sign_in(login, password).await), "{login}");
        let event = world.last_event().await;
        assert_eq!((event.event_type.as_str(), event.outcome), ("user.session.start", Outcome::Failure), "{login}");
        assert_eq!(event.reason.as_deref(), Some(reason), "{login}");
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_lock_for_a_while_even_against_the_right_one() {
    let world = World::with(|settings| settings.lockout.failures = 3, |_| {}).await;
    let before = world.live().await;
    for _ in 0..3 {
        assert!(is_refused(&world.sign_in(ANN, "wrong").await));
    }
    let types: Vec<String> = world.events().await.into_iter().map(|event| event.event_type).collect();
    assert_eq!(types.iter().filter(|kind| *kind == "user.account.lock").count(), 1);
    assert!(is_refused(&world.sign_in(ANN, PASSWORD).await), "locked");
    assert_eq!(world.last_event().await.reason.as_deref(), Some("LOCKED_OUT"));
    assert_eq!(
        world.store().sessions_of_user(&world.ann.id, sample::NOW).await.unwrap().len(),
        1,
        "wrong passwords throw nobody out"
    );
    assert_eq!(before.user.status, UserStatus::Active);

    world.clock.advance_seconds(899);
    assert!(is_refused(&world.sign_in(ANN, PASSWORD).await), "still locked");
    world.clock.advance_seconds(2);
    assert!(is_refused(&world.sign_in(ANN, "wrong").await));
    assert!(!is_refused(&world.sign_in(ANN, PASSWORD).await), "one slip after the lock does not lock again");
    assert_eq!(world.store().lockout(&world.ann.id).await.unwrap(), (0, None), "success clears the count");
}

#[tokio::test]
async fn guesses_at_the_same_time_do_not_outrun_the_lock() {
    let world = std::sync::Arc::new(World::with(|settings| settings.lockout.failures = 3, |_| {}).await);
    let guesses = (0..40).map(|number| {
        let world = world.clone();
        tokio::spawn(async move {
            let password = if number == 39 { PASSWORD } else { "wrong" };
            !is_refused(&world.sign_in(ANN, password).await)
        })
    });
    let mut let_in = 0;
    for guess in guesses.collect::<Vec<_>>() {
        let_in += u32::from(guess.await.unwrap());
    }
    let counted = world.events().await.into_iter().filter(|e| e.reason.as_deref() == Some("INVALID_CREDENTIALS"));
    assert!(counted.count() <= 5, "guesses beyond the lock were judged");
    assert!(let_in <= 1);
}

#[tokio::test]
async fn an_outdated_hash_is_made_anew() {
    let world = World::new().await;
    let old = FakePasswords::outdated_hash_of(PASSWORD);
    let mut unit = world.begin().await;
    unit.set_password_hash(&world.ann.id, Some(&old)).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!is_refused(&world.sign_in(ANN, PASSWORD).await));
    let stored = world.store().password_hash(&world.ann.id).await.unwrap();
    assert_eq!(stored, Some(FakePasswords::hash_of(PASSWORD)));
}

#[tokio::test]
async fn who_is_not_active_yet_is_told_so_with_the_right_password_alone() {
    let world = World::new().await;
    for (login, status, has_token) in [
        ("staged@example.com", UserStatus::Staged, false),
        ("prov@example.com", UserStatus::Provisioned, false),
        ("exp@example.com", UserStatus::PasswordExpired, true),
        ("rec@example.com", UserStatus::Recovery, true),
    ] {
        world.add_user(&domain::User { status, ..sample::user(login) }).await;
        assert!(is_refused(&world.sign_in(login, "wrong").await), "{login}");
        let SignIn::Unfinished(unfinished) = world.sign_in(login, PASSWORD).await else { panic!("{login}") };
        assert_eq!((unfinished.status, unfinished.state_token.is_some()), (status, has_token), "{login}");
        assert_eq!(world.last_event().await.reason.as_deref(), Some(status.as_str()));
        let user = world.store().user_by_login(&login.parse().unwrap()).await.unwrap().unwrap();
        assert!(world.store().sessions_of_user(&user.id, sample::NOW).await.unwrap().is_empty(), "{login}");
    }
}

#[tokio::test]
async fn an_expired_password_is_changed_once_with_the_state_token() {
    let world = World::new().await;
    world.update_user(&domain::User { status: UserStatus::PasswordExpired, ..world.ann.clone() }).await;
    let SignIn::Unfinished(unfinished) = world.sign_in(ANN, PASSWORD).await else { panic!("not expired") };
    let token = unfinished.state_token.unwrap();
    let new = Secret::from("a much better password");
    let old = Secret::from(PASSWORD);
    let choose = |old: Secret<String>, new: Secret<String>| {
        let (services, token) = (&world.services, token.expose().clone());
        async move { sign_in::choose_password(services, Origin::default(), &token, &old, &new).await }
    };
    choose(Secret::from("wrong"), new.clone()).await.unwrap_err();
    choose(old.clone(), Secret::from("short")).await.unwrap_err();
    assert!(choose(old.clone(), new.clone()).await.unwrap().is_some(), "the token outlives a slip");
    assert!(choose(old, new.clone()).await.unwrap().is_none(), "and is used up by the change");
    assert!(is_refused(&world.sign_in(ANN, PASSWORD).await));
    assert!(!is_refused(&world.sign_in(ANN, new.expose()).await));
}

#[tokio::test]
async fn a_state_token_never_stands_in_for_a_session_token() {
    let world = World::new().await;
    world.update_user(&domain::User { status: UserStatus::PasswordExpired, ..world.ann.clone() }).await;
    let SignIn::Unfinished(unfinished) = world.sign_in(ANN, PASSWORD).await else { panic!("not expired") };
    world.update_user(&world.ann).await;
    let token = unfinished.state_token.unwrap();
    let started =
        rolegate_usecases::sessions::start_from_token(&world.services, Origin::default(), token.expose(), &[]);
    assert!(started.await.unwrap().is_none());
}

#[tokio::test]
async fn the_token_of_a_page_ends_by_itself_and_cannot_be_stretched() {
    use rolegate_usecases::state_token;
    let world = World::new().await;
    let token = state_token::for_page(&world.services);
    assert!(token.len() <= 50 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    assert!(state_token::of_page(&world.services, &token).is_some());
    for wrong in ["", "00s", "00sffffffffffaaaaaaaaaaaaaaaaaaaa", "00s0000000000aaaaaaaaaaaaaaaaaaaa", &token[..32]] {
        assert!(state_token::of_page(&world.services, wrong).is_none(), "{wrong}");
    }
    world.clock.advance_seconds(3_601);
    assert!(state_token::of_page(&world.services, &token).is_none());
}
