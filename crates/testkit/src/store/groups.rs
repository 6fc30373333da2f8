//! Groups and memberships.

use ports::{StoreError, StoreResult};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

/// Unique among local groups; a directory may have the same name.
pub async fn a_group_reads_back_and_its_name_is_its_own(store: Subject) -> StoreResult<()> {
    let mut staff = sample::group("Staff");
    let other = sample::group("Other");
    let corp = sample::directory("corp");
    let read = sample::directory_group(&corp, "Staff");
    refused!(begin(&store).await.insert_group(&read).await, StoreError::Missing { entity: "directory", .. });
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.commit().await?;
    seed(&store, &[], &[&staff, &other, &read], &[]).await?;
    assert_eq!(store.group(&staff.id).await?.as_ref(), Some(&staff));
    assert_eq!(store.group(&read.id).await?.as_ref(), Some(&read));
    assert_eq!(store.group_by_name("Staff").await?.as_ref(), Some(&staff));
    assert_eq!(store.group_by_name("staff").await?, None, "exact");

    let mut unit = begin(&store).await;
    let mut twin = sample::group("twin");
    twin.name = "Staff".into();
    refused!(unit.insert_group(&twin).await, StoreError::Conflict { entity: "group", field: "name" });
    twin.id = other.id.clone();
    refused!(unit.update_group(&twin).await, StoreError::Conflict { entity: "group", field: "name" });
    refused!(unit.update_group(&sample::group("x")).await, StoreError::Missing { entity: "group", .. });
    refused!(unit.delete_group(&sample::group_id("x")).await, StoreError::Missing { entity: "group", .. });
    staff.description = String::new();
    unit.update_group(&staff).await?;
    unit.commit().await?;
    assert_eq!(store.group(&staff.id).await?, Some(staff));
    assert_eq!(every_page!(1, |page| store.groups(Some("sTA"), &page)).len(), 2);
    assert_eq!(every_page!(2, |page| store.groups(None, &page)).len(), 3);
    assert_eq!(every_page!(2, |page| store.groups(Some("%"), &page)).len(), 0);
    Ok(())
}

/// Twice is once; a change of members shows on the group.
pub async fn members_come_and_go_and_come_in_pages(store: Subject) -> StoreResult<()> {
    let staff = sample::group("Staff");
    let users: Vec<_> = (0..7).map(|number| sample::user(&format!("u{number}@example.com"))).collect();
    seed(&store, &users.iter().collect::<Vec<_>>(), &[&staff], &[]).await?;
    let later = sample::NOW.plus_seconds(60);
    let mut unit = begin(&store).await;
    for user in &users {
        assert!(unit.add_member(&staff.id, &user.id, sample::NOW).await?);
    }
    assert!(!unit.add_member(&staff.id, &users[0].id, later).await?);
    unit.commit().await?;
    assert_eq!(store.group(&staff.id).await?.expect("there").last_membership_updated, sample::NOW);
    let mut ids: Vec<_> = users.iter().map(|user| user.id.clone()).collect();
    ids.sort();
    let members = every_page!(3, |page| store.group_members(&staff.id, &page));
    assert_eq!(members.into_iter().map(|user| user.id).collect::<Vec<_>>(), ids);

    let mut unit = begin(&store).await;
    assert!(unit.remove_member(&staff.id, &users[0].id, later).await?);
    assert!(!unit.remove_member(&staff.id, &users[0].id, later).await?);
    let (no_group, no_user) = (sample::group_id("x"), sample::user_id("x"));
    refused!(unit.add_member(&no_group, &users[0].id, later).await, StoreError::Missing { entity: "group", .. });
    refused!(unit.add_member(&staff.id, &no_user, later).await, StoreError::Missing { entity: "user", .. });
    unit.commit().await?;
    assert_eq!(store.group(&staff.id).await?.expect("there").last_membership_updated, later);
    assert_eq!(store.group_members(&staff.id, &page(100)).await?.items.len(), 6);
    Ok(())
}

/// Without regard to case.
pub async fn groups_of_a_user_come_by_name(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    let groups = ["beta", "Alpha", "Gamma"].map(sample::group);
    seed(&store, &[&ann], &groups.iter().collect::<Vec<_>>(), &[]).await?;
    let mut unit = begin(&store).await;
    for group in &groups {
        unit.add_member(&group.id, &ann.id, sample::NOW).await?;
    }
    unit.commit().await?;
    let names: Vec<_> = store.groups_of_user(&ann.id).await?.into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["Alpha", "beta", "Gamma"]);
    Ok(())
}

/// Memberships and assignments.
pub async fn a_deleted_group_takes_everything_along(store: Subject) -> StoreResult<()> {
    let (ann, staff, app) = (sample::user("ann@example.com"), sample::group("Staff"), sample::app("AWS"));
    seed(&store, &[&ann], &[&staff], &[&app]).await?;
    let mut unit = begin(&store).await;
    unit.add_member(&staff.id, &ann.id, sample::NOW).await?;
    unit.put_group_assignment(&sample::group_assignment(&app, &staff, 0, &[])).await?;
    unit.delete_group(&staff.id).await?;
    unit.commit().await?;
    assert!(store.groups_of_user(&ann.id).await?.is_empty());
    assert_eq!(store.group_assignment(&app.id, &staff.id).await?, None);
    assert!(store.apps_of_user(&ann.id).await?.is_empty());
    Ok(())
}
