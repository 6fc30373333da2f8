//! Directories and their bind secrets.

use domain::{
    DirectoryKind, User, UserStatus,
    directory::{DirectoryStatus, MatchBy},
    key::Sealed,
    user::AdminRole,
};
use ports::{DirectoryHoldings, StoreError, StoreResult, UserFilter};

use super::{Subject, begin, page, refused, seed};
use crate::sample;

/// Every setting; without regard to case.
pub async fn a_directory_reads_back_and_its_name_is_taken_once(store: Subject) -> StoreResult<()> {
    let (mut corp, other) = (sample::directory("Corp"), sample::directory("alpha"));
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.insert_directory(&other).await?;
    unit.commit().await?;
    assert_eq!(store.directory(&corp.id).await?.as_ref(), Some(&corp));
    assert_eq!(store.directory_by_name("cORP").await?.as_ref(), Some(&corp));
    assert_eq!(store.directory_by_name("cor").await?, None);
    assert_eq!(store.directories().await?, [other.clone(), corp.clone()]);

    let mut unit = begin(&store).await;
    let mut twin = sample::directory("CORP");
    refused!(unit.insert_directory(&twin).await, StoreError::Conflict { entity: "directory", field: "name" });
    refused!(unit.update_directory(&twin).await, StoreError::Missing { entity: "directory", .. });
    twin.id = other.id;
    refused!(unit.update_directory(&twin).await, StoreError::Conflict { entity: "directory", field: "name" });
    "Konzern".clone_into(&mut corp.name);
    corp.kind = DirectoryKind::ActiveDirectory;
    corp.status = DirectoryStatus::Inactive;
    corp.matching.by = vec![MatchBy::Attribute("employeeNumber".to_owned()), MatchBy::Email];
    corp.connection.ca_pem = Some("-----BEGIN CERTIFICATE-----".to_owned());
    corp.schedule.full_seconds = None;
    corp.last_updated = sample::NOW.plus_seconds(1);
    unit.update_directory(&corp).await?;
    unit.commit().await?;
    assert_eq!(store.directory(&corp.id).await?, Some(corp));
    assert_eq!(store.directory_by_name("Corp").await?, None);
    Ok(())
}

/// Not part of the settings.
pub async fn a_bind_secret_is_kept_apart_and_cleared(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let secret = Sealed { master_key_id: "key".to_owned(), bytes: vec![0, 159, 146, 150] };
    let mut unit = begin(&store).await;
    refused!(unit.set_bind_secret(&corp.id, Some(&secret)).await, StoreError::Missing { entity: "directory", .. });
    unit.insert_directory(&corp).await?;
    unit.set_bind_secret(&corp.id, Some(&secret)).await?;
    unit.update_directory(&corp).await?;
    unit.commit().await?;
    assert_eq!(store.bind_secret(&corp.id).await?, Some(secret.clone()));
    let mut unit = begin(&store).await;
    unit.set_bind_secret(&corp.id, Some(&Sealed { bytes: vec![1], ..secret })).await?;
    unit.commit().await?;
    assert_eq!(store.bind_secret(&corp.id).await?.map(|sealed| sealed.bytes), Some(vec![1]));
    let mut unit = begin(&store).await;
    unit.set_bind_secret(&corp.id, None).await?;
    unit.set_bind_secret(&corp.id, None).await?;
    unit.commit().await?;
    assert_eq!(store.bind_secret(&corp.id).await?, None);
    Ok(())
}

/// People stay, as nobody's.
pub async fn a_deleted_directory_takes_its_groups_along_and_leaves_its_people(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.set_bind_secret(&corp.id, Some(&Sealed { master_key_id: "key".to_owned(), bytes: vec![1] })).await?;
    unit.commit().await?;
    let (mut ann, local) = (sample::user("ann@example.com"), sample::group("local"));
    ann.directory = Some(corp.id.clone());
    let read = sample::directory_group(&corp, "read");
    seed(&store, &[&ann], &[&local, &read], &[]).await?;
    let mut unit = begin(&store).await;
    unit.add_member(&read.id, &ann.id, sample::NOW).await?;
    unit.add_nested(&local.id, &read.id, sample::NOW).await?;
    unit.commit().await?;
    assert_eq!(store.user(&ann.id).await?.as_ref(), Some(&ann));
    assert_eq!(store.groups_of_user(&ann.id).await?.len(), 2);

    let mut unit = begin(&store).await;
    unit.delete_directory(&corp.id).await?;
    refused!(unit.delete_directory(&corp.id).await, StoreError::Missing { entity: "directory", .. });
    unit.commit().await?;
    assert_eq!(store.directory(&corp.id).await?, None);
    assert_eq!(store.bind_secret(&corp.id).await?, None);
    assert_eq!(store.group(&read.id).await?, None);
    assert!(store.groups_of_user(&ann.id).await?.is_empty());
    assert!(store.child_groups(&local.id, &page(10)).await?.items.is_empty());
    ann.directory = None;
    assert_eq!(store.user(&ann.id).await?, Some(ann));
    Ok(())
}

/// What goes is counted first; who is left has no way in.
pub async fn people_of_a_directory_are_released_without_a_way_in(store: Subject) -> StoreResult<()> {
    let (corp, app) = (sample::directory("corp"), sample::app("AWS"));
    let mut unit = begin(&store).await;
    unit.insert_directory(&corp).await?;
    unit.commit().await?;
    let of_corp = |login: &str| User { directory: Some(corp.id.clone()), ..sample::user(login) };
    let (mut ann, local) = (of_corp("ann@example.com"), sample::user("local@example.com"));
    ann.admin_role = Some(AdminRole::SuperAdmin);
    let left = User { status: UserStatus::Deprovisioned, ..of_corp("left@example.com") };
    let (read, assigned) = (sample::directory_group(&corp, "read"), sample::directory_group(&corp, "assigned"));
    seed(&store, &[&ann, &left, &local], &[&read, &assigned, &sample::group("local")], &[&app]).await?;
    let mut unit = begin(&store).await;
    unit.put_group_assignment(&sample::group_assignment(&app, &assigned, 0, &[])).await?;
    for user in [&ann, &local] {
        let login = user.profile.login.as_str();
        unit.insert_session(&sample::session(user, login), &sample::hash(login)).await?;
    }
    let token = sample::api_token(Some(&ann), "of Ann");
    unit.insert_token(&token, &sample::hash("of Ann")).await?;
    unit.commit().await?;
    let holdings = store.directory_holdings(&corp.id).await?;
    assert_eq!(holdings, DirectoryHoldings { people: 1, groups: 2, assigned_groups: 1 });
    let filter = UserFilter { directory: Some(corp.id.clone()), ..UserFilter::default() };
    assert_eq!(store.users(&filter, &page(10)).await?.items, [ann.clone()]);

    let now = sample::NOW.plus_seconds(5);
    let mut unit = begin(&store).await;
    assert_eq!(unit.release_people(&corp.id, now).await?, 1);
    unit.commit().await?;
    let released = store.user(&ann.id).await?.expect("she is kept");
    assert_eq!((released.status, released.admin_role), (UserStatus::Deprovisioned, None));
    assert_eq!((released.status_changed, released.last_updated), (Some(now), now));
    assert!(store.sessions_of_user(&ann.id, sample::NOW).await?.is_empty());
    assert_eq!(store.token(&token.id).await?, None);
    assert_eq!(store.user(&local.id).await?.as_ref(), Some(&local));
    assert_eq!(store.sessions_of_user(&local.id, sample::NOW).await?.len(), 1);
    assert_eq!(store.user(&left.id).await?, Some(left));
    Ok(())
}
