//! Runs: what they store, what they leave alone, how they end.

use domain::aws::{DiscoveryStep, OrganizationState, RunStatus, Trust};
use rolegate_usecases::{Caller, Error, discover_roles, discover_roles::Started};
use testkit::FakeAws;

use crate::world::{World, id};

fn step_and_code(account: &domain::aws::AwsAccount) -> Option<(DiscoveryStep, &str)> {
    account.error.as_ref().map(|error| (error.step, error.code.as_str()))
}

#[tokio::test]
async fn a_run_stores_every_account_with_its_roles_and_counts_them() {
    let world = World::new().await;
    let run = world.discover(None).await;
    assert_eq!(run.status, RunStatus::Succeeded);
    assert_eq!((run.accounts_total, run.accounts_done, run.accounts_failed), (3, 3, 0));
    assert_eq!((run.roles_found, run.roles_added, run.roles_vanished), (3, 3, 0));
    assert_eq!(world.account(2).await.unwrap().name, "Two");
    assert_eq!(world.role_names(2).await, ["Admin", "Reader"]);
}

#[tokio::test]
async fn a_trust_policy_is_judged_for_the_apps_own_provider() {
    let world = World::new().await;
    let policy = |provider: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000002:saml-provider/{provider}"}},"Action":"sts:AssumeRoleWithSAML"}}]}}"#
        )
    };
    world.aws.change(id(2), |account| {
        account.roles[0].trust_policy = policy("Rolegate");
        account.roles[1].trust_policy = policy("Other");
    });
    world.discover(None).await;
    let filter = ports::RoleFilter { account: Some(id(2)), ..Default::default() };
    let page = rolegate_usecases::PageRequest { after: None, limit: 10 };
    let roles = world.services.store.aws_roles(&world.app.id, &filter, &page).await.unwrap().items;
    let verdicts: Vec<_> = roles.iter().map(|role| (role.verdict.trust, role.verdict.code.as_str())).collect();
    assert_eq!(verdicts, [(Trust::Allowed, "trusted"), (Trust::Refused, "other_provider")]);
}

#[tokio::test]
async fn an_account_that_fails_keeps_its_roles_and_says_why() {
    let world = World::new().await;
    world.discover(None).await;
    let before = world.account(2).await.unwrap();
    world.clock.advance_seconds(3600);
    world.aws.fail(id(2), DiscoveryStep::ListRoles, "AccessDenied");
    let run = world.discover(None).await;
    assert_eq!((run.status, run.accounts_done, run.accounts_failed), (RunStatus::Partial, 2, 1));
    let after = world.account(2).await.unwrap();
    assert_eq!(step_and_code(&after), Some((DiscoveryStep::ListRoles, "AccessDenied")));
    assert_eq!((after.last_success, &after.name), (before.last_success, &before.name));
    assert!(after.last_attempt > before.last_attempt);
    assert_eq!(world.role_names(2).await, ["Admin", "Reader"]);
    world.aws.heal(id(2));
    assert_eq!(world.discover(None).await.status, RunStatus::Succeeded);
    assert_eq!(step_and_code(&world.account(2).await.unwrap()), None);
}

#[tokio::test]
async fn a_role_that_is_gone_is_marked_first_and_removed_by_the_next_success() {
    let world = World::new().await;
    world.discover(None).await;
    world.aws.change(id(2), |account| account.roles.retain(|role| role.arn.name().as_str() != "Reader"));
    let run = world.discover(None).await;
    assert_eq!(run.roles_vanished, 1);
    assert_eq!(world.role_names(2).await, ["Admin", "Reader†"]);
    world.aws.fail(id(2), DiscoveryStep::AssumeRole, "AccessDenied");
    world.discover(None).await;
    assert_eq!(world.role_names(2).await, ["Admin", "Reader†"], "a failure removes nothing");
    world.aws.heal(id(2));
    world.discover(None).await;
    assert_eq!(world.role_names(2).await, ["Admin"]);
}

#[tokio::test]
async fn an_account_that_is_no_longer_connected_is_marked_and_then_removed() {
    let world = World::new().await;
    world.discover(None).await;
    world.connect(&[2]).await;
    world.discover(None).await;
    assert!(world.account(3).await.unwrap().vanished.is_some());
    world.discover(None).await;
    assert!(world.account(3).await.is_none());
    assert!(world.account(2).await.unwrap().vanished.is_none());
}

#[tokio::test]
async fn a_run_over_one_account_touches_no_other_and_removes_none() {
    let world = World::new().await;
    world.discover(None).await;
    world.connect(&[2]).await;
    world.clock.advance_seconds(60);
    let run = world.discover(Some(2)).await;
    assert_eq!((run.accounts_total, run.accounts_done), (1, 1));
    let others = world.account(3).await.unwrap();
    assert!(others.vanished.is_none() && others.last_attempt < world.account(2).await.unwrap().last_attempt);
}

#[tokio::test]
async fn an_account_that_nobody_connected_is_not_found() {
    let world = World::new().await;
    let caller = Caller::system();
    let trigger = domain::aws::RunTrigger::Request;
    let started = discover_roles::start(&world.services, &caller, &world.app.id, Some(id(9)), trigger).await;
    assert!(matches!(started, Err(Error::NotFound { kind: "AwsAccount", .. })));
}

#[tokio::test]
async fn accounts_of_an_organization_join_by_themselves_and_closed_ones_are_kept_with_the_reason() {
    let world = World::new().await;
    world.connect_organization().await;
    world.discover(None).await;
    world.aws.put_account(id(4), "Four", &["New"]);
    world.aws.change(id(3), |account| account.state = OrganizationState::Suspended);
    let run = world.discover(None).await;
    assert_eq!(run.accounts_failed, 1);
    assert_eq!(world.role_names(4).await, ["New"]);
    assert_eq!(world.account(4).await.unwrap().name, "Four");
    let suspended = world.account(3).await.unwrap();
    assert_eq!(step_and_code(&suspended), Some((DiscoveryStep::ListAccounts, "AccountNotActive")));
    assert_eq!(suspended.organization_state, Some(OrganizationState::Suspended));
    assert_eq!(world.role_names(3).await, ["Admin"], "its roles are kept");
}

#[tokio::test]
async fn a_list_of_accounts_that_fails_takes_no_account_away() {
    let world = World::new().await;
    world.connect_organization().await;
    world.discover(None).await;
    world.aws.fail_listing(Some("AccessDeniedException"));
    let run = world.discover(None).await;
    assert_eq!(run.status, RunStatus::Partial);
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("AccessDeniedException"));
    for number in [1, 2, 3] {
        let account = world.account(number).await.unwrap();
        assert!(account.vanished.is_none() && account.error.is_none(), "{number} is read on");
    }
}

#[tokio::test]
async fn refused_source_credentials_leave_every_account_as_it_was_with_the_error() {
    let world = World::new().await;
    world.discover(None).await;
    world.aws.fail_source(Some("InvalidClientTokenId"));
    let run = world.discover(None).await;
    assert_eq!((run.status, run.accounts_done, run.accounts_failed), (RunStatus::Failed, 0, 3));
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("InvalidClientTokenId"));
    let account = world.account(2).await.unwrap();
    assert_eq!(step_and_code(&account), Some((DiscoveryStep::SourceCredentials, "InvalidClientTokenId")));
    assert!(account.vanished.is_none() && account.last_success.is_some());
    assert_eq!(world.role_names(2).await, ["Admin", "Reader"]);
}

#[tokio::test]
async fn a_second_run_is_not_begun_while_one_is_under_way() {
    let world = World::new().await;
    world.aws.hang(id(3));
    let first = world.start(None).await;
    assert!(matches!(first, Started::Begun(_)));
    let second = world.start(None).await;
    assert!(matches!(&second, Started::UnderWay(run) if run.id == first.run().id));
    world.services.stopping.cancel();
    assert_eq!(world.ended(first.run()).await.status, RunStatus::Abandoned);
}

#[tokio::test]
async fn stopping_ends_a_run_at_once_and_gives_its_lease_back() {
    let world = World::new().await;
    world.aws.hang(id(3));
    let run = world.start(None).await.run().clone();
    while world.account(2).await.is_none() {
        tokio::task::yield_now().await;
    }
    world.services.stopping.cancel();
    assert_eq!(world.ended(&run).await.status, RunStatus::Abandoned);
    assert_eq!(world.role_names(2).await, ["Admin", "Reader"], "what was read is there as a whole");
    let mut unit = world.services.store.begin().await.unwrap();
    let now = world.services.now();
    let lease = format!("discovery:{}", world.app.id);
    assert!(unit.take_lease(&lease, "somebody else", now, now.plus_seconds(60)).await.unwrap());
}

#[tokio::test]
async fn a_run_whose_process_died_is_taken_over_when_its_lease_ends() {
    let world = World::new().await;
    let dead = testkit::sample::run(&world.app, "dead");
    let now = world.services.now();
    let mut unit = world.services.store.begin().await.unwrap();
    let lease = format!("discovery:{}", world.app.id);
    unit.take_lease(&lease, dead.id.as_str(), now, now.plus_seconds(60)).await.unwrap();
    unit.insert_run(&domain::aws::DiscoveryRun { status: RunStatus::Running, finished: None, ..dead.clone() })
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert!(matches!(world.start(None).await, Started::UnderWay(run) if run.id == dead.id));
    world.clock.advance_seconds(61);
    assert_eq!(world.discover(None).await.status, RunStatus::Succeeded);
    let dead = world.services.store.run(&world.app.id, &dead.id).await.unwrap().unwrap();
    assert_eq!(dead.status, RunStatus::Abandoned);
}

#[tokio::test]
async fn no_more_accounts_are_read_at_once_than_the_settings_allow() {
    let world = World::new().await;
    let many: Vec<u64> = (10..110).collect();
    for number in &many {
        world.aws.put_account(id(*number), "Many", &["A"]);
        world.aws.change(id(*number), |account| account.delay = std::time::Duration::from_millis(2));
    }
    world.connect(&many).await;
    let run = world.discover(None).await;
    assert_eq!(run.accounts_done, 101);
    let allowed = world.services.settings.discovery.concurrency;
    assert!(world.aws.most_at_once() <= allowed && world.aws.most_at_once() > 1, "{}", world.aws.most_at_once());
}

#[tokio::test]
async fn a_renamed_alias_changes_the_label_and_no_assignment() {
    let world = World::new().await;
    let alias = |aws: &FakeAws, alias: &str| aws.change(id(2), |account| account.alias = Some(alias.to_owned()));
    alias(&world.aws, "old-name");
    world.discover(None).await;
    let arn = testkit::sample::role_arn(&format!("arn:aws:iam::{}:role/Admin", id(2)));
    assert_eq!(world.account(2).await.unwrap().role_label(&arn), "[old-name] - Admin");
    alias(&world.aws, "new-name");
    world.discover(None).await;
    assert_eq!(world.account(2).await.unwrap().role_label(&arn), "[new-name] - Admin");
    assert_eq!(world.role_names(2).await, ["Admin", "Reader"]);
}

#[tokio::test]
async fn every_run_is_in_the_system_log_with_its_counts() {
    let world = World::new().await;
    world.discover(None).await;
    world.aws.fail(id(2), DiscoveryStep::AssumeRole, "AccessDenied");
    world.discover(None).await;
    let page = rolegate_usecases::PageRequest { after: None, limit: 100 };
    let events = world.services.store.events(&ports::EventFilter::default(), &page).await.unwrap().items;
    let of_runs: Vec<_> =
        events.iter().filter(|event| event.event_type.starts_with("application.integration")).collect();
    let types: Vec<_> = of_runs.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["application.integration.api_query", "application.integration.general_failure"]);
    assert_eq!(of_runs[1].debug_data.get("accountsFailed").map(String::as_str), Some("1"));
}
