//! Units of work, and the revision.

use domain::session::OneTimePurpose;
use ports::{StoreResult, UnitOfWork};

use super::{Subject, begin, page, seed};
use crate::sample;

/// Again and again.
pub async fn a_dropped_unit_leaves_nothing_and_frees_the_writer(store: Subject) -> StoreResult<()> {
    for number in 0..50 {
        let mut unit = begin(&store).await;
        unit.insert_user(&sample::user(&format!("u{number}@example.com")), None).await?;
        drop(unit);
    }
    let mut cancelled = begin(&store).await;
    let ann = sample::user("ann@example.com");
    // A write whose caller goes away before it is answered.
    tokio::select! {
        biased;
        _ = cancelled.insert_user(&ann, None) => {}
        () = std::future::ready(()) => {}
    }
    drop(cancelled);
    let mut unit = begin(&store).await;
    assert_eq!(unit.user_for_update(&ann.id).await?, None);
    unit.insert_user(&ann, None).await?;
    unit.commit().await?;
    let users = store.users(&ports::UserFilter::default(), &page(100)).await?.items;
    assert_eq!(users, [ann]);
    Ok(())
}

/// And do not wait for it.
pub async fn readers_see_the_past_while_a_unit_is_open(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    let mut unit = begin(&store).await;
    unit.insert_user(&ann, None).await?;
    assert_eq!(store.user(&ann.id).await?, None);
    unit.commit().await?;
    assert_eq!(store.user(&ann.id).await?, Some(ann));
    Ok(())
}

/// Nobody's change is lost: what is read inside a unit still holds when it is committed.
pub async fn many_writers_wait_for_each_other(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let writers: Vec<_> = (0..50)
        .map(|_| {
            let (store, id) = (store.clone(), ann.id.clone());
            tokio::spawn(async move {
                let mut unit = begin(&store).await;
                let mut user = unit.user_for_update(&id).await?.expect("there");
                user.profile.first_name.push('x');
                tokio::task::yield_now().await;
                unit.update_user(&user).await?;
                unit.commit().await
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer ends")?;
    }
    let name = store.user(&ann.id).await?.expect("there").profile.first_name;
    assert_eq!(name, format!("Sample{}", "x".repeat(50)));
    Ok(())
}

/// Runs one change in its own unit and answers by how much the revision grew.
async fn growth(store: &Subject, change: impl AsyncFnOnce(&mut dyn UnitOfWork) -> StoreResult<()>) -> StoreResult<i64> {
    let before = store.entitlement_revision().await?;
    let mut unit = begin(store).await;
    change(unit.as_mut()).await?;
    unit.commit().await?;
    Ok(store.entitlement_revision().await? - before)
}

/// Users, groups, memberships, directories, apps, assignments, accounts, roles; not when it is rolled back.
pub async fn the_revision_grows_with_what_entitlements_come_from(store: Subject) -> StoreResult<()> {
    let (ann, staff, app) = (sample::user("ann@example.com"), sample::group("Staff"), sample::app("AWS"));
    let account = sample::aws_account(&app, 1);
    let role = sample::aws_role(&account, "Admin");
    let (direct, through) = (sample::user_assignment(&app, &ann, &[]), sample::group_assignment(&app, &staff, 0, &[]));
    let now = sample::NOW;
    assert!(growth(&store, async |unit| unit.insert_user(&ann, None).await).await? > 0);
    assert!(growth(&store, async |unit| unit.update_user(&ann).await).await? > 0);
    assert!(growth(&store, async |unit| unit.insert_group(&staff).await).await? > 0);
    assert!(growth(&store, async |unit| unit.update_group(&staff).await).await? > 0);
    assert!(growth(&store, async |unit| unit.add_member(&staff.id, &ann.id, now).await.map(drop)).await? > 0);
    let mut corp = sample::directory("corp");
    let read = sample::directory_group(&corp, "read");
    assert!(growth(&store, async |unit| unit.insert_directory(&corp).await).await? > 0);
    assert!(growth(&store, async |unit| unit.insert_group(&read).await).await? > 0);
    assert!(growth(&store, async |unit| unit.add_nested(&staff.id, &read.id, now).await.map(drop)).await? > 0);
    assert!(growth(&store, async |unit| unit.remove_nested(&staff.id, &read.id, now).await.map(drop)).await? > 0);
    "renamed".clone_into(&mut corp.name);
    assert!(growth(&store, async |unit| unit.update_directory(&corp).await).await? > 0);
    assert!(growth(&store, async |unit| unit.delete_directory(&corp.id).await).await? > 0);
    assert!(growth(&store, async |unit| unit.insert_app(&app).await).await? > 0);
    assert!(growth(&store, async |unit| unit.update_app(&app).await).await? > 0);
    assert!(growth(&store, async |unit| unit.put_user_assignment(&direct).await).await? > 0);
    assert!(growth(&store, async |unit| unit.put_group_assignment(&through).await).await? > 0);
    let roles = std::slice::from_ref(&role);
    assert!(growth(&store, async |unit| unit.put_account_reading(&account, roles, now).await.map(drop)).await? > 0);
    assert!(growth(&store, async |unit| unit.put_account_reading(&account, &[], now).await.map(drop)).await? > 0);
    assert!(
        growth(&store, async |unit| unit.set_role_verdict(&app.id, &role.arn, &sample::refused()).await).await? > 0
    );
    let partitions = [account.partition];
    assert!(
        growth(&store, async |unit| unit.mark_vanished_accounts(&app.id, &partitions, &[], now).await.map(drop))
            .await?
            > 0
    );
    let removed = growth(&store, async |unit| unit.remove_member(&staff.id, &ann.id, now).await.map(drop));
    assert!(removed.await? > 0);
    assert!(growth(&store, async |unit| unit.delete_user_assignment(&app.id, &ann.id).await.map(drop)).await? > 0);
    assert!(growth(&store, async |unit| unit.delete_group_assignment(&app.id, &staff.id).await.map(drop)).await? > 0);
    assert!(growth(&store, async |unit| unit.delete_group(&staff.id).await).await? > 0);

    let before = store.entitlement_revision().await?;
    let mut dropped = begin(&store).await;
    dropped.update_user(&ann).await?;
    drop(dropped);
    assert_eq!(store.entitlement_revision().await?, before);
    assert!(growth(&store, async |unit| unit.delete_app(&app.id).await).await? > 0);
    assert!(growth(&store, async |unit| unit.delete_user(&ann.id).await).await? > 0);
    Ok(())
}

/// Sign-ins, sessions, tokens, passwords, runs, leases, the log.
pub async fn the_revision_stays_when_nobody_s_roles_can_change(store: Subject) -> StoreResult<()> {
    let (ann, app) = (sample::user("ann@example.com"), sample::app("AWS"));
    seed(&store, &[&ann], &[], &[&app]).await?;
    let session = sample::session(&ann, "s");
    let token = sample::one_time_token(Some(&ann), OneTimePurpose::SessionToken, "o");
    let grew = growth(&store, async |unit| {
        let now = sample::NOW;
        unit.note_sign_in(&ann.id, now).await?;
        unit.set_password_hash(&ann.id, Some("x")).await?;
        unit.add_failure(&ann.id, now).await?;
        unit.set_lockout(&ann.id, None).await?;
        unit.insert_session(&session, &sample::hash("s")).await?;
        unit.touch_session(&session.id, now, now).await?;
        unit.delete_session(&ann.id, &session.id).await?;
        unit.insert_one_time_token(&token).await?;
        unit.take_one_time_token(&token.hash, token.purpose, now).await?;
        unit.insert_token(&sample::api_token(None, "t"), &sample::hash("t")).await?;
        unit.touch_token(&sample::token_id("t"), now).await?;
        unit.insert_run(&sample::run(&app, "r")).await?;
        unit.take_lease("l", "h", now, now).await?;
        unit.append_event(&sample::event(1, "user.session.start")).await
    });
    assert_eq!(grew.await?, 0);
    let before = store.entitlement_revision().await?;
    store.append_events(vec![sample::event(2, "user.session.start")]).await?;
    assert_eq!(store.entitlement_revision().await?, before);
    Ok(())
}

/// For `/readyz`; it changes nothing.
pub async fn a_store_that_works_says_so(store: Subject) -> StoreResult<()> {
    let before = store.entitlement_revision().await?;
    store.ping().await?;
    assert_eq!(store.entitlement_revision().await?, before);
    Ok(())
}
