//! Apps, signing keys, sealed values, API tokens.

use domain::{
    AppStatus, Partition,
    app::{AllRolesDuration, ResponseSignature, SessionTag},
    key::{KeyState, Sealed},
};
use ports::{SealedPurpose, StoreError, StoreResult};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

/// Unknown keys keep their order and values too.
pub async fn an_app_reads_back_with_every_setting(store: Subject) -> StoreResult<()> {
    let mut app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    assert_eq!(store.app(&app.id).await?.as_ref(), Some(&app));
    app.status = AppStatus::Inactive;
    app.label = "AWS production".into();
    app.issuer = "https://elsewhere.example/".into();
    app.document =
        serde_json::from_str(r#"{"visibility":{"hide":{"web":false}},"accessibility":{"a":1.5}}"#).expect("an object");
    let settings = &mut app.settings;
    settings.override_acs_url = Some("https://acs.example/?a=1&b=2".to_owned());
    settings.audience = Some("urn:x".to_owned());
    settings.source_identity = Some("${user.login}".to_owned());
    settings.session_duration = 43_200;
    settings.combine_group_roles = false;
    settings.join_all_roles = true;
    settings.use_group_mapping = true;
    settings.all_roles_duration = AllRolesDuration::Configured;
    settings.response_signature = ResponseSignature::ResponseToo;
    settings.identity_provider_arn = None;
    settings.session_tags = vec![SessionTag { key: "team".to_owned(), value: "x".to_owned(), transitive: true }];
    settings.unknown = serde_json::from_str(r#"{"zeta":null,"alpha":[1,"é"]}"#).expect("an object");
    let mut unit = begin(&store).await;
    unit.update_app(&app).await?;
    refused!(unit.update_app(&sample::app("x")).await, StoreError::Missing { entity: "app", .. });
    unit.commit().await?;
    let found = store.app(&app.id).await?.expect("there");
    assert_eq!(found, app);
    assert_eq!(found.settings.unknown.keys().collect::<Vec<_>>(), ["zeta", "alpha"], "in their order");
    Ok(())
}

/// Clients tell tiles apart by the label.
pub async fn a_label_is_taken_once_and_apps_come_in_pages(store: Subject) -> StoreResult<()> {
    let apps = ["One", "Two", "Three"].map(sample::app);
    seed(&store, &[], &[], &apps.iter().collect::<Vec<_>>()).await?;
    let mut twin = sample::app("twin");
    twin.label = "One".into();
    let mut unit = begin(&store).await;
    refused!(unit.insert_app(&twin).await, StoreError::Conflict { entity: "app", field: "label" });
    twin.id = apps[1].id.clone();
    refused!(unit.update_app(&twin).await, StoreError::Conflict { entity: "app", field: "label" });
    drop(unit);
    assert_eq!(every_page!(2, |page| store.apps(None, &page)).len(), 3);
    let found = store.apps(Some("t"), &page(10)).await?.items;
    assert_eq!(found.len(), 2);
    Ok(())
}

/// Assignments, keys, secrets, accounts, roles, runs.
pub async fn a_deleted_app_takes_everything_along(store: Subject) -> StoreResult<()> {
    let (ann, app) = (sample::user("ann@example.com"), sample::app("AWS"));
    seed(&store, &[&ann], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let role = sample::aws_role(&account, "Admin");
    let key = sample::signing_key(&app, "key");
    let mut unit = begin(&store).await;
    unit.put_user_assignment(&sample::user_assignment(&app, &ann, &[])).await?;
    unit.insert_signing_key(&key).await?;
    unit.put_integration(&sample::integration(&app, &[account.id])).await?;
    unit.put_source_secret(&app.id, Partition::Aws, &key.private_key).await?;
    unit.put_account_reading(&account, std::slice::from_ref(&role), sample::NOW).await?;
    unit.insert_run(&sample::run(&app, "run")).await?;
    unit.commit().await?;
    let mut unit = begin(&store).await;
    unit.delete_app(&app.id).await?;
    refused!(unit.delete_app(&app.id).await, StoreError::Missing { entity: "app", .. });
    unit.commit().await?;
    assert_eq!(store.app(&app.id).await?, None);
    assert_eq!(store.user_assignment(&app.id, &ann.id).await?, None);
    assert_eq!(store.signing_key(&key.id).await?, None);
    assert!(store.all_sealed().await?.is_empty());
    assert_eq!(store.integration(&app.id).await?, None);
    assert_eq!(store.aws_account(&app.id, account.id).await?, None);
    assert_eq!(store.aws_role(&app.id, &role.arn).await?, None);
    assert!(store.runs(&app.id, 10).await?.is_empty());
    Ok(())
}

/// A key of an app that is not there is refused.
pub async fn signing_keys_come_oldest_first_and_change_state(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let (mut old, mut new) = (sample::signing_key(&app, "old"), sample::signing_key(&app, "new"));
    old.created = sample::NOW.plus_seconds(-60);
    new.state = KeyState::Next;
    let mut unit = begin(&store).await;
    unit.insert_signing_key(&new).await?;
    unit.insert_signing_key(&old).await?;
    refused!(unit.insert_signing_key(&old).await, StoreError::Conflict { entity: "signing key", field: "id" });
    let stray = sample::signing_key(&sample::app("x"), "stray");
    refused!(unit.insert_signing_key(&stray).await, StoreError::Missing { entity: "app", .. });
    unit.set_signing_key_state(&old.id, KeyState::Retired).await?;
    let missing = unit.set_signing_key_state(&sample::key_id("x"), KeyState::Active).await;
    refused!(missing, StoreError::Missing { entity: "signing key", .. });
    unit.commit().await?;
    old.state = KeyState::Retired;
    assert_eq!(store.signing_keys(&app.id).await?, [old, new.clone()]);
    assert_eq!(store.signing_key(&new.id).await?, Some(new));
    Ok(())
}

/// Under the contexts of `SealedPurpose`.
pub async fn everything_sealed_is_listed_and_resealed(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let key = sample::signing_key(&app, "key");
    let secret = Sealed { master_key_id: "old".to_owned(), bytes: vec![0, 159, 146, 150] };
    let directory = sample::directory("corp");
    let mut unit = begin(&store).await;
    unit.insert_signing_key(&key).await?;
    unit.put_source_secret(&app.id, Partition::AwsCn, &secret).await?;
    unit.insert_directory(&directory).await?;
    unit.set_bind_secret(&directory.id, Some(&secret)).await?;
    unit.commit().await?;
    let contexts = [
        SealedPurpose::DirectoryBind(directory.id.clone()).context(),
        SealedPurpose::SigningKey(key.id.clone()).context(),
        SealedPurpose::SourceSecret(app.id.clone(), Partition::AwsCn).context(),
    ];
    let mut listed = store.all_sealed().await?;
    listed.sort_by(|one, other| one.0.cmp(&other.0));
    let [bind, signing, source] = contexts.clone();
    assert_eq!(listed, [(bind, secret.clone()), (signing, key.private_key), (source, secret)]);

    let again = Sealed { master_key_id: "new".to_owned(), bytes: b"again".to_vec() };
    let mut unit = begin(&store).await;
    for context in &contexts {
        unit.reseal(context, &again).await?;
    }
    for unknown in ["", "signing-key:x", "source-secret:a:b", "directory-bind:x", "other:x"] {
        refused!(unit.reseal(unknown, &again).await, StoreError::Missing { .. });
    }
    unit.commit().await?;
    assert_eq!(store.source_secrets(&app.id).await?, [(Partition::AwsCn, again.clone())]);
    assert_eq!(store.bind_secret(&directory.id).await?.as_ref(), Some(&again));
    assert!(store.all_sealed().await?.iter().all(|(_, sealed)| *sealed == again));
    Ok(())
}

/// The name is unique; a use is noted.
pub async fn api_tokens_are_found_by_hash_and_revoked(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let (mut mine, mut machine) = (sample::api_token(Some(&ann), "mine"), sample::api_token(None, "machine"));
    machine.created = sample::NOW.plus_seconds(1);
    machine.expires = Some(sample::NOW.plus_seconds(60));
    let mut unit = begin(&store).await;
    unit.insert_token(&mine, &sample::hash("1")).await?;
    unit.insert_token(&machine, &sample::hash("2")).await?;
    let mut twin = sample::api_token(None, "twin");
    twin.name = "mine".into();
    let taken = unit.insert_token(&twin, &sample::hash("3")).await;
    refused!(taken, StoreError::Conflict { entity: "token", field: "name" });
    unit.touch_token(&mine.id, sample::NOW.plus_seconds(9)).await?;
    unit.commit().await?;
    mine.last_used = Some(sample::NOW.plus_seconds(9));
    assert_eq!(store.token_by_hash(&sample::hash("1")).await?.as_ref(), Some(&mine));
    assert_eq!(store.token_by_hash(&sample::hash("x")).await?, None);
    assert_eq!(store.tokens().await?, [machine.clone(), mine.clone()]);
    let mut unit = begin(&store).await;
    assert!(unit.delete_token(&mine.id).await?);
    assert!(!unit.delete_token(&mine.id).await?);
    unit.commit().await?;
    assert_eq!(store.token(&mine.id).await?, None);
    assert_eq!(store.token(&machine.id).await?, Some(machine));
    Ok(())
}
