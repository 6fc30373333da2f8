//! Launches that succeed: what is sent, and what the log says of it.

use domain::{Partition, app::SessionTag, event::Outcome as Ended};
use rolegate_usecases::launch_role::{LaunchOptions, Outcome, RoleChoice};
use testkit::sample;

use crate::world::{World, arn, refused};

#[tokio::test]
async fn one_role_is_sent_alone_and_named_in_the_log() {
    let world = World::new().await;
    world.account(1, &["A", "B"]).await;
    world.assign(&[&arn(1, "A"), &arn(1, "B")]).await;
    let launch = world.launch(&arn(1, "A")).await;
    assert_eq!((launch.roles, launch.acs_url.as_str()), (1, "https://signin.aws.amazon.com/saml"));
    let xml = launch.response.xml();
    assert!(
        xml.contains(">arn:aws:iam::000000000001:saml-provider/Rolegate,arn:aws:iam::000000000001:role/A<"),
        "{xml}"
    );
    assert!(!xml.contains("role/B"));
    assert!(xml.contains(">ann@example.com<") && xml.contains("Signature"));
    assert!(xml.contains(&world.app.issuer));
    assert_eq!(launch.relay_state, None);

    let event = world.last_event().await;
    assert_eq!((event.event_type.as_str(), event.outcome), ("user.authentication.sso", Ended::Success));
    let kinds: Vec<&str> = event.targets.iter().map(|target| target.kind.as_str()).collect();
    assert_eq!(kinds, ["AppInstance", "AwsAccount", "AwsRole"]);
    assert_eq!(event.debug_data["roleArn"], arn(1, "A"));
    assert_eq!(event.debug_data["accountId"], "000000000001");
    assert_eq!(event.debug_data["sessionDuration"], "3600");
    assert_eq!(event.debug_data["grantedBy"], "assignment (samlRoles)");
    assert_eq!(event.debug_data["roleSessionName"], "ann@example.com");
    assert!(xml.contains(&event.debug_data["assertionId"]));
}

#[tokio::test]
async fn the_duration_is_the_smaller_of_the_apps_and_the_roles() {
    let world = World::with(|_| {}, |app| app.settings.session_duration = 28_800).await;
    let account = sample::aws_account(&world.app, 1);
    let role = |name: &str, seconds| domain::aws::AwsRole {
        max_session_duration: seconds,
        ..sample::aws_role(&account, name)
    };
    world.discovered(&account, &[role("Short", 3_600), role("Long", 43_200)]).await;
    world.assign(&[&arn(1, "Short"), &arn(1, "Long")]).await;
    assert_eq!(world.launch(&arn(1, "Short")).await.session_duration, Some(3_600));
    assert_eq!(world.launch(&arn(1, "Long")).await.session_duration, Some(28_800));
    assert_eq!(world.launch_all().await.session_duration, Some(3_600), "the smallest of all");
    world.update_app(|app| app.settings.all_roles_duration = domain::app::AllRolesDuration::Configured).await;
    let configured = world.launch_all().await;
    assert_eq!(configured.session_duration, Some(28_800));
    assert!(configured.warnings.iter().any(|finding| finding.code == "duration_above_role_maximum"));
}

#[tokio::test]
async fn a_role_of_an_account_that_is_no_longer_read_is_entered_with_a_warning() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.account(2, &["A"]).await;
    world.assign(&[&arn(1, "A"), &arn(2, "A"), &arn(3, "A")]).await;
    let mut unit = world.begin().await;
    unit.mark_vanished_accounts(&world.app.id, &[Partition::Aws], &[sample::account_id(2)], sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    for (account, code, says) in [
        (1, Some("account_vanished"), "connect account `000000000001` again"),
        (2, None, ""),
        (3, Some("account_not_discovered"), "connect account `000000000003` in"),
    ] {
        let launch = world.launch(&arn(account, "A")).await;
        let codes: Vec<&str> = launch.warnings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{account}");
        let fixes = launch.warnings.iter().filter_map(|finding| finding.fix.as_deref());
        assert!(fixes.collect::<String>().starts_with(says), "{account}");
    }
}

#[tokio::test]
async fn a_role_is_found_by_account_and_name_with_or_without_its_path() {
    let world = World::new().await;
    world.account(1, &["team/Deploy", "other/Deploy", "Solo"]).await;
    world.assign(&[&arn(1, "team/Deploy"), &arn(1, "other/Deploy"), &arn(1, "Solo")]).await;
    let live = world.live().await;
    let caller = rolegate_usecases::Caller::person(&live.user, domain::event::Origin::default());
    let launch = |name: &'static str| {
        let choice = RoleChoice::parse(Some("000000000001"), name).unwrap();
        let (services, live, caller, app) = (&world.services, &live, &caller, &world.app.id);
        async move {
            rolegate_usecases::launch_role::one(services, caller, live, app, &choice, LaunchOptions::default())
                .await
                .unwrap()
        }
    };
    assert!(matches!(launch("Solo").await, Outcome::Ready(_)));
    assert!(matches!(launch("team/Deploy").await, Outcome::Ready(_)));
    assert_eq!(refused(launch("Deploy").await).code, "role_ambiguous");
    assert_eq!(refused(launch("deploy").await).code, "role_not_assigned");
    for (account, role) in
        [(None, "Solo"), (Some("1"), "Solo"), (Some("000000000001"), ""), (Some("000000000002"), &*arn(1, "Solo"))]
    {
        RoleChoice::parse(account, role).unwrap_err();
    }
}

#[tokio::test]
async fn all_roles_are_sent_together_without_those_that_cannot_be_entered() {
    let world = World::new().await;
    let account = sample::aws_account(&world.app, 1);
    let distrusting = domain::aws::AwsRole { verdict: sample::refused(), ..sample::aws_role(&account, "Distrusting") };
    world.discovered(&account, &[sample::aws_role(&account, "A"), sample::aws_role(&account, "B"), distrusting]).await;
    world.assign(&[&arn(1, "A"), &arn(1, "B"), &arn(1, "Distrusting")]).await;
    let launch = world.launch_all().await;
    assert_eq!(launch.roles, 2);
    assert!(!launch.response.xml().contains("Distrusting"));
    let event = world.last_event().await;
    assert_eq!(event.debug_data["roleCount"], "2");
    assert!(event.debug_data["roleArns"].contains("role/B"));
}

#[tokio::test]
async fn roles_of_another_partition_go_to_their_own_page_and_are_left_out_of_all() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    let gov = domain::aws::AwsAccount { partition: Partition::AwsUsGov, ..sample::aws_account(&world.app, 2) };
    world.discovered(&gov, &[sample::aws_role(&gov, "G")]).await;
    let in_gov = "arn:aws-us-gov:iam::000000000002:role/G";
    world.assign(&[&arn(1, "A"), in_gov]).await;
    let launch = world.launch(in_gov).await;
    assert_eq!(launch.acs_url, "https://signin.amazonaws-us-gov.com/saml");
    assert!(launch.response.xml().contains("urn:amazon:webservices:govcloud"));
    let all = world.launch_all().await;
    assert_eq!((all.roles, all.acs_url.as_str()), (1, "https://signin.aws.amazon.com/saml"));
    assert!(all.warnings.iter().any(|finding| finding.code == "other_partition_left_out"), "{:?}", all.warnings);
    world.update_app(|app| app.settings.aws_environment_type = "amazonaws-us-gov".to_owned()).await;
    assert_eq!(world.launch_all().await.acs_url, "https://signin.amazonaws-us-gov.com/saml");
}

#[tokio::test]
async fn the_name_at_the_app_comes_from_the_assignment_or_the_template() {
    let world = World::with(
        |_| {},
        |app| {
            app.user_name_template = "${fn:substringBefore(source.login, \"@\")}".to_owned();
        },
    )
    .await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let launch = world.launch(&arn(1, "A")).await;
    assert!(launch.response.xml().contains(">ann</saml2:NameID>"), "{}", launch.response.xml());
    let event = world.last_event().await;
    let session_name = &event.debug_data["roleSessionName"];
    assert!(session_name.starts_with("ann="), "what is not the login is made unique: {session_name}");
    let mut assignment = sample::user_assignment(&world.app, &world.ann, &[&arn(1, "A")]);
    assignment.user_name = Some("ann.smith".to_owned());
    world.put_assignment(&assignment).await;
    assert!(world.launch(&arn(1, "A")).await.response.xml().contains(">ann.smith</saml2:NameID>"));
}

#[tokio::test]
async fn session_tags_and_source_identity_are_sent_where_the_app_says_so() {
    let tag = |key: &str, value: &str| SessionTag { key: key.to_owned(), value: value.to_owned(), transitive: true };
    let world = World::with(
        |_| {},
        |app| {
            app.settings.source_identity = Some("${user.email}".to_owned());
            app.settings.session_tags =
                vec![tag("department", "${user.department}"), tag("missing", "${user.costCenter}")];
        },
    )
    .await;
    let account = sample::aws_account(&world.app, 1);
    let mut role = sample::aws_role(&account, "A");
    (role.verdict.tag_session, role.verdict.set_source_identity) =
        (domain::aws::Trust::Allowed, domain::aws::Trust::Allowed);
    world.discovered(&account, &[role, sample::aws_role(&account, "NoTags")]).await;
    world.assign(&[&arn(1, "A"), &arn(1, "NoTags")]).await;
    let launch = world.launch(&arn(1, "A")).await;
    let xml = launch.response.xml();
    assert!(xml.contains("PrincipalTag:department") && xml.contains(">Research<") && xml.contains("SourceIdentity"));
    assert!(!xml.contains("missing"), "an attribute that is not there sends no tag: {xml}");
    assert_eq!(world.refusal(&arn(1, "NoTags")).await.code, "tag_session_missing");
}

#[tokio::test]
async fn a_relay_state_leads_to_the_console_and_nowhere_else() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let live = world.live().await;
    let to = |relay_state: &'static str| LaunchOptions { relay_state: Some(relay_state), in_response_to: None };
    let console = "https://eu-central-1.console.aws.amazon.com/s3/home";
    let Outcome::Ready(launch) = world.launch_as(&live, &arn(1, "A"), to(console)).await else { panic!("refused") };
    assert_eq!(launch.relay_state.as_deref(), Some(console));
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "https://console.aws.amazon.com@evil.example",
    ] {
        let refusal = refused(world.launch_as(&live, &arn(1, "A"), to(elsewhere)).await);
        assert_eq!(refusal.code, "relay_state", "{elsewhere}");
    }
    world.update_app(|app| app.settings.login_url = console.to_owned()).await;
    assert_eq!(world.launch(&arn(1, "A")).await.relay_state.as_deref(), Some(console), "the app's own place");
}

#[tokio::test]
async fn a_request_is_answered_by_its_id() {
    let world = World::new().await;
    world.account(1, &["A"]).await;
    world.assign(&[&arn(1, "A")]).await;
    let options = LaunchOptions { relay_state: None, in_response_to: Some("_abc") };
    let Outcome::Ready(launch) = world.launch_as(&world.live().await, &arn(1, "A"), options).await else {
        panic!("refused")
    };
    assert_eq!(launch.response.xml().matches(r#"InResponseTo="_abc""#).count(), 2);
}
