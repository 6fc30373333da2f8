//! How calls fail: what is retried, what is not, what it is called, and that one account's trouble stays its own.

use std::time::{Duration, Instant};

use crate::responder::{
    Call, Reply, Responder, account, connected, good, plain_role, quick_options, refusal, source, xml,
};
use domain::{
    Partition,
    aws::{ConnectedAccount, DiscoveryError, DiscoveryStep, SourceAccount},
};
use futures_util::future::{join_all, select};
use ports::aws::{AccountReading, SourceSession};
use rolegate_aws::AwsOptions;

const CONNECTED: &str = "222222222222";

/// What a responder does instead of answering.
type Trouble = fn() -> Reply;

async fn read_with(session: &dyn SourceSession, one: &ConnectedAccount) -> Result<AccountReading, DiscoveryError> {
    session.read_account(one.id, Some(one), false).await.map_err(|failure| failure.0)
}

async fn read(responder: &Responder) -> Result<AccountReading, DiscoveryError> {
    read_with(&*responder.session().await, &connected(CONNECTED)).await
}

/// A responder that does `trouble` on the first `times` calls of `action`, and is good otherwise.
async fn troubled(
    action: &'static str,
    times: usize,
    trouble: impl Fn() -> Reply + Send + Sync + 'static,
) -> Responder {
    Responder::start(move |call| {
        if call.action == action && call.before < times {
            trouble()
        } else {
            good(call, &[plain_role(CONNECTED, "Admin")])
        }
    })
    .await
}

#[tokio::test]
async fn passing_trouble_is_retried_until_it_is_over() {
    let half = || match good(&list_roles(), &[plain_role(CONNECTED, "Admin")]) {
        Reply::Answer(_, _, body) => Reply::Half(body),
        _ => panic!("a listing is an answer"),
    };
    let troubles: [(&str, Trouble); 4] = [
        ("throttling", || refusal(400, "Throttling", "Rate exceeded")),
        ("503 in HTML", || Reply::Answer(503, "text/html", "<html><h1>503 Slow Down</h1></html>".to_owned())),
        ("500", || refusal(500, "ServiceFailure", "An internal error occurred")),
        ("reset", || Reply::Reset),
    ];
    for (name, trouble) in troubles {
        for action in ["AssumeRole", "ListRoles", "ListAccountAliases"] {
            let responder = troubled(action, 3, trouble).await;
            let reading = read(&responder).await;
            assert_eq!(reading.map(|reading| reading.roles.len()), Ok(1), "{name} at {action}");
            assert_eq!(responder.count(action, CONNECTED), 4, "{name} at {action}");
        }
    }
    let responder = troubled("ListRoles", 2, half).await;
    assert_eq!(read(&responder).await.map(|reading| reading.roles.len()), Ok(1), "half an answer");
}

fn list_roles() -> Call {
    Call {
        action: "ListRoles".to_owned(),
        parameters: std::collections::HashMap::new(),
        account: CONNECTED.to_owned(),
        before: 0,
    }
}

#[tokio::test]
async fn a_listing_that_was_cut_anywhere_is_never_taken_for_a_whole_one() {
    let roles: Vec<_> = ["A", "B", "C"].map(|name| plain_role(CONNECTED, name)).into();
    let Reply::Answer(_, _, whole) = good(&list_roles(), &roles) else { panic!("a listing is an answer") };
    // Cut with a length that fits, as a broken proxy would: after each tag but the last.
    let cuts: Vec<_> = whole.match_indices('>').map(|(at, _)| at + 1).filter(|&at| at < whole.len()).collect();
    for cut in cuts {
        let part = whole[..cut].to_owned();
        let responder = troubled("ListRoles", usize::MAX, move || xml(part.clone())).await;
        let reading = read(&responder).await;
        assert_eq!(
            reading.map(|reading| reading.roles.len()).map_err(|error| error.code),
            Err("BadAnswer".to_owned()),
            "{cut}"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_told_at_once_and_never_retried() {
    let cases = [
        ("AssumeRole", DiscoveryStep::AssumeRole, "AccessDenied", "its trust policy allows the source account"),
        ("AssumeRole", DiscoveryStep::AssumeRole, "ExpiredToken", "have run out"),
        ("AssumeRole", DiscoveryStep::AssumeRole, "RegionDisabledException", "`us-east-1` is not enabled"),
        ("AssumeRole", DiscoveryStep::AssumeRole, "ValidationError", "session name"),
        ("AssumeRole", DiscoveryStep::AssumeRole, "SignatureDoesNotMatch", "`AKIAEXAMPLESOURCE`"),
        ("ListRoles", DiscoveryStep::ListRoles, "AccessDenied", r#""iam:ListRoles""#),
        ("ListAccountAliases", DiscoveryStep::ListAccountAliases, "AccessDenied", "iam:ListAccountAliases"),
        ("ListRoles", DiscoveryStep::ListRoles, "SomethingNew", "AWS's own description"),
    ];
    for (action, step, code, hint) in cases {
        let responder = troubled(action, usize::MAX, move || refusal(403, code, "User: x is not authorized")).await;
        let error = read(&responder).await.unwrap_err();
        assert_eq!(
            (error.step, error.code.as_str(), error.message.as_str()),
            (step, code, "User: x is not authorized")
        );
        assert!(error.hint.contains(hint), "{code}: {}", error.hint);
        assert_eq!(responder.count(action, CONNECTED), 1, "{code} at {action}");
    }
}

#[tokio::test]
async fn trouble_that_stays_has_a_name() {
    let cases: [(&str, usize, &str, Trouble); 6] = [
        ("Throttling", 8, "`222222222222`", || refusal(400, "Throttling", "Rate exceeded")),
        ("Http503", 8, "a proxy", || Reply::Answer(503, "text/html", "<html>no</html>".to_owned())),
        ("Unreachable", 8, "AWS_ENDPOINT_URL", || Reply::Reset),
        ("BadAnswer", 1, "a proxy", || xml("<ListRolesResponse><oops".to_owned())),
        ("BadAnswer", 1, "a proxy", || xml(String::new())),
        ("BadAnswer", 1, "a proxy", || Reply::Answer(200, "text/html", "<html>Please sign in</html>".to_owned())),
    ];
    for (code, calls, hint, trouble) in cases {
        let responder = troubled("ListRoles", usize::MAX, trouble).await;
        let error = read(&responder).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListRoles, code), "{error:?}");
        assert!(error.hint.contains(hint), "{error:?}");
        assert_eq!(responder.count("ListRoles", CONNECTED), calls, "{code}");
    }
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up_and_named() {
    // Seconds: the calls before the one that hangs must get through within the limit on a loaded machine too. All cases
    // wait side by side.
    let limit = Duration::from_secs(4);
    // The whole account is out of time; then a single attempt is, and no other is allowed.
    let whole = AwsOptions { account_timeout: limit, ..quick_options() };
    let single = AwsOptions { attempt_timeout: limit, max_attempts: 1, ..quick_options() };
    let cases = [
        ("AssumeRole", DiscoveryStep::AssumeRole),
        ("ListRoles", DiscoveryStep::ListRoles),
        ("ListAccountAliases", DiscoveryStep::ListAccountAliases),
    ];
    let given_up = cases.iter().flat_map(|&(action, step)| {
        [&whole, &single].map(|options| async move {
            let responder = troubled(action, usize::MAX, || Reply::Hang).await;
            let session = responder.session_with(options.clone()).await;
            let error = read_with(&*session, &connected(CONNECTED)).await.unwrap_err();
            assert_eq!((error.step, error.code.as_str()), (step, "Timeout"), "{error:?}");
        })
    });
    join_all(given_up).await;
}

#[tokio::test]
async fn a_throttled_account_that_runs_out_of_time_says_that_it_was_throttled() {
    let cases = [
        ("AssumeRole", DiscoveryStep::AssumeRole, "the source account"),
        ("ListRoles", DiscoveryStep::ListRoles, "the account `222222222222`"),
        ("ListAccountAliases", DiscoveryStep::ListAccountAliases, "the account `222222222222`"),
    ];
    let given_up = cases.map(|(action, step, whose)| async move {
        let responder = troubled(action, usize::MAX, || refusal(400, "Throttling", "Rate exceeded")).await;
        // So long between two tries that the time is over first.
        let long = Duration::from_mins(10);
        let account_timeout = Duration::from_secs(4);
        let options = AwsOptions { account_timeout, first_backoff: long, longest_backoff: long, ..quick_options() };
        let session = responder.session_with(options).await;
        let error = read_with(&*session, &connected(CONNECTED)).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (step, "Timeout"), "{error:?}");
        assert!(error.message.ends_with("the last answer was `Throttling`: Rate exceeded"), "{}", error.message);
        assert!(error.hint.contains(whose) && error.hint.contains("limits how many calls"), "{}", error.hint);
    });
    join_all(given_up).await;
}

#[tokio::test]
async fn an_attempt_that_hangs_is_tried_again() {
    let responder = troubled("ListRoles", 1, || Reply::Hang).await;
    let options = AwsOptions { attempt_timeout: Duration::from_secs(2), ..quick_options() };
    let session = responder.session_with(options).await;
    assert_eq!(read_with(&*session, &connected(CONNECTED)).await.map(|reading| reading.roles.len()), Ok(1));
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_host_are_unreachable() {
    // Ours and not listened on: nobody else can take it meanwhile.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = taken.local_addr().unwrap();
    for url in [format!("http://{closed}"), "http://no-such-host.invalid".to_owned()] {
        // A resolver that cannot be reached takes its time to say so.
        let patient = Duration::from_mins(1);
        let options = AwsOptions {
            endpoint_url: Some(url.clone()),
            max_attempts: 2,
            connect_timeout: patient,
            attempt_timeout: patient,
            ..quick_options()
        };
        let session = crate::responder::open(options, &source(Partition::Aws)).await.unwrap();
        let error = session.identity().await.unwrap_err().0;
        assert_eq!(
            (error.step, error.code.as_str()),
            (DiscoveryStep::SourceCredentials, "Unreachable"),
            "{url} {error:?}"
        );
        assert!(!error.message.is_empty());
    }
}

#[tokio::test]
async fn an_account_in_trouble_holds_no_other_back() {
    let bad = "999999999999";
    let responder = Responder::start(move |call| {
        if call.action == "AssumeRole" && call.asked_account() == bad {
            return refusal(400, "Throttling", "Rate exceeded");
        }
        good(call, &[plain_role(&call.account, "Admin")])
    })
    .await;
    // Five tries of at least half a second between them in the mean; good accounts must not feel any of it.
    let options = AwsOptions {
        first_backoff: Duration::from_secs(3),
        longest_backoff: Duration::from_secs(3),
        ..AwsOptions::default()
    };
    let session = responder.session_with(options).await;
    let ids: Vec<_> = (0..40).map(|number| connected(&format!("2{number:011}"))).collect();
    let good_ones = Box::pin(join_all(ids.iter().map(|one| read_with(&*session, one))));
    let bad_one = connected(bad);
    let bad_one = Box::pin(read_with(&*session, &bad_one));
    match select(good_ones, bad_one).await {
        futures_util::future::Either::Left((readings, _)) => {
            assert!(readings.iter().all(Result::is_ok));
            assert!(ids.iter().all(|one| responder.count("AssumeRole", &one.id.to_string()) == 1));
        }
        futures_util::future::Either::Right(_) => panic!("the throttled account was done before the good ones"),
    }
}

#[tokio::test]
async fn an_account_that_failed_often_keeps_its_retries() {
    let responder = troubled("ListRoles", usize::MAX, || refusal(400, "Throttling", "Rate exceeded")).await;
    let session = responder.session().await;
    for run in 1..=20 {
        assert_eq!(read_with(&*session, &connected(CONNECTED)).await.unwrap_err().code, "Throttling");
        assert_eq!(responder.count("ListRoles", CONNECTED), run * 8, "run {run}");
    }
}

#[tokio::test]
async fn one_throttled_answer_costs_no_more_than_the_first_backoff() {
    let responder = troubled("ListRoles", 1, || refusal(400, "Throttling", "Rate exceeded")).await;
    let session = responder.session_with(AwsOptions::default()).await;
    let start = Instant::now();
    assert!(read_with(&*session, &connected(CONNECTED)).await.is_ok());
    // Half a second; a token bucket that refills slowly would take ten. The rest is for a loaded machine.
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let broken = || match crate::responder::assumed(CONNECTED) {
        Reply::Answer(status, kind, body) => {
            Reply::Answer(status, kind, body.replace("<Credentials>", "<Credentials><oops"))
        }
        other => other,
    };
    let quoted = || {
        refusal(
            403,
            "SignatureDoesNotMatch",
            "It does not match.\n\nThe Canonical String should have been\nx-amz-security-token:very-secret-session-token",
        )
    };
    let cases: [(&str, Trouble); 3] =
        [("AssumeRole", broken), ("ListRoles", quoted), ("AssumeRole", || crate::responder::assumed("333333333333"))];
    for (action, trouble) in cases {
        let error = read(&troubled(action, usize::MAX, trouble).await).await.unwrap_err();
        assert!(!format!("{error:?}").contains("very-secret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_session_of_another_account_is_not_used() {
    let responder = troubled("AssumeRole", usize::MAX, || crate::responder::assumed("333333333333")).await;
    let error = read(&responder).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::AssumeRole, "BadAnswer"));
    assert_eq!(responder.total(), 1);
}

#[tokio::test]
async fn what_is_sent_to_sts_is_the_accounts_own_setting_or_the_integrations() {
    let responder = Responder::start(|call| {
        if call.action == "AssumeRole" {
            let sent = ["RoleArn", "ExternalId", "RoleSessionName"].map(|name| call.parameter(name).to_owned());
            return refusal(403, "AccessDenied", &sent.join(" | "));
        }
        good(call, &[])
    })
    .await;
    let session = responder.session().await;
    let plain = read_with(&*session, &connected(CONNECTED)).await.unwrap_err();
    assert_eq!(plain.message, "arn:aws:iam::222222222222:role/Okta-Idp-cross-account-role | | rolegate-discovery");
    assert!(plain.hint.contains("no external id is sent"), "{}", plain.hint);
    let own = ConnectedAccount {
        role_name: Some("team/Reader".to_owned()),
        external_id: Some("tenant:42/x".to_owned()),
        session_name: Some("nightly".to_owned()),
        ..connected(CONNECTED)
    };
    let own = read_with(&*session, &own).await.unwrap_err();
    assert_eq!(own.message, "arn:aws:iam::222222222222:role/team/Reader | tenant:42/x | nightly");
}

#[tokio::test]
async fn a_name_that_no_role_can_have_is_refused_before_any_call() {
    let responder = Responder::start(|call| good(call, &[])).await;
    let session = responder.session().await;
    for name in ["", "has space", "arn:aws:iam::222222222222:role/Reader", "team//", &"x".repeat(65)] {
        let one = ConnectedAccount { role_name: Some(name.to_owned()), ..connected(CONNECTED) };
        let error = read_with(&*session, &one).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::AssumeRole, "InvalidRoleName"), "{name}");
    }
    assert_eq!(responder.total(), 0);
}

#[tokio::test]
async fn an_access_key_without_its_secret_cannot_be_opened() {
    use ports::aws::{AwsAccounts as _, SourceSecrets};
    let accounts = rolegate_aws::SdkAccounts::new(quick_options());
    let secrets = SourceSecrets { secret_access_key: None };
    let failure =
        accounts.open(&crate::responder::integration(), &source(Partition::Aws), secrets).await.err().unwrap();
    assert_eq!(failure.0.code, "NoCredentials");
    assert!(failure.0.message.contains("`AKIAEXAMPLESOURCE`"));
}

#[tokio::test]
async fn a_region_of_another_partition_is_refused_before_any_call() {
    let stray = SourceAccount { region: Some("eu-central-1".to_owned()), ..source(Partition::AwsUsGov) };
    let error = crate::responder::open(quick_options(), &stray).await.err().unwrap();
    assert_eq!(error.code, "WrongPartition");
    assert!(error.hint.contains("`us-gov-west-1`"), "{}", error.hint);
    assert_eq!(account(CONNECTED).to_string(), CONNECTED);
}
