//! Sessions and one-time tokens.

use domain::session::OneTimePurpose;
use ports::{StoreError, StoreResult};

use super::{Subject, begin, refused, seed};
use crate::sample;

/// Expired ones too: the caller decides.
pub async fn a_session_is_read_with_its_user_and_the_revision(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let mut session = sample::session(&ann, "s");
    session.expires = sample::NOW.plus_seconds(-5);
    session.ip = None;
    session.amr.push("otp".to_owned());
    let mut unit = begin(&store).await;
    unit.insert_session(&session, &sample::hash("s")).await?;
    let taken = unit.insert_session(&sample::session(&ann, "t"), &sample::hash("s")).await;
    refused!(taken, StoreError::Conflict { entity: "session", field: "hash" });
    let stray = sample::session(&sample::user("x@example.com"), "x");
    refused!(unit.insert_session(&stray, &sample::hash("x")).await, StoreError::Missing { entity: "user", .. });
    unit.commit().await?;
    let view = store.session_by_hash(&sample::hash("s")).await?.expect("there");
    assert_eq!(view.session, session);
    assert_eq!(view.user, ann);
    assert_eq!(view.revision, store.entitlement_revision().await?);
    assert_eq!(store.session_by_hash(&sample::hash("other")).await?, None);

    let (used, idle) = (sample::NOW.plus_seconds(60), sample::NOW.plus_seconds(999));
    let mut unit = begin(&store).await;
    unit.touch_session(&session.id, used, idle).await?;
    unit.touch_session(&sample::session_id("gone"), used, idle).await?;
    unit.commit().await?;
    let touched = store.session_by_hash(&sample::hash("s")).await?.expect("there").session;
    assert_eq!((touched.last_used, touched.idle_expires), (used, idle));
    Ok(())
}

/// One, or all at once with the one-time tokens.
pub async fn a_session_is_ended_by_its_owner_alone(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    seed(&store, &[&ann, &bob], &[], &[]).await?;
    let mut unit = begin(&store).await;
    for name in ["1", "2", "3"] {
        unit.insert_session(&sample::session(&ann, name), &sample::hash(name)).await?;
    }
    unit.insert_session(&sample::session(&bob, "b"), &sample::hash("b")).await?;
    unit.insert_one_time_token(&sample::one_time_token(Some(&ann), OneTimePurpose::SessionToken, "o")).await?;
    assert!(!unit.delete_session(&bob.id, &sample::session_id("1")).await?);
    assert!(unit.delete_session(&ann.id, &sample::session_id("1")).await?);
    assert!(!unit.delete_session(&ann.id, &sample::session_id("1")).await?);
    assert_eq!(unit.delete_sessions_of_user(&ann.id).await?, 2);
    let purpose = OneTimePurpose::SessionToken;
    assert_eq!(unit.take_one_time_token(&sample::hash("o"), purpose, sample::NOW).await?, None);
    unit.commit().await?;
    assert_eq!(store.session_by_hash(&sample::hash("2")).await?, None);
    assert!(store.session_by_hash(&sample::hash("b")).await?.is_some());
    Ok(())
}

/// Newest first; what ended before the given time goes.
pub async fn sessions_that_ended_are_not_listed_and_are_swept(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let (older, mut newer, mut idle, mut over) = (
        sample::session(&ann, "older"),
        sample::session(&ann, "newer"),
        sample::session(&ann, "idle"),
        sample::session(&ann, "over"),
    );
    newer.created = sample::NOW.plus_seconds(10);
    idle.idle_expires = sample::NOW.plus_seconds(-1);
    over.expires = sample::NOW;
    let mut unit = begin(&store).await;
    for session in [&older, &newer, &idle, &over] {
        unit.insert_session(session, &sample::hash(session.id.as_str())).await?;
    }
    let mut stale = sample::one_time_token(None, OneTimePurpose::StateToken, "stale");
    stale.expires = sample::NOW.plus_seconds(-1);
    unit.insert_one_time_token(&stale).await?;
    unit.insert_one_time_token(&sample::one_time_token(None, OneTimePurpose::StateToken, "fresh")).await?;
    unit.commit().await?;
    assert_eq!(store.sessions_of_user(&ann.id, sample::NOW).await?, [newer, older]);
    let mut unit = begin(&store).await;
    assert_eq!(unit.delete_expired(sample::NOW).await?, 2, "one session and one token ended before now");
    unit.commit().await?;
    assert_eq!(store.session_by_hash(&sample::hash(idle.id.as_str())).await?, None);
    assert!(store.session_by_hash(&sample::hash(over.id.as_str())).await?.is_some(), "it ends now, not before");
    Ok(())
}

/// Twenty at once.
pub async fn a_one_time_token_is_taken_once_by_many_callers(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let token = sample::one_time_token(Some(&ann), OneTimePurpose::SessionToken, "once");
    let mut unit = begin(&store).await;
    unit.insert_one_time_token(&token).await?;
    unit.commit().await?;
    let takers: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut unit = begin(&store).await;
                let purpose = OneTimePurpose::SessionToken;
                let got = unit.take_one_time_token(&sample::hash("once"), purpose, sample::NOW).await?;
                unit.commit().await?;
                StoreResult::Ok(got)
            })
        })
        .collect();
    let mut got = Vec::new();
    for taker in takers {
        got.extend(taker.await.expect("a taker ends")?);
    }
    assert_eq!(got, [token]);
    Ok(())
}

/// Neither for another purpose nor after its end.
pub async fn a_one_time_token_is_good_for_its_purpose_and_time(store: Subject) -> StoreResult<()> {
    let token = sample::one_time_token(None, OneTimePurpose::StateToken, "t");
    let mut unit = begin(&store).await;
    unit.insert_one_time_token(&token).await?;
    let (hash, session, state) = (&token.hash, OneTimePurpose::SessionToken, OneTimePurpose::StateToken);
    assert_eq!(unit.take_one_time_token(hash, session, sample::NOW).await?, None);
    assert_eq!(unit.take_one_time_token(hash, state, sample::NOW).await?.as_ref(), Some(&token));
    assert_eq!(unit.take_one_time_token(hash, state, sample::NOW).await?, None);
    unit.insert_one_time_token(&token).await?;
    assert_eq!(unit.take_one_time_token(hash, state, token.expires).await?, None);
    Ok(())
}
