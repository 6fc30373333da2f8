//! Users, passwords, lockout.

use domain::{UserStatus, session::OneTimePurpose};
use ports::{StoreError, StoreResult, UserFilter};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

/// Every field, by id and by login in any case.
pub async fn a_user_reads_back_as_it_was_written(store: Subject) -> StoreResult<()> {
    let mut ann = sample::admin("Ann.Ünal@example.com");
    ann.profile.extra.insert("n".to_owned(), serde_json::json!({"a": [1, null, "😀"]}));
    ann.last_login = Some(sample::NOW.plus_seconds(5));
    ann.activated = None;
    let mut unit = begin(&store).await;
    unit.insert_user(&ann, Some("$phc$")).await?;
    assert_eq!(unit.user_for_update(&ann.id).await?.as_ref(), Some(&ann));
    unit.commit().await?;

    assert_eq!(store.user(&ann.id).await?.as_ref(), Some(&ann));
    let login = "ANN.ünal@EXAMPLE.com".parse().expect("a login");
    let found = store.user_by_login(&login).await?.expect("found without regard to case");
    assert_eq!(found.profile.login.as_str(), "Ann.Ünal@example.com");
    assert_eq!(store.password_hash(&ann.id).await?.as_deref(), Some("$phc$"));

    let mut unit = begin(&store).await;
    ann.status = UserStatus::Suspended;
    ann.admin_role = None;
    ann.profile.login = "anna@example.com".parse().expect("a login");
    unit.update_user(&ann).await?;
    unit.set_password_hash(&ann.id, None).await?;
    unit.commit().await?;
    assert_eq!(store.user(&ann.id).await?, Some(ann.clone()));
    assert_eq!(store.user_by_login(&login).await?, None);
    assert_eq!(store.password_hash(&ann.id).await?, None);
    assert_eq!(store.user(&sample::user_id("nobody")).await?, None);
    Ok(())
}

/// At insertion and at a change.
pub async fn a_login_is_taken_whatever_its_case(store: Subject) -> StoreResult<()> {
    let (ann, mut bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    seed(&store, &[&ann, &bob], &[], &[]).await?;
    let mut twin = sample::user("twin@example.com");
    twin.profile.login = "ANN@example.COM".parse().expect("a login");
    let mut unit = begin(&store).await;
    refused!(unit.insert_user(&twin, None).await, StoreError::Conflict { entity: "user", field: "login" });
    bob.profile.login = "Ann@Example.com".parse().expect("a login");
    refused!(unit.update_user(&bob).await, StoreError::Conflict { entity: "user", field: "login" });
    let mut same_id = sample::user("other@example.com");
    same_id.id = ann.id.clone();
    refused!(unit.insert_user(&same_id, None).await, StoreError::Conflict { entity: "user", field: "id" });
    Ok(())
}

/// `Missing` names the user.
pub async fn changing_a_user_that_is_not_there_is_refused(store: Subject) -> StoreResult<()> {
    let nobody = sample::user("nobody@example.com");
    let id = &nobody.id;
    let mut unit = begin(&store).await;
    refused!(unit.update_user(&nobody).await, StoreError::Missing { entity: "user", id: named } if named == id.as_str());
    refused!(unit.delete_user(id).await, StoreError::Missing { entity: "user", .. });
    refused!(unit.set_password_hash(id, Some("x")).await, StoreError::Missing { entity: "user", .. });
    refused!(unit.note_sign_in(id, sample::NOW).await, StoreError::Missing { entity: "user", .. });
    refused!(unit.add_failure(id, sample::NOW).await, StoreError::Missing { entity: "user", .. });
    refused!(unit.set_lockout(id, None).await, StoreError::Missing { entity: "user", .. });
    Ok(())
}

/// By id, each once; an invented cursor is refused.
pub async fn users_come_in_pages(store: Subject) -> StoreResult<()> {
    let users: Vec<_> = (0..25).map(|number| sample::user(&format!("user{number}@example.com"))).collect();
    seed(&store, &users.iter().collect::<Vec<_>>(), &[], &[]).await?;
    let all = every_page!(10, |page| store.users(&UserFilter::default(), &page));
    let mut ids: Vec<_> = users.iter().map(|user| user.id.clone()).collect();
    ids.sort();
    assert_eq!(all.iter().map(|user| user.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(store.users(&UserFilter::default(), &page(25)).await?.next, None, "a full last page ends the list");

    let mut invented = page(10);
    invented.after = Some("' OR 1=1 --".to_owned());
    refused!(store.users(&UserFilter::default(), &invented).await, StoreError::BadCursor { .. });
    Ok(())
}

/// `q` is a prefix of login, e-mail or a name; the others are exact; wildcards are letters like others.
pub async fn users_are_found_by_prefix_login_and_email(store: Subject) -> StoreResult<()> {
    let mut ann = sample::user("ann@example.com");
    ann.profile.first_name = "Änne".into();
    ann.last_updated = sample::NOW.plus_seconds(60);
    let mut percent = sample::user("100%_sure@example.com");
    percent.profile.email = "Sure@Mail.example".parse().expect("an address");
    seed(&store, &[&ann, &percent], &[], &[]).await?;
    let find = async |filter: UserFilter| -> StoreResult<Vec<String>> {
        let found = store.users(&filter, &page(10)).await?;
        Ok(found.items.iter().map(|user| user.profile.login.to_string()).collect())
    };
    let q = |text: &str| UserFilter { q: Some(text.to_owned()), ..UserFilter::default() };
    assert_eq!(find(q("äN")).await?, ["ann@example.com"]);
    assert_eq!(find(q("100%_")).await?, ["100%_sure@example.com"]);
    assert_eq!(find(q("sure@")).await?, ["100%_sure@example.com"]);
    assert_eq!(find(q("%")).await?, [""; 0]);
    assert_eq!(find(q("nn@")).await?, [""; 0], "a prefix, not a part");
    assert_eq!(find(q(&"😀".repeat(100_000))).await?, [""; 0]);
    let login = UserFilter { login: Some("ANN@example.com".to_owned()), ..UserFilter::default() };
    assert_eq!(find(login).await?, ["ann@example.com"]);
    let email = UserFilter { email: Some("sure@mail.EXAMPLE".to_owned()), ..UserFilter::default() };
    assert_eq!(find(email).await?, ["100%_sure@example.com"]);
    let newer = UserFilter { last_updated_after: Some(sample::NOW), ..UserFilter::default() };
    assert_eq!(find(newer).await?, ["ann@example.com"]);
    Ok(())
}

/// As Okta lists.
pub async fn users_that_left_are_listed_on_request_only(store: Subject) -> StoreResult<()> {
    let (ann, mut gone) = (sample::user("ann@example.com"), sample::user("gone@example.com"));
    gone.status = UserStatus::Deprovisioned;
    seed(&store, &[&ann, &gone], &[], &[]).await?;
    let count = async |statuses: &[UserStatus]| -> StoreResult<usize> {
        let filter = UserFilter { statuses: statuses.to_vec(), ..UserFilter::default() };
        Ok(store.users(&filter, &page(10)).await?.items.len())
    };
    assert_eq!(count(&[]).await?, 1);
    assert_eq!(count(&[UserStatus::Deprovisioned]).await?, 1);
    assert_eq!(count(&[UserStatus::Deprovisioned, UserStatus::Active]).await?, 2);
    assert_eq!(count(&[UserStatus::Suspended]).await?, 0);
    Ok(())
}

/// In a row, until they are cleared together with the lock.
pub async fn wrong_passwords_are_counted_and_a_lock_is_kept(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    assert_eq!(store.lockout(&ann.id).await?, (0, None));
    let until = sample::NOW.plus_seconds(600);
    let mut unit = begin(&store).await;
    assert_eq!(unit.add_failure(&ann.id, sample::NOW).await?, 1);
    assert_eq!(unit.add_failure(&ann.id, sample::NOW).await?, 2);
    unit.set_lockout(&ann.id, Some(until)).await?;
    unit.commit().await?;
    assert_eq!(store.lockout(&ann.id).await?, (2, Some(until)));
    assert_eq!(store.user(&ann.id).await?, Some(ann.clone()), "the user itself did not change");
    let mut unit = begin(&store).await;
    unit.set_lockout(&ann.id, None).await?;
    unit.commit().await?;
    assert_eq!(store.lockout(&ann.id).await?, (0, None));
    assert_eq!(store.lockout(&sample::user_id("nobody")).await?, (0, None));
    Ok(())
}

/// Memberships, assignments, sessions, one-time tokens, API tokens.
pub async fn a_deleted_user_takes_everything_along(store: Subject) -> StoreResult<()> {
    let (ann, staff, app) = (sample::user("ann@example.com"), sample::group("Staff"), sample::app("AWS"));
    seed(&store, &[&ann], &[&staff], &[&app]).await?;
    let mut unit = begin(&store).await;
    unit.add_member(&staff.id, &ann.id, sample::NOW).await?;
    unit.put_user_assignment(&sample::user_assignment(&app, &ann, &[])).await?;
    unit.insert_session(&sample::session(&ann, "s"), &sample::hash("s")).await?;
    unit.insert_token(&sample::api_token(Some(&ann), "t"), &sample::hash("t")).await?;
    unit.insert_one_time_token(&sample::one_time_token(Some(&ann), OneTimePurpose::SessionToken, "o")).await?;
    unit.commit().await?;
    let mut unit = begin(&store).await;
    unit.delete_user(&ann.id).await?;
    unit.commit().await?;

    assert_eq!(store.user(&ann.id).await?, None);
    assert!(store.group_members(&staff.id, &page(10)).await?.items.is_empty());
    assert_eq!(store.user_assignment(&app.id, &ann.id).await?, None);
    assert_eq!(store.session_by_hash(&sample::hash("s")).await?, None);
    assert_eq!(store.token_by_hash(&sample::hash("t")).await?, None);
    let mut unit = begin(&store).await;
    let taken = unit.take_one_time_token(&sample::hash("o"), OneTimePurpose::SessionToken, sample::NOW).await?;
    assert_eq!(taken, None);
    Ok(())
}

/// The last one is never taken away: suspended ones do not count.
pub async fn super_admins_count_while_they_are_active(store: Subject) -> StoreResult<()> {
    let (one, mut two, user) =
        (sample::admin("1@e.example"), sample::admin("2@e.example"), sample::user("3@e.example"));
    two.status = UserStatus::Suspended;
    seed(&store, &[&one, &two, &user], &[], &[]).await?;
    assert_eq!(store.count_super_admins().await?, 1);
    Ok(())
}

/// Neither `last_updated` nor anything derived.
pub async fn noting_a_sign_in_changes_nothing_else(store: Subject) -> StoreResult<()> {
    let mut ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let later = sample::NOW.plus_seconds(60);
    let mut unit = begin(&store).await;
    unit.note_sign_in(&ann.id, later).await?;
    unit.commit().await?;
    ann.last_login = Some(later);
    assert_eq!(store.user(&ann.id).await?, Some(ann));
    Ok(())
}
