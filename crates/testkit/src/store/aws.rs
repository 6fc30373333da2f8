//! What discovery keeps.

use domain::{
    Partition,
    aws::{
        AwsAccount, AwsRole, ConnectedAccount, ConnectedAccounts, DiscoveryStep, OrganizationState, RunStatus,
        RunTrigger, SourceAccount, SourceCredentials, Trust,
    },
    key::Sealed,
};
use ports::{PageRequest, RoleFilter, StoreError, StoreResult};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

async fn read(store: &Subject, account: &AwsAccount, roles: &[AwsRole], seconds: i64) -> StoreResult<(u32, u32)> {
    let now = sample::NOW.plus_seconds(seconds);
    let account = AwsAccount { last_success: Some(now), last_attempt: now, ..account.clone() };
    let roles: Vec<_> = roles.iter().map(|role| AwsRole { last_seen: now, ..role.clone() }).collect();
    let mut unit = begin(store).await;
    let counted = unit.put_account_reading(&account, &roles, now).await?;
    unit.commit().await?;
    Ok(counted)
}

/// Every kind of source.
pub async fn an_integration_reads_back_and_drops_secrets_of_other_partitions(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let mut integration = sample::integration(&app, &[sample::account_id(1), sample::account_id(2)]);
    integration.sources.push(SourceAccount {
        partition: Partition::AwsCn,
        region: Some("cn-northwest-1".to_owned()),
        credentials: SourceCredentials::SdkChain { profile: Some("china".to_owned()) },
        connected: ConnectedAccounts::Organization {
            overrides: vec![ConnectedAccount {
                id: sample::account_id(3),
                role_name: Some("/path/Role".to_owned()),
                external_id: Some("x".to_owned()),
                session_name: Some("s".to_owned()),
            }],
            excluded: vec![sample::account_id(4)],
        },
    });
    let secret = Sealed { master_key_id: "m".to_owned(), bytes: vec![1, 2, 3] };
    let mut unit = begin(&store).await;
    unit.put_integration(&integration).await?;
    unit.put_source_secret(&app.id, Partition::Aws, &secret).await?;
    unit.put_source_secret(&app.id, Partition::AwsCn, &secret).await?;
    let stray = sample::integration(&sample::app("x"), &[]);
    refused!(unit.put_integration(&stray).await, StoreError::Missing { entity: "app", .. });
    unit.commit().await?;
    assert_eq!(store.integration(&app.id).await?.as_ref(), Some(&integration));
    assert_eq!(store.source_secrets(&app.id).await?.len(), 2);

    integration.sources.remove(0);
    integration.enabled = false;
    integration.external_id = Some("ext".to_owned());
    let mut unit = begin(&store).await;
    unit.put_integration(&integration).await?;
    unit.commit().await?;
    assert_eq!(store.integrations().await?, [integration]);
    assert_eq!(store.source_secrets(&app.id).await?, [(Partition::AwsCn, secret)]);
    assert_eq!(store.integration(&sample::app_id("x")).await?, None);
    Ok(())
}

/// The first reading adds; the same again adds and loses nothing; a change is written.
pub async fn reading_again_without_a_change_moves_last_seen_alone(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let mut roles = ["Admin", "team/Reader"].map(|name| sample::aws_role(&account, name));
    assert_eq!(read(&store, &account, &roles, 0).await?, (2, 0));
    assert_eq!(store.aws_account(&app.id, account.id).await?.as_ref(), Some(&account));
    assert_eq!(store.aws_role(&app.id, &roles[1].arn).await?.as_ref(), Some(&roles[1]));
    let revision = store.entitlement_revision().await?;

    assert_eq!(read(&store, &account, &roles, 60).await?, (0, 0));
    let seen = store.aws_role(&app.id, &roles[0].arn).await?.expect("there");
    assert_eq!(seen, AwsRole { last_seen: sample::NOW.plus_seconds(60), ..roles[0].clone() });
    assert_eq!(store.entitlement_revision().await?, revision, "nothing changed but times");

    roles[0].max_session_duration = 43_200;
    roles[0].verdict = sample::refused();
    assert_eq!(read(&store, &account, &roles, 120).await?, (0, 0));
    let changed = store.aws_role(&app.id, &roles[0].arn).await?.expect("there");
    assert_eq!((changed.max_session_duration, changed.verdict), (43_200, sample::refused()));
    assert!(store.entitlement_revision().await? > revision);
    Ok(())
}

/// And comes back if it is there again; a role of another account is refused.
pub async fn a_role_vanishes_first_and_is_removed_after(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let [stays, goes, returns] = ["Stays", "Goes", "Returns"].map(|name| sample::aws_role(&account, name));
    read(&store, &account, &[stays.clone(), goes.clone(), returns.clone()], 0).await?;
    assert_eq!(read(&store, &account, std::slice::from_ref(&stays), 60).await?, (0, 2));
    let marked = store.aws_role(&app.id, &goes.arn).await?.expect("still there");
    assert_eq!((marked.vanished, marked.last_seen), (Some(sample::NOW.plus_seconds(60)), sample::NOW));
    assert_eq!(store.aws_roles(&app.id, &RoleFilter::default(), &page(10)).await?.items.len(), 1);

    assert_eq!(read(&store, &account, &[stays.clone(), returns.clone()], 120).await?, (1, 0));
    assert_eq!(store.aws_role(&app.id, &goes.arn).await?, None);
    let back = store.aws_role(&app.id, &returns.arn).await?.expect("back");
    assert_eq!((back.vanished, back.last_seen), (None, sample::NOW.plus_seconds(120)));

    let elsewhere = sample::aws_role(&sample::aws_account(&app, 2), "Admin");
    let mut unit = begin(&store).await;
    let refused = unit.put_account_reading(&account, &[elsewhere], sample::NOW).await;
    refused!(refused, StoreError::Missing { .. });
    Ok(())
}

/// A good name is not replaced by the bare id.
pub async fn a_failed_reading_keeps_the_roles(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let role = sample::aws_role(&account, "Admin");
    read(&store, &account, std::slice::from_ref(&role), 0).await?;
    let revision = store.entitlement_revision().await?;
    let failed = AwsAccount {
        name: account.id.to_string(),
        alias: None,
        organization_state: Some(OrganizationState::Suspended),
        last_success: None,
        last_attempt: sample::NOW.plus_seconds(60),
        error: Some(sample::discovery_error(DiscoveryStep::AssumeRole, "AccessDenied")),
        ..account.clone()
    };
    let never_read = AwsAccount { id: sample::account_id(2), ..failed.clone() };
    let mut unit = begin(&store).await;
    unit.put_account_failure(&failed).await?;
    unit.put_account_failure(&never_read).await?;
    unit.commit().await?;
    let kept = AwsAccount {
        organization_state: failed.organization_state,
        last_attempt: failed.last_attempt,
        error: failed.error.clone(),
        ..account.clone()
    };
    assert_eq!(store.aws_account(&app.id, account.id).await?, Some(kept));
    assert_eq!(store.aws_account(&app.id, never_read.id).await?, Some(never_read));
    assert_eq!(store.aws_role(&app.id, &role.arn).await?, Some(role));
    assert!(store.entitlement_revision().await? > revision);
    Ok(())
}

/// Only in the partitions that were listed; its roles go with it.
pub async fn an_account_vanishes_first_and_is_removed_after(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let [stays, goes] = [1, 2].map(|number| sample::aws_account(&app, number));
    let china = AwsAccount { partition: Partition::AwsCn, ..sample::aws_account(&app, 3) };
    let role = sample::aws_role(&goes, "Admin");
    read(&store, &stays, &[], 0).await?;
    read(&store, &goes, std::slice::from_ref(&role), 0).await?;
    read(&store, &china, &[], 0).await?;
    let mark = async |seen: &[domain::AccountId], seconds: i64| -> StoreResult<u32> {
        let mut unit = begin(&store).await;
        let now = sample::NOW.plus_seconds(seconds);
        let marked = unit.mark_vanished_accounts(&app.id, &[Partition::Aws], seen, now).await?;
        unit.commit().await?;
        Ok(marked)
    };
    let vanished =
        async || -> StoreResult<_> { Ok(store.aws_account(&app.id, goes.id).await?.map(|account| account.vanished)) };
    assert_eq!(mark(&[stays.id], 1).await?, 1);
    assert_eq!(vanished().await?, Some(Some(sample::NOW.plus_seconds(1))));
    assert_eq!(mark(&[stays.id, goes.id], 2).await?, 0);
    assert_eq!(vanished().await?, Some(None), "seen again");
    assert_eq!(mark(&[stays.id], 3).await?, 1);
    assert_eq!(mark(&[stays.id], 4).await?, 0);
    assert_eq!(vanished().await?, None);
    assert_eq!(store.aws_role(&app.id, &role.arn).await?, None);
    let ids: Vec<_> = store.aws_accounts(&app.id).await?.into_iter().map(|account| account.id).collect();
    assert_eq!(ids, [stays.id, china.id], "by name");
    Ok(())
}

/// `q` finds a part of role name, account name, alias or id, without regard to case.
pub async fn roles_are_filtered_and_come_in_pages(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let production = AwsAccount { name: "Produktion Übersee".to_owned(), ..sample::aws_account(&app, 1) };
    let testing = AwsAccount { alias: None, ..sample::aws_account(&app, 22) };
    let mut roles = ["Admin", "path/Admin_2", "Reader+=,.@-"].map(|name| sample::aws_role(&production, name));
    roles[2].verdict = sample::refused();
    read(&store, &production, &roles, 0).await?;
    read(&store, &testing, &[sample::aws_role(&testing, "Admin")], 0).await?;
    let count = async |filter: RoleFilter| -> StoreResult<usize> {
        Ok(every_page!(1, |page| store.aws_roles(&app.id, &filter, &page)).len())
    };
    let q = |text: &str| RoleFilter { q: Some(text.to_owned()), ..RoleFilter::default() };
    assert_eq!(count(RoleFilter::default()).await?, 4);
    assert_eq!(count(q("ADMIN")).await?, 3);
    assert_eq!(count(q("n_")).await?, 1, "no wildcard");
    assert_eq!(count(q("übersee")).await?, 3);
    assert_eq!(count(q("Alias-1")).await?, 3);
    assert_eq!(count(q("0000022")).await?, 1);
    assert_eq!(count(RoleFilter { account: Some(testing.id), ..q("admin") }).await?, 1);
    assert_eq!(count(RoleFilter { trust: Some(Trust::Refused), ..RoleFilter::default() }).await?, 1);
    let listed = every_page!(3, |page| store.aws_roles(&app.id, &RoleFilter::default(), &page));
    let arns: Vec<_> = listed.iter().map(|role| (role.arn.account(), role.arn.to_string())).collect();
    assert!(arns.is_sorted(), "by account, then ARN: {arns:?}");
    read(&store, &testing, &[], 60).await?;
    assert_eq!(count(RoleFilter::default()).await?, 3);
    assert_eq!(count(RoleFilter { include_vanished: true, ..RoleFilter::default() }).await?, 4);
    let invented = PageRequest { after: Some("zz".to_owned()), limit: 1 };
    let refused = store.aws_roles(&app.id, &RoleFilter::default(), &invented).await;
    refused!(refused, StoreError::BadCursor { cursor } if cursor == "zz");
    Ok(())
}

/// Unknown ARNs are left out, doubles count once; a name is exact, in any path.
pub async fn roles_are_found_by_arn_and_name(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let (one, two) = (sample::aws_account(&app, 1), sample::aws_account(&app, 2));
    let many: Vec<_> = (0..700).map(|number| sample::aws_role(&one, &format!("Role{number}"))).collect();
    read(&store, &one, &many, 0).await?;
    read(&store, &two, &["Role7", "x/Role7", "role7"].map(|name| sample::aws_role(&two, name)), 0).await?;
    let mut arns: Vec<_> = many.iter().map(|role| role.arn.clone()).collect();
    arns.push(arns[0].clone());
    arns.push(sample::role_arn("arn:aws:iam::000000000009:role/Unknown"));
    assert_eq!(store.aws_roles_by_arn(&app.id, &arns).await?.len(), 700);
    assert!(store.aws_roles_by_arn(&app.id, &[]).await?.is_empty());
    assert_eq!(store.aws_roles_by_name(&app.id, "Role7").await?.len(), 3);
    let mut pairs: Vec<_> = many.iter().map(|role| (one.id, role.arn.name().clone())).collect();
    pairs.push(pairs[0].clone());
    pairs.extend([
        (two.id, pairs[7].1.clone()),
        (two.id, pairs[8].1.clone()),
        (sample::account_id(9), pairs[7].1.clone()),
    ]);
    let found = store.aws_roles_in_accounts(&app.id, &pairs).await?;
    assert_eq!(found.len(), 703, "in the second account `Role7` in both paths and `role7`, but not `Role8`");
    let scattered = [(one.id, pairs[7].1.clone()), (two.id, pairs[7].1.clone()), (one.id, pairs[8].1.clone())];
    assert_eq!(store.aws_roles_in_accounts(&app.id, &scattered).await?.len(), 5, "whatever order they are asked in");
    assert!(store.aws_roles_in_accounts(&app.id, &[]).await?.is_empty());
    assert!(store.aws_roles_in_accounts(&sample::app_id("x"), &pairs).await?.is_empty());
    read(&store, &two, &[], 60).await?;
    let found = store.aws_roles_by_name(&app.id, "Role7").await?;
    assert_eq!(found.iter().filter(|role| role.vanished.is_some()).count(), 2, "vanished ones too");
    Ok(())
}

/// As many as one account may have; the same again writes none.
pub async fn five_thousand_roles_of_one_account_are_kept(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let mut roles: Vec<_> = (0..5_000).map(|number| sample::aws_role(&account, &format!("Role{number}"))).collect();
    assert_eq!(read(&store, &account, &roles, 0).await?, (5_000, 0));
    assert_eq!(read(&store, &account, &roles, 1).await?, (0, 0));
    let gone = roles.split_off(2_000);
    assert_eq!(read(&store, &account, &roles, 2).await?, (0, 3_000));
    assert_eq!(read(&store, &account, &roles, 3).await?, (0, 0));
    let all = RoleFilter { include_vanished: true, ..RoleFilter::default() };
    assert_eq!(every_page!(1_000, |page| store.aws_roles(&app.id, &all, &page)).len(), 2_000);
    assert_eq!(store.aws_role(&app.id, &gone[0].arn).await?, None);
    Ok(())
}

/// Newest first; those left running are abandoned, except the caller's own.
pub async fn runs_are_kept_and_abandoned(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let (mut done, lost, mut mine) = (sample::run(&app, "done"), sample::run(&app, "lost"), sample::run(&app, "mine"));
    done.started = sample::NOW.plus_seconds(-60);
    mine.started = sample::NOW.plus_seconds(60);
    mine.trigger = RunTrigger::Schedule;
    mine.account = Some(sample::account_id(7));
    let mut unit = begin(&store).await;
    for run in [&done, &lost, &mine] {
        unit.insert_run(run).await?;
    }
    done.status = RunStatus::Partial;
    done.finished = Some(sample::NOW);
    (done.accounts_total, done.accounts_done, done.accounts_failed) = (10, 8, 2);
    (done.roles_found, done.roles_added, done.roles_vanished) = (400, 5, 1);
    done.error = Some(sample::discovery_error(DiscoveryStep::ListAccounts, "AccessDenied"));
    unit.update_run(&done).await?;
    refused!(unit.update_run(&sample::run(&app, "x")).await, StoreError::Missing { entity: "run", .. });
    let now = sample::NOW.plus_seconds(90);
    assert_eq!(unit.abandon_runs(&app.id, Some(&mine.id), now).await?, 1);
    unit.commit().await?;
    let abandoned = store.run(&app.id, &lost.id).await?.expect("there");
    assert_eq!((abandoned.status, abandoned.finished), (RunStatus::Abandoned, Some(now)));
    assert_eq!(store.runs(&app.id, 10).await?, [mine.clone(), abandoned, done]);
    assert_eq!(store.runs(&app.id, 1).await?, [mine.clone()]);
    assert_eq!(store.run(&sample::app_id("x"), &mine.id).await?, None);
    Ok(())
}

/// Its holder renews it; another gets it when it ended or was given back.
pub async fn a_lease_has_one_holder_until_it_ends(store: Subject) -> StoreResult<()> {
    let take = async |holder: &str, now: i64, until: i64| -> StoreResult<bool> {
        let mut unit = begin(&store).await;
        let (now, until) = (sample::NOW.plus_seconds(now), sample::NOW.plus_seconds(until));
        let taken = unit.take_lease("discovery", holder, now, until).await?;
        unit.commit().await?;
        Ok(taken)
    };
    let release = async |holder: &str| -> StoreResult<()> {
        let mut unit = begin(&store).await;
        unit.release_lease("discovery", holder).await?;
        unit.commit().await
    };
    assert!(take("one", 0, 10).await?);
    assert!(!take("two", 9, 19).await?);
    assert!(take("one", 9, 30).await?, "renewed");
    assert!(!take("two", 29, 40).await?);
    assert!(take("two", 30, 40).await?, "ended");
    release("one").await?;
    assert!(!take("one", 31, 50).await?, "somebody else's lease cannot be given back");
    release("two").await?;
    assert!(take("one", 31, 50).await?);
    Ok(())
}

/// After a change of provider or ACS URL.
pub async fn a_verdict_is_replaced(store: Subject) -> StoreResult<()> {
    let app = sample::app("AWS");
    seed(&store, &[], &[], &[&app]).await?;
    let account = sample::aws_account(&app, 1);
    let role = sample::aws_role(&account, "Admin");
    read(&store, &account, std::slice::from_ref(&role), 0).await?;
    let mut unit = begin(&store).await;
    unit.set_role_verdict(&app.id, &role.arn, &sample::refused()).await?;
    let unknown = sample::role_arn("arn:aws:iam::000000000001:role/x");
    let missing = unit.set_role_verdict(&app.id, &unknown, &sample::refused()).await;
    refused!(missing, StoreError::Missing { entity: "role", .. });
    unit.commit().await?;
    let refused = RoleFilter { trust: Some(Trust::Refused), ..RoleFilter::default() };
    let found = store.aws_roles(&app.id, &refused, &page(10)).await?.items;
    assert_eq!(found, [AwsRole { verdict: sample::refused(), ..role }]);
    Ok(())
}
