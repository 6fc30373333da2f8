//! Assignments of users and groups.

use domain::AppStatus;
use ports::{StoreError, StoreResult};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

const ADMIN: &str = "arn:aws:iam::111111111111:role/Admin";
const READER: &str = "arn:aws:iam::222222222222:role/team/Reader";

/// Replaced as a whole.
pub async fn a_direct_assignment_is_put_replaced_and_taken(store: Subject) -> StoreResult<()> {
    let (ann, bob, app) = (sample::user("ann@example.com"), sample::user("bob@example.com"), sample::app("AWS"));
    seed(&store, &[&ann, &bob], &[], &[&app]).await?;
    let mut assignment = sample::user_assignment(&app, &ann, &[READER, ADMIN]);
    let mut unit = begin(&store).await;
    unit.put_user_assignment(&assignment).await?;
    unit.put_user_assignment(&sample::user_assignment(&app, &bob, &[])).await?;
    unit.commit().await?;
    assert_eq!(store.user_assignment(&app.id, &ann.id).await?.as_ref(), Some(&assignment));
    assert_eq!(every_page!(1, |page| store.user_assignments(&app.id, &page)).len(), 2);

    assignment.roles.saml_roles.clear();
    assignment.roles.role = Some(sample::role_arn(ADMIN));
    assignment.user_name = Some("ann".to_owned());
    let mut unit = begin(&store).await;
    unit.put_user_assignment(&assignment).await?;
    let mut elsewhere = assignment.clone();
    elsewhere.app = sample::app_id("x");
    refused!(unit.put_user_assignment(&elsewhere).await, StoreError::Missing { entity: "app", .. });
    elsewhere.app = app.id.clone();
    elsewhere.user = sample::user_id("x");
    refused!(unit.put_user_assignment(&elsewhere).await, StoreError::Missing { entity: "user", .. });
    unit.commit().await?;
    assert_eq!(store.user_assignment(&app.id, &ann.id).await?, Some(assignment));

    let mut unit = begin(&store).await;
    assert!(unit.delete_user_assignment(&app.id, &ann.id).await?);
    assert!(!unit.delete_user_assignment(&app.id, &ann.id).await?);
    unit.commit().await?;
    assert_eq!(store.user_assignment(&app.id, &ann.id).await?, None);
    Ok(())
}

/// Ties in both go by id, so that pages neither repeat nor skip.
pub async fn group_assignments_come_by_priority_then_age(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    let groups: Vec<_> = (0..6).map(|number| sample::group(&format!("g{number}"))).collect();
    seed(&store, &[], &groups.iter().collect::<Vec<_>>(), &[&app]).await?;
    let mut unit = begin(&store).await;
    for (number, group) in (0_u32..).zip(&groups) {
        let mut assignment = sample::group_assignment(&app, group, 5 - number / 2, &[ADMIN]);
        assignment.created = sample::NOW.plus_seconds(-i64::from(number));
        unit.put_group_assignment(&assignment).await?;
    }
    let stray = sample::group_assignment(&app, &sample::group("x"), 0, &[]);
    refused!(unit.put_group_assignment(&stray).await, StoreError::Missing { entity: "group", .. });
    unit.commit().await?;
    let listed = every_page!(2, |page| store.group_assignments(&app.id, &page));
    let order: Vec<_> = listed.iter().map(|assignment| assignment.group.clone()).collect();
    assert_eq!(order, [5, 4, 3, 2, 1, 0].map(|number: usize| groups[number].id.clone()));
    let mut invented = page(2);
    invented.after = Some("0oa".to_owned());
    refused!(store.group_assignments(&app.id, &invented).await, StoreError::BadCursor { .. });

    let mut unit = begin(&store).await;
    assert!(unit.delete_group_assignment(&app.id, &groups[0].id).await?);
    assert!(!unit.delete_group_assignment(&app.id, &groups[0].id).await?);
    unit.commit().await?;
    assert_eq!(store.group_assignment(&app.id, &groups[0].id).await?, None);
    assert!(store.group_assignment(&app.id, &groups[1].id).await?.is_some_and(|found| found == listed[4]));
    Ok(())
}

/// Only of this app, only of groups they are in, highest priority first.
pub async fn a_user_gets_the_assignments_of_the_groups_they_are_in(store: Subject) -> StoreResult<()> {
    let (ann, app, other) = (sample::user("ann@example.com"), sample::app("AWS"), sample::app("Other"));
    let [low, high, without] = ["low", "high", "without"].map(sample::group);
    seed(&store, &[&ann], &[&low, &high, &without], &[&app, &other]).await?;
    let (low_role, high_role) =
        (sample::group_assignment(&app, &low, 9, &[READER]), sample::group_assignment(&app, &high, 0, &[ADMIN]));
    let mut unit = begin(&store).await;
    unit.add_member(&low.id, &ann.id, sample::NOW).await?;
    unit.add_member(&high.id, &ann.id, sample::NOW).await?;
    unit.put_group_assignment(&low_role).await?;
    unit.put_group_assignment(&high_role).await?;
    unit.put_group_assignment(&sample::group_assignment(&app, &without, 1, &[ADMIN])).await?;
    unit.put_group_assignment(&sample::group_assignment(&other, &low, 1, &[ADMIN])).await?;
    unit.commit().await?;
    let found = store.group_assignments_of_user(&app.id, &ann.id).await?;
    let groups: Vec<_> = found.iter().map(|(_, group)| group.name.as_str()).collect();
    assert_eq!(groups, ["high", "low"]);
    assert_eq!(found[0].0, high_role);
    assert_eq!(found[1].0, low_role);
    assert_eq!(found[1].1.created, low.created);
    Ok(())
}

/// By label; directly and through groups.
pub async fn apps_of_a_user_are_active_and_named_once(store: Subject) -> StoreResult<()> {
    let (ann, staff) = (sample::user("ann@example.com"), sample::group("Staff"));
    let (direct, both, mut off) = (sample::app("zeta"), sample::app("Alpha"), sample::app("off"));
    off.status = AppStatus::Inactive;
    seed(&store, &[&ann], &[&staff], &[&direct, &both, &off, &sample::app("not mine")]).await?;
    let mut unit = begin(&store).await;
    unit.add_member(&staff.id, &ann.id, sample::NOW).await?;
    for app in [&direct, &both, &off] {
        unit.put_user_assignment(&sample::user_assignment(app, &ann, &[])).await?;
    }
    unit.put_group_assignment(&sample::group_assignment(&both, &staff, 0, &[])).await?;
    unit.put_group_assignment(&sample::group_assignment(&off, &staff, 0, &[])).await?;
    unit.commit().await?;
    let labels = |apps: Vec<domain::App>| apps.into_iter().map(|app| app.label).collect::<Vec<_>>();
    assert_eq!(labels(store.apps_of_user(&ann.id).await?), ["Alpha", "zeta"]);
    assert_eq!(labels(store.apps_of_group(&staff.id).await?), ["Alpha", "off"]);
    Ok(())
}
